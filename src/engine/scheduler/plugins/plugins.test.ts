import { describe, expect, it } from "vitest";
import type { Container, Node, PodSpec } from "../../api/generated/types.ts";
import { selectorFromLabels } from "../../api/meta/selectors.ts";
import { setDeepFreeze } from "../../base/freeze.ts";
import { PodInfo } from "../pod-info.ts";
import { clusterOf, filterWith, podOf, scoreWith } from "../testing/plugin-case.ts";
import { balancedAllocation } from "./balanced-allocation.ts";
import { imageLocality } from "./image-locality.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { createNodeResourcesFit, nodeResourcesFit } from "./node-resources-fit.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";
import { schedulingGates } from "./scheduling-gates.ts";
import { taintToleration } from "./taint-toleration.ts";

setDeepFreeze(true);

const requesting = (requests: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name: "main",
  resources: { requests },
  ...more,
});
const spec = (requests: Record<string, string>): Partial<PodSpec> => ({ containers: [requesting(requests)] });
const room = (cpu: string, memory: string, pods = "10") => ({ status: { allocatable: { cpu, memory, pods } } });
const zone = (name: string, host: string) => ({ labels: { zone: name, "kubernetes.io/hostname": host } });

describe("plugins about the node itself", () => {
  it("SCHED14 names the gates that hold a pod", () => {
    const gated = podOf({ spec: { schedulingGates: [{ name: "a" }, { name: "b" }] } });
    expect(schedulingGates.preEnqueue?.(gated)?.reasons).toEqual(["waiting for scheduling gates: [a b]"]);
    expect(schedulingGates.preEnqueue?.(podOf({}))).toBeUndefined();
  });

  it("SCHED16 a cordoned node takes only pods that tolerate that", () => {
    const nodes = { a: { spec: { unschedulable: true } }, b: {} };
    expect(filterWith(nodeUnschedulable, { nodes, pod: {} })).toEqual({ a: "node(s) were unschedulable", b: "ok" });
    const tolerations = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" }];
    expect(filterWith(nodeUnschedulable, { nodes, pod: { spec: { tolerations } } })).toEqual({ a: "ok", b: "ok" });
  });

  it("SCHED16 a node name means that node", () => {
    const nodes = { a: {}, b: {} };
    const b = "node(s) didn't match the requested node name";
    expect(filterWith(nodeName, { nodes, pod: { spec: { nodeName: "a" } } })).toEqual({ a: "ok", b });
  });

  it("SCHED16 a taint needs a toleration of its key, value and effect; a soft one costs score", () => {
    const nodes = {
      hard: { spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } },
      soft: { spec: { taints: [{ key: "gpu", value: "yes", effect: "PreferNoSchedule" }] } },
      free: {},
    };
    const rejected = "node(s) had untolerated taint(s)";
    const ask = (tolerations: PodSpec["tolerations"]) =>
      filterWith(taintToleration, { nodes, pod: { spec: { tolerations } } })["hard"];
    expect(ask(undefined)).toBe(rejected);
    expect(ask([{ key: "gpu", operator: "Equal", value: "no", effect: "NoSchedule" }])).toBe(rejected);
    expect(ask([{ key: "gpu", operator: "Exists", effect: "NoExecute" }])).toBe(rejected);
    expect(ask([{ key: "gpu", value: "yes" }])).toBe("ok");
    expect(ask([{ operator: "Exists" }])).toBe("ok");
    expect(scoreWith(taintToleration, { nodes, pod: {} })).toEqual({ hard: 100, soft: 0, free: 100 });
  });

  it("SCHED17 node selector and one of the required terms must match", () => {
    const nodes = { ssd: { labels: { disk: "ssd", cores: "8" } }, hdd: { labels: { disk: "hdd" } }, bare: {} };
    const no = "node(s) didn't match Pod's node affinity/selector";
    const ask = (part: Partial<PodSpec>) => filterWith(nodeAffinity, { nodes, pod: { spec: part } });
    const required = (...nodeSelectorTerms: object[]): Partial<PodSpec> => ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    });
    expect(ask({ nodeSelector: { disk: "ssd" } })).toEqual({ ssd: "ok", hdd: no, bare: no });
    const notSsd = { matchExpressions: [{ key: "disk", operator: "NotIn", values: ["ssd"] }] };
    const many = { matchExpressions: [{ key: "cores", operator: "Gt", values: ["4"] }] };
    expect(ask(required(notSsd))).toEqual({ ssd: no, hdd: "ok", bare: "ok" });
    expect(ask(required(notSsd, many))).toEqual({ ssd: "ok", hdd: "ok", bare: "ok" });
    expect(ask(required({}))).toEqual({ ssd: no, hdd: no, bare: no });
    const named = { matchFields: [{ key: "metadata.name", operator: "In", values: ["hdd"] }] };
    const filter = nodeAffinity.filter?.(podOf({ spec: required(named) }), undefined as never);
    expect(filter).toMatchObject({ nodeNames: new Set(["hdd"]) });
  });

  it("SCHED17 preferred terms add their weights", () => {
    const prefer = (weight: number, key: string) => ({
      weight,
      preference: { matchExpressions: [{ key, operator: "Exists" }] },
    });
    const preferredDuringSchedulingIgnoredDuringExecution = [prefer(10, "a"), prefer(30, "b")];
    const nodes = { both: { labels: { a: "", b: "" } }, one: { labels: { a: "" } }, none: {} };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } };
    expect(scoreWith(nodeAffinity, { nodes, pod: { spec: { affinity } } })).toEqual({ both: 100, one: 25, none: 0 });
    expect(scoreWith(nodeAffinity, { nodes, pod: {} })).toBeUndefined();
  });

  it("SCHED18 a host port can be had once for each address and protocol", () => {
    const taken = "node(s) didn't have free ports for the requested pod ports";
    const using = (...ports: NonNullable<Container["ports"]>) => ({ spec: { containers: [{ name: "main", ports }] } });
    const ask = (port: NonNullable<Container["ports"]>[0]) =>
      filterWith(nodePorts, {
        nodes: { n: {} },
        running: { n: [using({ containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1" })] },
        pod: using(port),
      })["n"];
    expect(ask({ containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1" })).toBe(taken);
    expect(ask({ containerPort: 80, hostPort: 8080 })).toBe(taken);
    expect(ask({ containerPort: 80, hostPort: 8080, hostIP: "10.0.0.1" })).toBe("ok");
    expect(ask({ containerPort: 80, hostPort: 8080, hostIP: "127.0.0.1", protocol: "UDP" })).toBe("ok");
    expect(ask({ containerPort: 8080 })).toBe("ok");
  });
});

describe("plugins about resources", () => {
  it("SCHED19 tells all that is lacking at once", () => {
    const about = {
      nodes: { n: room("1", "1Gi", "1"), big: room("4", "4Gi") },
      running: { n: [{ spec: spec({ cpu: "600m", memory: "1Gi" }) }] },
      pod: { spec: spec({ cpu: "500m", memory: "1Mi", "example.com/gpu": "1" }) },
    };
    const gpu = "Insufficient example.com/gpu";
    expect(filterWith(nodeResourcesFit, about)).toEqual({
      n: `Too many pods, Insufficient cpu, Insufficient memory, ${gpu}`,
      big: gpu,
    });
  });

  it("SCHED19 counts the largest init container, sidecars and overhead", () => {
    const always = { restartPolicy: "Always" };
    const pod = podOf({
      spec: {
        initContainers: [
          requesting({ cpu: "300m" }, always),
          requesting({ cpu: "1" }),
          requesting({ cpu: "100m" }, always),
        ],
        containers: [requesting({ cpu: "200m", memory: "1Mi" }), requesting({ cpu: "200m" })],
        overhead: { cpu: "50m" },
      },
    });
    expect(pod.requests.requests).toMatchObject({ milliCPU: 1350, memory: 1024 * 1024 });
    const plain = podOf({ spec: { containers: [{ name: "a" }, requesting({ cpu: "10m" })] } });
    expect(plain.requests).toMatchObject({ nonZeroMilliCPU: 110, nonZeroMemory: 2 * 200 * 1024 * 1024 });
  });

  it("SCHED150 a node that offers no more of what a pod asks for, or not enough of everything, is no news to it", () => {
    const pod = podOf({ spec: spec({ cpu: "2", memory: "1Gi", "example.com/gpu": "1" }) });
    const node = (allocatable: Record<string, string>): Node => ({
      ...{ apiVersion: "v1", kind: "Node", spec: {}, status: { allocatable } },
      metadata: { name: "n", uid: "n", creationTimestamp: "", resourceVersion: "" },
    });
    const full = { cpu: "4", memory: "8Gi", "example.com/gpu": "2", pods: "110" };
    const cluster = clusterOf({ nodes: {} });
    const helps = (before: object, now: object): boolean | undefined => {
      const [old, changed] = [node({ ...full, ...before }), node({ ...full, ...now })];
      return nodeResourcesFit.helps?.(pod, { type: "node-update", old, node: changed }, cluster);
    };
    expect(helps({}, {})).toBe(false);
    expect(helps({ cpu: "1" }, {})).toBe(true);
    expect(helps({ pods: "1" }, {})).toBe(true);
    expect(helps({ "example.com/gpu": "0" }, {})).toBe(true);
    expect(helps({ cpu: "1" }, { memory: "512Mi" })).toBe(false);
    expect(helps({ "example.com/other": "1" }, { "example.com/other": "2" })).toBe(false);
    expect(nodeResourcesFit.helps?.(pod, { type: "node-add", node: node(full) }, cluster)).toBe(true);
  });

  it("SCHED121 counts the most of what a pod asks for, was given and has while it is being resized", () => {
    const taken = (wanted: string, given: string, has: string, reason = "Deferred"): number => {
      const pod = podOf({
        spec: { containers: [{ name: "m", resources: { requests: { cpu: wanted, memory: "1Gi" } } }] },
      }).pod;
      const resources = { requests: { cpu: has, memory: "1Gi" } };
      const allocatedResources = { cpu: given, memory: "1Gi" };
      const containerStatuses = [
        { name: "m", image: "", imageID: "", ready: true, restartCount: 0, resources, allocatedResources },
      ];
      const conditions = [{ type: "PodResizePending", status: "True", reason }];
      const info = new PodInfo({ ...pod, status: { containerStatuses, conditions } });
      expect(info.requests.requests.memory).toBe(2 ** 30);
      return info.requests.requests.milliCPU;
    };
    expect([taken("1", "1", "1"), taken("3", "1", "1"), taken("1", "2", "1"), taken("1", "1", "2")]).toEqual([
      1000, 3000, 2000, 2000,
    ]);
    expect(taken("9", "1", "2", "Infeasible")).toBe(2000);
  });

  it("SCHED19 prefers the emptier node, or what the strategy says", () => {
    const about = {
      nodes: { empty: room("4", "10000"), busy: room("4", "10000") },
      running: { busy: [{ spec: spec({ cpu: "2", memory: "5000" }) }] },
      pod: { spec: spec({ cpu: "1", memory: "2500" }) },
    };
    expect(scoreWith(nodeResourcesFit, about)).toEqual({ empty: 75, busy: 25 });
    const resources = [{ name: "cpu", weight: 1 }];
    const most = createNodeResourcesFit({ scoringStrategy: { type: "MostAllocated", resources } });
    expect(scoreWith(most, about)).toEqual({ empty: 25, busy: 75 });
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 50, score: 10 },
      { utilization: 100, score: 0 },
    ];
    const scoringStrategy = { type: "RequestedToCapacityRatio", resources, requestedToCapacityRatio: { shape } };
    const ratio = createNodeResourcesFit({ scoringStrategy });
    expect(scoreWith(ratio, about)).toEqual({ empty: 50, busy: 50 });
  });

  it("SCHED20 prefers balance, and has no opinion on pods that request nothing", () => {
    const about = {
      nodes: { level: room("4", "4000"), skewed: room("4", "40000") },
      pod: { spec: spec({ cpu: "2", memory: "2000" }) },
    };
    expect(scoreWith(balancedAllocation, about)).toEqual({ level: 100, skewed: 77 });
    expect(scoreWith(balancedAllocation, { ...about, pod: {} })).toBeUndefined();
  });

  it("SCHED23 prefers nodes with the image, by size and spread", () => {
    const images = (name: string, mb: number) => ({
      status: { images: [{ names: [name], sizeBytes: mb * 1024 * 1024 }] },
    });
    const pod = { spec: { containers: [{ name: "main", image: "big" }] } };
    const nodes = { with: images("big:latest", 900), without: images("other:latest", 900) };
    expect(scoreWith(imageLocality, { nodes, pod })).toEqual({ with: 43, without: 0 });
  });
});

describe("plugins about other pods", () => {
  const nodes = { a1: zone("a", "a1"), a2: zone("a", "a2"), b1: zone("b", "b1"), bare: {} };
  const web = { labels: { app: "web" } };
  const selector = { matchLabels: { app: "web" } };
  const spread = (whenUnsatisfiable: string, topologyKey: string, more: object = {}): Partial<PodSpec> => ({
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: selector, ...more }],
  });

  it("SCHED21 holds the skew of a hard constraint", () => {
    const skewed = "node(s) didn't match pod topology spread constraints";
    const bare = `${skewed} (missing required label)`;
    const ask = (running: Record<string, object[]>, part: Partial<PodSpec>) =>
      filterWith(podTopologySpread, { nodes, running, pod: { ...web, spec: part } });
    const byZone = spread("DoNotSchedule", "zone");
    expect(ask({ a1: [web] }, byZone)).toEqual({ a1: skewed, a2: skewed, b1: "ok", bare });
    expect(ask({ a1: [web], b1: [web] }, byZone)).toEqual({ a1: "ok", a2: "ok", b1: "ok", bare });
    expect(ask({ a1: [{ labels: { app: "db" } }] }, byZone)["a1"]).toBe("ok");
    expect(ask({ a1: [{ ...web, metadata: { deletionTimestamp: "x" } }] }, byZone)["a1"]).toBe("ok");
    expect(ask({}, spread("DoNotSchedule", "zone", { minDomains: 3 }))["a1"]).toBe("ok");
    expect(ask({ a1: [web], b1: [web] }, spread("DoNotSchedule", "zone", { minDomains: 3 }))["a1"]).toBe(skewed);
    const inA = { ...byZone, nodeSelector: { zone: "a" } };
    expect(ask({ a1: [web] }, inA)["a2"]).toBe("ok");
  });

  it("SCHED21 prefers the emptier topology for a soft constraint and by default", () => {
    const running = { a1: [web, web], b1: [web] };
    const soft = scoreWith(podTopologySpread, {
      nodes,
      running,
      pod: { ...web, spec: spread("ScheduleAnyway", "zone") },
    });
    expect(soft).toEqual({ a1: 33, a2: 33, b1: 100, bare: 0 });
    const about = { nodes: { a1: nodes.a1, a2: nodes.a2, b1: nodes.b1 }, running, pod: web };
    const byDefault = scoreWith(podTopologySpread, { ...about, selector: selectorFromLabels({ app: "web" }) });
    expect(byDefault).toMatchObject({ a2: 100 });
    expect(scoreWith(podTopologySpread, about)).toBeUndefined();
  });

  const term = (topologyKey: string, more: object = {}) => ({ labelSelector: selector, topologyKey, ...more });
  const required = (
    kind: "podAffinity" | "podAntiAffinity",
    ...terms: ReturnType<typeof term>[]
  ): Partial<PodSpec> => ({
    affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
  });

  it("SCHED22 required affinity needs a matching pod in the topology, but for the first of a group", () => {
    const no = "node(s) didn't match pod affinity rules";
    const affine = required("podAffinity", term("zone"));
    const ask = (running: Record<string, object[]>, pod: object) =>
      filterWith(interPodAffinity, { nodes, running, pod });
    expect(ask({ a1: [web] }, { spec: affine })).toEqual({ a1: "ok", a2: "ok", b1: no, bare: no });
    expect(ask({}, { spec: affine })["a1"]).toBe(no);
    expect(ask({}, { ...web, spec: affine })).toEqual({ a1: "ok", a2: "ok", b1: "ok", bare: no });
    const elsewhere = required("podAffinity", term("zone", { namespaces: ["other"] }));
    expect(ask({ a1: [web] }, { spec: elsewhere })["a1"]).toBe(no);
    expect(ask({ a1: [web] }, { spec: required("podAffinity", term("zone", { namespaceSelector: {} })) })["a1"]).toBe(
      "ok",
    );
  });

  it("SCHED22 required anti-affinity holds in both directions", () => {
    const lonely = required("podAntiAffinity", term("kubernetes.io/hostname"));
    const own = "node(s) didn't match pod anti-affinity rules";
    const theirs = "node(s) didn't satisfy existing pods anti-affinity rules";
    const ask = (running: Record<string, object[]>, pod: object) =>
      filterWith(interPodAffinity, { nodes, running, pod });
    expect(ask({ a1: [web] }, { spec: lonely })).toEqual({ a1: own, a2: "ok", b1: "ok", bare: "ok" });
    expect(ask({ a1: [{ spec: lonely }] }, web)).toEqual({ a1: theirs, a2: "ok", b1: "ok", bare: "ok" });
    expect(ask({ a1: [{ spec: lonely }] }, {})["a1"]).toBe("ok");
  });

  it("SCHED22 preferred terms of both sides add up", () => {
    const preferring = (kind: "podAffinity" | "podAntiAffinity", weight: number): Partial<PodSpec> => ({
      affinity: {
        [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term("zone") }] },
      },
    });
    const score = (running: Record<string, object[]>, pod: object) =>
      scoreWith(interPodAffinity, { nodes, running, pod });
    expect(score({ a1: [web] }, { spec: preferring("podAffinity", 5) })).toEqual({ a1: 100, a2: 100, b1: 0, bare: 0 });
    expect(score({ a1: [web] }, { spec: preferring("podAntiAffinity", 5) })).toEqual({
      a1: 0,
      a2: 0,
      b1: 100,
      bare: 100,
    });
    const wishes = { a1: [{ spec: preferring("podAffinity", 4) }], b1: [{ spec: preferring("podAffinity", 8) }] };
    expect(score(wishes, web)).toEqual({ a1: 50, a2: 50, b1: 100, bare: 0 });
    expect(score({ a1: [web] }, web)).toBeUndefined();
  });
});
