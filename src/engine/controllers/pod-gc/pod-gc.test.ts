import { expect, it } from "vitest";
import type { Node } from "../../api/generated/types.ts";
import { nodes, pods } from "../../api/registry.ts";
import { TestControlPlane } from "../testing/test-control-plane.ts";

const CONTAINERS = [{ name: "main", image: "nginx" }];
const FINALIZERS = ["example.com/look"];

/** Without kubelets: whatever is said of nodes here is said by the test. */
function plane(): TestControlPlane {
  const cluster = new TestControlPlane({ kubelet: { nodes: [] } });
  cluster.kubelet.down.add("a");
  return cluster;
}

function node(name: string, taints: object[] = []): object {
  return { metadata: { name }, spec: { taints }, status: {} };
}

it("pods of a node that is gone fail and go, when the node has been missed for 40 seconds at a look of every 20", () => {
  const cluster = plane();
  cluster.create(nodes, node("a"));
  cluster.create(pods, {
    metadata: { name: "web", finalizers: FINALIZERS },
    spec: { nodeName: "a", containers: CONTAINERS },
  });
  cluster.settle();
  const began = cluster.sim.now;
  cluster.client.resource(nodes).delete("", "a");
  const isGone = () => cluster.get(pods, "web").metadata.deletionTimestamp !== undefined;
  let waited = 0;
  while (!isGone() && waited < 120_000) {
    cluster.pass(1000);
    waited = cluster.sim.now - began;
  }
  expect(waited).toBeGreaterThanOrEqual(40_000);
  expect(waited).toBeLessThanOrEqual(81_000);
  const { phase, conditions } = cluster.get(pods, "web").status;
  expect([phase, conditions?.find(({ type }) => type === "DisruptionTarget")]).toEqual([
    "Failed",
    expect.objectContaining({
      ...{ status: "True", reason: "DeletionByPodGC", message: "PodGC: node no longer exists" },
      observedGeneration: 1,
    }),
  ]);
});

it("pods that are to end on a node that is out of service go, when the node is not ready", () => {
  const cluster = plane();
  cluster.create(nodes, node("a"));
  for (const name of ["stuck", "stays"])
    cluster.create(pods, { metadata: { name }, spec: { nodeName: "a", containers: CONTAINERS } });
  cluster.client.resource(pods).delete("default", "stuck");
  cluster.pass(90_000);
  expect(cluster.pods().map(({ metadata }) => metadata.name)).toEqual(["stays", "stuck"]);
  cluster.edit<Node>(nodes, "a", (object) => ({
    ...object,
    spec: {
      ...object.spec,
      taints: [
        ...(object.spec.taints ?? []),
        { key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" },
      ],
    },
  }));
  cluster.pass(25_000);
  const left = cluster.pods().map(({ metadata }) => [metadata.name, metadata.deletionTimestamp !== undefined]);
  expect(left).not.toContainEqual(["stuck", true]);
});

it("each node is told how long its kubelet may go on with what it has read", () => {
  const cluster = plane();
  cluster.create(nodes, node("a"));
  cluster.settle();
  expect(cluster.get(nodes, "a").metadata.annotations?.["node.alpha.kubernetes.io/ttl"]).toBe("0");
});
