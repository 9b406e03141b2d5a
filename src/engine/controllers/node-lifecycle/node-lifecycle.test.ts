import { describe, expect, it } from "vitest";
import { deployments, endpointSlices, nodes, services } from "../../api/registry.ts";
import { formatTime } from "../../base/time.ts";
import { TestControlPlane, webDeployment } from "../testing/test-control-plane.ts";

const podsOn = (plane: TestControlPlane, node: string) => plane.pods().filter(({ spec }) => spec.nodeName === node);
const taintsOf = (plane: TestControlPlane, node: string) =>
  (plane.get(nodes, node).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const readyOf = (plane: TestControlPlane, node: string) =>
  plane.get(nodes, node).status.conditions?.find(({ type }) => type === "Ready");
/** What the DefaultTolerationSeconds admission plugin adds to every pod. */
const tolerations = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));
const tolerant = () => {
  const deployment = webDeployment({ replicas: 6 }) as { spec: { template: { spec: object } } };
  Object.assign(deployment.spec.template.spec, { tolerations });
  return deployment;
};

describe("a node that falls silent", () => {
  it("becomes Unknown after 50 s, is tainted, and its pods are not ready", () => {
    const plane = new TestControlPlane();
    plane.create(services, { metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
    plane.create(deployments, tolerant());
    plane.settle();
    plane.kubelet.down.add("worker-1");
    plane.pass(39_000);
    expect(readyOf(plane, "worker-1")?.status).toBe("True");
    plane.pass(12_000);
    expect(readyOf(plane, "worker-1")).toMatchObject({
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
    });
    expect(taintsOf(plane, "worker-1").sort()).toEqual([
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/unreachable:NoSchedule",
    ]);
    expect(plane.events("worker-1")).toContain("Normal NodeNotReady Node worker-1 status is now: NodeNotReady");
    const [pod] = podsOn(plane, "worker-1");
    expect(pod?.status.conditions?.find(({ type }) => type === "Ready")?.status).toBe("False");
    expect(plane.events(pod?.metadata.name ?? "")).toContain("Warning NodeNotReady Node is not ready");
    const ready = plane.list(endpointSlices).flatMap(({ endpoints }) => endpoints ?? []);
    expect(ready.filter(({ conditions }) => conditions?.ready === true)).toHaveLength(4);
    expect(taintsOf(plane, "worker-2")).toEqual([]);
  });

  it("loses its pods when they have tolerated it for 300 s", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, tolerant());
    plane.settle();
    const lost = podsOn(plane, "worker-1").map(({ metadata }) => metadata.name);
    plane.kubelet.down.add("worker-1");
    plane.pass(340_000);
    expect(plane.deployment("web").status.readyReplicas).toBe(4);
    expect(plane.pods()).toHaveLength(6);
    plane.pass(15_000);
    for (const name of lost) {
      expect(plane.events(name)).toContain(`Normal TaintManagerEviction Marking for deletion Pod default/${name}`);
    }
    const going = plane.pods().filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(going.map(({ metadata }) => metadata.name)).toEqual(lost);
    expect(going[0]?.status.conditions?.find(({ type }) => type === "DisruptionTarget")).toMatchObject({
      status: "True",
      reason: "DeletionByTaintManager",
      observedGeneration: 1,
    });
  });

  it("that comes back in time keeps its pods", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, tolerant());
    plane.settle();
    plane.kubelet.down.add("worker-1");
    plane.pass(100_000);
    plane.kubelet.powerOn("worker-1");
    plane.pass(1_000);
    expect(taintsOf(plane, "worker-1")).toEqual([]);
    const [pod] = podsOn(plane, "worker-1");
    const { namespace, name } = pod?.metadata ?? { namespace: "", name: "" };
    expect(plane.events(name)).toContain(`Normal TaintManagerEviction Cancelling deletion of Pod ${namespace}/${name}`);
    plane.pass(400_000);
    expect(plane.pods()).toHaveLength(6);
    expect(plane.pods().filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
  });

  it("evicts nothing when all nodes are silent at once", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, tolerant());
    plane.settle();
    for (const node of ["worker-1", "worker-2", "worker-3"]) plane.kubelet.down.add(node);
    plane.pass(600_000);
    expect(taintsOf(plane, "worker-1")).toEqual(["node.kubernetes.io/unreachable:NoSchedule"]);
    expect(plane.pods()).toHaveLength(6);
    expect(plane.pods().filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
  });
});

describe("a node", () => {
  it("gets a range of pod addresses of its own, which comes free when it goes", () => {
    const plane = new TestControlPlane();
    expect(plane.list(nodes).map(({ spec }) => spec.podCIDR)).toEqual([
      "10.244.0.0/24",
      "10.244.1.0/24",
      "10.244.2.0/24",
    ]);
    plane.client.resource(nodes).delete("", "worker-2");
    plane.settle();
    plane.create(nodes, { metadata: { name: "worker-9" }, spec: {} });
    plane.settle();
    expect(plane.get(nodes, "worker-9").spec).toMatchObject({ podCIDR: "10.244.1.0/24", podCIDRs: ["10.244.1.0/24"] });
  });

  it("that is cordoned is tainted unschedulable", () => {
    const plane = new TestControlPlane();
    plane.edit(nodes, "worker-1", (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    plane.settle();
    const [taint] = plane.get(nodes, "worker-1").spec.taints ?? [];
    expect(taint).toMatchObject({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });
    plane.edit(nodes, "worker-1", (node) => ({ ...node, spec: { ...node.spec, unschedulable: false } }));
    plane.settle();
    expect(taintsOf(plane, "worker-1")).toEqual([]);
  });

  it("that is deleted takes its pods with it when it was missed for 40 s, at the next look of every 20", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, webDeployment());
    plane.settle();
    plane.kubelet.down.add("worker-1");
    const [lost] = podsOn(plane, "worker-1").map(({ metadata }) => metadata.name);
    plane.client.resource(nodes).delete("", "worker-1");
    plane.pass(39_000);
    expect(plane.pods().map(({ metadata }) => metadata.name)).toContain(lost);
    plane.pass(42_000);
    expect(plane.pods().map(({ metadata }) => metadata.name)).not.toContain(lost);
    expect(plane.pods()).toHaveLength(3);
  });

  it("with a NoExecute taint of the user's loses pods that do not tolerate it at once", () => {
    const plane = new TestControlPlane();
    plane.create(deployments, webDeployment());
    plane.settle();
    const lost = podsOn(plane, "worker-1").map(({ metadata }) => metadata.name);
    const taint = { key: "maintenance", effect: "NoExecute", timeAdded: formatTime(plane.sim.now) };
    plane.edit(nodes, "worker-1", (node) => ({ ...node, spec: { ...node.spec, taints: [taint] } }));
    plane.settle();
    expect(plane.pods().some(({ metadata }) => lost.includes(metadata.name))).toBe(false);
    expect(taintsOf(plane, "worker-1")).toEqual(["maintenance:NoExecute"]);
  });
});
