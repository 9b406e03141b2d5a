import { describe, expect, it } from "vitest";
import { events, services } from "../../api/registry.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { createTestScheduler } from "../testing/test-scheduler.ts";
import { DEFAULT_PLUGINS } from "../plugins/registry.ts";
import { profilesOf } from "./profiles.ts";
import { DEFAULT_CONFIGURATION, readConfiguration } from "./read.ts";
import { settingsOf } from "./settings.ts";

setDeepFreeze(true);

const file = (rest: object) => ({
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  ...rest,
});
const settings = (rest: object) => settingsOf(readConfiguration(file(rest)));
const profile = (rest: object) => ({ profiles: [{ schedulerName: "default-scheduler", ...rest }] });

function refusal(rest: object): string {
  try {
    settings(rest);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Names at a point, with weights. */
function at(point: string, rest: object): string[] {
  const [made] = profilesOf(readConfiguration(file(profile(rest))));
  return (made?.plugins ?? [])
    .filter((entry) => entry.at === point)
    .map(({ plugin, weight }) => (point === "score" ? `${plugin.name} ${weight}` : plugin.name));
}

describe("a configuration", () => {
  it("SCHED110 has upstream's defaults", () => {
    expect(readConfiguration(file({}))).toMatchObject({
      parallelism: 16,
      percentageOfNodesToScore: 0,
      podInitialBackoffSeconds: 1,
      podMaxBackoffSeconds: 10,
      profiles: [{ schedulerName: "default-scheduler" }],
      leaderElection: { leaderElect: true, resourceName: "kube-scheduler", resourceNamespace: "kube-system" },
    });
    expect(readConfiguration(file({ leaderElection: { leaderElect: false } })).leaderElection.leaderElect).toBe(false);
    expect(settings({ podInitialBackoffSeconds: 3 })).toMatchObject({ initialBackoff: 3000, maxBackoff: 10_000 });
  });

  it("SCHED110 is read strictly", () => {
    expect(() => readConfiguration({ ...file({}), apiVersion: "kubescheduler.config.k8s.io/v1beta3" })).toThrow(
      'no kind "KubeSchedulerConfiguration" is registered for version "kubescheduler.config.k8s.io/v1beta3"',
    );
    expect(refusal({ profile: [] })).toBe('strict decoding error: unknown field "profile"');
    expect(refusal({ parallelism: "many" })).toBe(
      "json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.parallelism of type int32",
    );
    expect(refusal(profile({ pluginConfig: [{ name: "InterPodAffinity", args: { weight: 3 } }] }))).toBe(
      "strict decoding error: decoding .profiles[0].pluginConfig[0]: decoding args for plugin InterPodAffinity: " +
        'strict decoding error: unknown field "weight"',
    );
  });

  it("SCHED110 is refused in upstream's words", () => {
    expect(refusal({ parallelism: 0, percentageOfNodesToScore: 120, podMaxBackoffSeconds: 0 })).toBe(
      "[parallelism: Invalid value: 0: should be an integer value greater than zero, " +
        "percentageOfNodesToScore: Invalid value: 120: not in valid range [0-100], " +
        "podMaxBackoffSeconds: Invalid value: 0: must be greater than or equal to PodInitialBackoffSeconds]",
    );
    expect(refusal({ profiles: [{ schedulerName: "a" }, { schedulerName: "a" }, {}] })).toBe(
      '[profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName", ' +
        "profiles[2].schedulerName: Required value]",
    );
    expect(refusal(profile({ plugins: { filter: { enabled: [{ name: "EBSLimits" }] } } }))).toBe(
      'profiles[0].plugins.filter.enabled[0]: Invalid value: "EBSLimits": was invalid in version "v1" ' +
        '(KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
    );
  });

  it("SCHED151 has extenders whose verbs, weights and resources are sound", () => {
    const extender = { urlPrefix: "http://extender", filterVerb: "filter", bindVerb: "bind" };
    expect(refusal({ extenders: [{ ...extender, prioritizeVerb: "score" }] })).toBe(
      "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it",
    );
    expect(refusal({ extenders: [extender, extender] })).toBe(
      'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
    );
    const managedResources = [{ name: "example.com/fpga" }, { name: "example.com/fpga" }];
    expect(refusal({ extenders: [{ ...extender, managedResources }] })).toBe(
      'extenders[0].managedResources[1].name: Invalid value: "example.com/fpga": duplicate extender managed resource name',
    );
    expect(refusal({ extenders: [{ ...extender, tlsConfig: {} }] })).toBe(
      "extenders[0].tlsConfig: Forbidden: TLS to extenders is not simulated",
    );
    expect(refusal({ extenders: [{ ...extender, httpTimeout: "soon" }] })).toBe('time: invalid duration "soon"');
  });

  it("SCHED110 checks the args of plugins", () => {
    const args = (name: string, given: object) => refusal(profile({ pluginConfig: [{ name, args: given }] }));
    const where = "profiles[0].pluginConfig[0].args";
    expect(args("InterPodAffinity", { hardPodAffinityWeight: 101 })).toBe(
      `${where}.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]`,
    );
    expect(args("DefaultPreemption", { minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 })).toBe(
      `[${where}.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as ` +
        `minCandidateNodesAbsolute, ${where}.minCandidateNodesAbsolute: Invalid value: 0: cannot be zero at the same ` +
        "time as minCandidateNodesPercentage]",
    );
    const constraint = { maxSkew: 0, topologyKey: "zone", whenUnsatisfiable: "Perhaps" };
    expect(args("PodTopologySpread", { defaultConstraints: [constraint], defaultingType: "List" })).toBe(
      `[${where}.defaultConstraints[0].maxSkew: Invalid value: 0: not in valid range (0, inf), ` +
        `${where}.defaultConstraints[0].whenUnsatisfiable: Unsupported value: "Perhaps": supported values: ` +
        '"DoNotSchedule", "ScheduleAnyway"]',
    );
    expect(args("PodTopologySpread", { defaultConstraints: [{ ...constraint, maxSkew: 1 }] })).toContain(
      `${where}.defaultingType: Invalid value: "System": when .defaultConstraints are not empty`,
    );
    expect(args("NodeResourcesBalancedAllocation", { resources: [{ name: "cpu", weight: 2 }] })).toBe(
      `${where}.resources[0].weight: Invalid value: 2: must be 1`,
    );
    const fit = (scoringStrategy: object) => args("NodeResourcesFit", { scoringStrategy });
    const initializing = "initializing profiles: creating profile for scheduler name default-scheduler: ";
    expect(fit({ type: "MostAllocated", resources: [{ name: "cpu", weight: 200 }] })).toBe(
      `${initializing}initializing plugin "NodeResourcesFit": scoringStrategy.resources[0].weight: Invalid value: 200: ` +
        "resource weight of cpu not in valid range (0, 100]",
    );
    const shape = [
      { utilization: 50, score: 11 },
      { utilization: 50, score: 0 },
    ];
    expect(fit({ type: "RequestedToCapacityRatio", requestedToCapacityRatio: { shape } })).toBe(
      `${initializing}initializing plugin "NodeResourcesFit": ` +
        "[scoringStrategy.requestedToCapacityRatio.shape[1].utilization: Invalid value: 50: values must be sorted in " +
        "increasing order, scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid range " +
        "[0, 10]]",
    );
  });
});

describe("a profile's plugins", () => {
  it("SCHED111 are the default ones unless told otherwise", () => {
    const { plugins = [], ...rest } = profilesOf(DEFAULT_CONFIGURATION)[0] ?? {};
    const limits = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 };
    expect(rest).toEqual({ schedulerName: "default-scheduler", percentageOfNodesToScore: 0, preemption: limits });
    const names = (point: "filter" | "score", from: typeof plugins) =>
      from
        .filter((entry) => (entry.at ?? point) === point && entry.plugin[point] !== undefined)
        .map(({ plugin, weight }) => (point === "score" ? `${plugin.name} ${weight}` : plugin.name));
    for (const point of ["filter", "score"] as const)
      expect(names(point, plugins)).toEqual(names(point, [...DEFAULT_PLUGINS]));
  });

  it("SCHED111 are enabled and disabled at all points, or at one", () => {
    const plugins = {
      score: { disabled: [{ name: "*" }], enabled: [{ name: "ImageLocality", weight: 7 }, { name: "NodeAffinity" }] },
      filter: { disabled: [{ name: "TaintToleration" }] },
      multiPoint: { disabled: [{ name: "NodePorts" }] },
    };
    expect(at("score", { plugins })).toEqual(["ImageLocality 7", "NodeAffinity 1"]);
    const filters = at("filter", { plugins });
    expect([filters.includes("TaintToleration"), filters.includes("NodePorts"), filters[0]]).toEqual([
      false,
      false,
      "NodeUnschedulable",
    ]);
    const heavy = { score: { enabled: [{ name: "NodeResourcesFit", weight: 50 }] } };
    expect(at("score", { plugins: heavy }).slice(0, 2)).toEqual(["NodeResourcesFit 50", "TaintToleration 3"]);
    const off = profilesOf(
      readConfiguration(file(profile({ plugins: { postFilter: { disabled: [{ name: "*" }] } } }))),
    );
    expect(off[0]?.preemption).toBe("off");
  });

  it("SCHED111 must exist, and act at the point", () => {
    const start = "initializing profiles: creating profile for scheduler name default-scheduler: ";
    const plugins = (sets: object) => refusal(profile({ plugins: sets }));
    expect(plugins({ multiPoint: { enabled: [{ name: "Coscheduling" }] } })).toBe(
      `${start}PreFilterPlugin "Coscheduling" does not exist`,
    );
    expect(plugins({ score: { enabled: [{ name: "NodePorts" }] } })).toBe(
      `${start}plugin "NodePorts" does not extend ScorePlugin plugin`,
    );
    expect(plugins({ bind: { disabled: [{ name: "*" }] } })).toBe(
      `${start}at least one bind plugin is needed for profile with scheduler name "default-scheduler"`,
    );
    expect(plugins({ multiPoint: { disabled: [{ name: "PrioritySort" }] } })).toBe(
      `${start}only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 0`,
    );
  });
});

describe("a configured scheduler", () => {
  it("SCHED112 places each pod by its profile, and says so in that name", () => {
    const { client, eventsOf, node, pod, scheduler, settle, where } = createTestScheduler();
    scheduler.stop();
    node("busy");
    node("empty");
    const packing = {
      schedulerName: "packing",
      pluginConfig: [
        {
          name: "NodeResourcesFit",
          args: { scoringStrategy: { type: "MostAllocated", resources: [{ name: "cpu", weight: 1 }] } },
        },
      ],
      plugins: { score: { disabled: [{ name: "NodeResourcesBalancedAllocation" }] } },
    };
    scheduler.start(settings({ profiles: [{ schedulerName: "default-scheduler" }, packing] }));
    pod("first", { cpu: "500m", nodeName: "busy" });
    settle();
    pod("spread", { cpu: "100m" });
    pod("packed", { cpu: "100m", schedulerName: "packing" });
    pod("other", { schedulerName: "nobody" });
    settle();
    expect([where("spread"), where("packed"), where("other")]).toEqual(["empty", "busy", ""]);
    expect(eventsOf("packed")).toEqual(["Scheduled: Successfully assigned default/packed to busy"]);
    const told = client.resource(events).list("default").items;
    expect(told.map(({ involvedObject, reportingComponent }) => [involvedObject.name, reportingComponent])).toEqual([
      ["packed", "packing"],
      ["spread", "default-scheduler"],
    ]);
  });

  it("SCHED7 looks for the share of nodes that its profile says, and of the others that the configuration says", () => {
    const { node, pod, scheduler, settle } = createTestScheduler();
    scheduler.stop();
    for (let index = 0; index < 220; index++) node(`node-${index}`);
    const all = { schedulerName: "all", percentageOfNodesToScore: 100 };
    scheduler.start(
      settings({ percentageOfNodesToScore: 60, profiles: [{ schedulerName: "default-scheduler" }, all] }),
    );
    pod("some", { cpu: "100m" });
    pod("every", { cpu: "100m", schedulerName: "all" });
    settle();
    const fitting = ["some", "every"].map((name) => scheduler.decisions.get(`default/${name}`)?.fitting);
    expect(fitting).toEqual([132, 220]);
  });

  it("SCHED113 spreads by the constraints that it was given", () => {
    const { client, eventsOf, node, pod, scheduler, settle, where } = createTestScheduler();
    scheduler.stop();
    node("a", { labels: { rack: "one" } });
    node("b");
    client.resource(services).create({
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    const defaultConstraints = [{ maxSkew: 1, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" }];
    const args = { defaultingType: "List", defaultConstraints };
    scheduler.start(settings(profile({ pluginConfig: [{ name: "PodTopologySpread", args }] })));
    pod("web", { labels: { app: "web" }, nodeSelector: { "kubernetes.io/hostname": "b" } });
    pod("lone", { labels: { app: "lone" }, nodeSelector: { "kubernetes.io/hostname": "b" } });
    settle();
    expect([where("web"), where("lone")]).toEqual(["", "b"]);
    expect(eventsOf("web")).toEqual([
      "FailedScheduling: 0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) didn't " +
        "match pod topology spread constraints (missing required label). no new claims to deallocate, preemption: 0/2 nodes are available: 2 " +
        "Preemption is not helpful for scheduling.",
    ]);
  });

  it("SCHED114 ignores what it is told to", () => {
    const { node, pod, scheduler, settle, where } = createTestScheduler();
    scheduler.stop();
    node("a");
    const args = { ignoredResources: ["example.com/one"], ignoredResourceGroups: ["example.org"] };
    scheduler.start(settings(profile({ pluginConfig: [{ name: "NodeResourcesFit", args }] })));
    const asking = (resource: string) => ({
      containers: [{ name: "main", image: "nginx", resources: { limits: { [resource]: "1" } } }],
    });
    pod("one", asking("example.com/one"));
    pod("group", asking("example.org/any"));
    pod("two", asking("example.com/two"));
    settle();
    expect([where("one"), where("group"), where("two")]).toEqual(["a", "a", ""]);
  });
});
