import { describe, expect, it } from "vitest";
import { selectorFromLabels } from "../api/meta/selectors.ts";
import { setDeepFreeze } from "../base/freeze.ts";
import { Simulation } from "../sim/simulation.ts";
import { Decision, Decisions } from "./decisions.ts";
import { numFeasibleNodesToFind } from "./node-search.ts";
import { DEFAULT_PLUGINS } from "./plugins/registry.ts";
import { PodInfo } from "./pod-info.ts";
import { Profile } from "./profile.ts";
import { clusterOf, podOf } from "./testing/plugin-case.ts";
import type { PodPart } from "./testing/plugin-case.ts";

setDeepFreeze(true);

function withNodes(count: number, labelsOf: (index: number) => Record<string, string> = () => ({})) {
  const node = (index: number) => ({
    labels: { "kubernetes.io/hostname": `n${index}`, ...labelsOf(index) },
    status: { allocatable: { cpu: "8", memory: "32Gi", pods: "110" } },
  });
  const nodes = Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, node(index)]));
  const cluster = clusterOf({ nodes, selector: selectorFromLabels({ app: "web" }) });
  const options = { schedulerName: "default-scheduler", plugins: DEFAULT_PLUGINS };
  const newProfile = () =>
    new Profile(options, { cluster, random: new Simulation({ seed: 5 }).random("scheduler"), budgets: () => [] });
  const profile = newProfile();
  const run = (part: PodPart, details = true) => {
    const pod = podOf(part);
    return { pod, result: profile.cycle.run(pod, profile.templates.of(pod), { details }) };
  };
  return { cluster, newProfile, profile, run };
}

describe("a cycle", () => {
  it("SCHED7 looks for as many feasible nodes as upstream", () => {
    const sizes = [10, 99, 100, 150, 200, 1000, 5000, 6000, 15_000];
    expect(sizes.map((size) => numFeasibleNodesToFind(size, 0))).toEqual([10, 99, 100, 100, 100, 420, 500, 300, 750]);
    expect([numFeasibleNodesToFind(1000, 40), numFeasibleNodesToFind(1000, 100)]).toEqual([400, 1000]);
  });

  it("SCHED7 goes on where the last one stopped", () => {
    const { run } = withNodes(150);
    const first = run({}).result.feasible.map(({ name }) => name);
    const second = run({}).result.feasible.map(({ name }) => name);
    expect([first[0], first.length, second[0], second.at(-1)]).toEqual(["n0", 100, "n100", "n49"]);
  });

  it("SCHED7 visits zones in turn", () => {
    const { cluster } = withNodes(5, (index) => ({ "topology.kubernetes.io/zone": index < 3 ? "a" : "b" }));
    expect(cluster.nodes.map(({ name }) => name)).toEqual(["n0", "n3", "n1", "n4", "n2"]);
  });

  it("SCHED9 comes to the same with what it kept as with nothing kept", () => {
    const parts: PodPart[] = [
      {
        labels: { app: "web" },
        spec: { containers: [{ name: "m", image: "nginx", resources: { requests: { cpu: "500m" } } }] },
      },
      {
        labels: { app: "db" },
        spec: { containers: [{ name: "m", resources: { requests: { cpu: "1", memory: "3Gi" } } }] },
      },
      {
        labels: { app: "web" },
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: { matchLabels: { app: "web" } },
            },
          ],
        },
      },
      {
        labels: { app: "db" },
        spec: { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "dedicated", operator: "Exists" }] },
      },
    ];
    const { cluster, newProfile, profile } = withNodes(12, (index) => (index % 3 === 0 ? { disk: "ssd" } : {}));
    const random = new Simulation({ seed: 9 }).random("test");
    const placed: string[] = [];
    for (let round = 0; round < 120; round++) {
      const pod = podOf(parts[random.int(parts.length)] as PodPart);
      const kept = profile.cycle.run(pod, profile.templates.of(pod), { details: true });
      const other = newProfile();
      const fresh = other.cycle.run(pod, other.templates.of(pod), { details: true });
      const byName = (result: typeof kept) =>
        new Decision(pod, result, { time: 0, attempt: 1, message: "", detailed: true }).nodes;
      expect(byName(kept)).toEqual(byName(fresh));
      if (kept.chosen === undefined) continue;
      cluster.setPod(pod, kept.chosen.name);
      placed.push(pod.uid);
      if (round % 4 === 0) cluster.removePod(placed.splice(random.int(placed.length), 1)[0] as string);
      if (round % 10 === 0) {
        const node = cluster.node(`n${random.int(12)}`)?.node;
        if (node !== undefined) {
          const taints = round % 20 === 0 ? [{ key: "dedicated", effect: "NoSchedule" }] : [];
          cluster.setNode({ ...node, spec: { taints } });
        }
      }
    }
  });

  it("SCHED9 judges the node that pods of one spec name again whenever it has changed", () => {
    const { cluster, profile } = withNodes(12);
    const matchFields = [{ key: "metadata.name", operator: "In" as const, values: ["n7"] }];
    const required = { nodeSelectorTerms: [{ matchFields }] };
    const { pod } = podOf({
      spec: {
        containers: [{ name: "m", resources: { requests: { cpu: "3" } } }],
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
      },
    });
    const place = (uid: string) => {
      const info = new PodInfo({ ...pod, metadata: { ...pod.metadata, name: uid, uid } });
      const { chosen } = profile.cycle.run(info, profile.templates.of(info), { details: true });
      if (chosen !== undefined) cluster.setPod(info, chosen.name);
      return chosen?.name;
    };
    const placed = ["a", "b", "c"].map(place);
    cluster.removePod("a");
    placed.push(place("d"));
    cluster.removeNode("n7");
    expect([...placed, place("e")]).toEqual(["n7", "n7", undefined, "n7", undefined]);
  });

  it("SCHED123 asks only nodes that have an extended resource, and has the others' words all the same", () => {
    const { cluster, run } = withNodes(150);
    const give = (name: string, cards: string): void => {
      const node = cluster.node(name)?.node;
      if (node === undefined) return;
      const allocatable = { ...node.status?.allocatable, "x.io/card": cards };
      cluster.setNode({ ...node, status: { ...node.status, allocatable } });
    };
    const resources = { requests: { "x.io/card": "1", cpu: "9" } };
    const greedy = { spec: { containers: [{ name: "m", resources }] } };
    const part = { spec: { containers: [{ name: "m", resources: { requests: { "x.io/card": "1" } } }] } };
    const told = (which: PodPart) => {
      const counts = new Map<string, number>();
      for (const { code, reasons } of run(which, false).result.verdicts.values()) {
        const text = `${code}: ${reasons.join(", ")}`;
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      return Array.from(counts, ([text, nodes]) => `${nodes} ${text}`).sort();
    };
    const never = "UnschedulableAndUnresolvable: Insufficient";
    expect(told(part)).toEqual([`150 ${never} x.io/card`]);
    give("n7", "1");
    give("n9", "0");
    expect(told(greedy)).toEqual([`1 ${never} cpu`, `149 ${never} cpu, Insufficient x.io/card`]);
    for (const expected of ["n7", "n9"]) {
      const { pod, result } = run(part, false);
      expect([result.chosen?.name, result.evaluated]).toEqual([expected, 150]);
      cluster.setPod(pod, expected);
      if (expected === "n7") give("n9", "1");
    }
    expect(told(part)).toEqual([`148 ${never} x.io/card`, "2 Unschedulable: Insufficient x.io/card"]);
    cluster.removeNode("n9");
    expect(told(part)).toEqual(["1 Unschedulable: Insufficient x.io/card", `148 ${never} x.io/card`]);
  });
});

describe("decisions", () => {
  it("SCHED8 are kept for the last 2,000 pods", () => {
    const { run } = withNodes(3);
    const decisions = new Decisions();
    const { pod, result } = run({});
    const decide = (detailed: boolean) => new Decision(pod, result, { time: 0, attempt: 1, message: "", detailed });
    for (let index = 0; index < 2001; index++) decisions.add(Object.assign(decide(true), { pod: `default/p${index}` }));
    expect(decisions.get("default/p0")).toBeUndefined();
    expect(decisions.get("default/p2000")?.nodes).toHaveLength(3);
    expect(decide(false)).toMatchObject({ node: result.chosen?.name, fitting: 3 });
  });

  it("SCHED8 remember the best and some of the rejected in a big cluster, with the numbers of all", () => {
    const { run } = withNodes(150, (index) => ({ zone: index % 3 === 0 ? "a" : "b" }));
    const about = { time: 0, attempt: 1, message: "" };
    const spec = { nodeSelector: { zone: "b" } };
    const full = run({ spec });
    const short = run({ spec }, false);
    const [all, few] = [full, short].map(
      ({ pod, result }, index) => new Decision(pod, result, { ...about, detailed: index === 0 }),
    );
    // The second search begins elsewhere, but all nodes that fit are equal.
    const scoresOf = (decision: Decision | undefined) => decision?.nodes[0]?.scores;
    expect(scoresOf(few)).toEqual(scoresOf(all));
    expect([few?.fitting, few?.nodes.length]).toEqual([100, 15]);
    expect(few?.nodes.slice(0, 5).map(({ node }) => node)).toContain(short.result.chosen?.name);
    expect([all?.fitting, all?.nodes.length]).toEqual([100, all?.evaluated]);
    const none = run({ spec: { nodeSelector: { zone: "c" } } }, false);
    const nowhere = new Decision(none.pod, none.result, { ...about, detailed: false });
    expect(nowhere.nodes).toHaveLength(10);
    expect(nowhere.rejections).toEqual([
      {
        verdict: {
          code: "UnschedulableAndUnresolvable",
          plugin: "NodeAffinity",
          reasons: ["node(s) didn't match Pod's node affinity/selector"],
        },
        nodes: 150,
      },
    ]);
  });
});
