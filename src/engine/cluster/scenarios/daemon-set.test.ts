import { expect, it } from "vitest";
import type { Event, Pod } from "../../api/generated/types.ts";
import { daemonSets, events, nodes, pods } from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

function start(spec: object = {}): TestCluster {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(daemonSets).create({
    metadata: { name: "agent", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      template: {
        metadata: { labels: { app: "agent" } },
        spec: { containers: [{ name: "web", image: "nginx" }], ...spec },
      },
    },
  } as never);
  test.runUntil(() => {
    const { desiredNumberScheduled, numberAvailable = 0 } = test.get(daemonSets, "agent").status;
    return desiredNumberScheduled > 0 && numberAvailable === desiredNumberScheduled;
  });
  return test;
}
const nodesOf = (test: TestCluster) =>
  test
    .list(pods)
    .map(({ spec }) => spec.nodeName)
    .toSorted();
const podOn = (test: TestCluster, node: string) => test.list(pods).find(({ spec }) => spec.nodeName === node) as Pod;

it("runs on every worker, and on the control plane when it tolerates its taint", () => {
  const test = start();
  expect(nodesOf(test)).toEqual(["worker-1", "worker-2", "worker-3"]);
  const told = test
    .list<Event>(events)
    .filter(({ involvedObject }) => involvedObject.kind === "DaemonSet")
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  expect(told.toSorted()).toEqual(
    test.list(pods).map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`),
  );
  const tolerations = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
  expect(nodesOf(start({ tolerations }))).toHaveLength(4);
});

it("stays on a node that is dead, and goes with one that is deleted", () => {
  const test = start();
  const { uid } = podOn(test, "worker-2").metadata;
  test.cluster.nodes.get("worker-2")?.powerOff();
  test.run(420_000);
  const pod = podOn(test, "worker-2");
  expect([pod.metadata.uid, pod.metadata.deletionTimestamp]).toEqual([uid, undefined]);
  // Of the taints of a dead node it bears the one that evicts, not the one that keeps new pods away.
  expect(test.get(daemonSets, "agent").status).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 1 });
  test.client.resource(nodes).delete("", "worker-2");
  test.run(90_000);
  expect(nodesOf(test)).toEqual(["worker-1", "worker-3"]);
  expect(test.get(daemonSets, "agent").status).toMatchObject({ numberMisscheduled: 0, numberAvailable: 2 });
});

it("keeps to a cordoned node when its pod is deleted there", () => {
  const test = start();
  const node = test.get(nodes, "worker-1", "");
  test.client.resource(nodes).update({ ...node, spec: { ...node.spec, unschedulable: true } });
  const before = podOn(test, "worker-1").metadata;
  test.client.resource(pods).delete("default", before.name);
  expect(
    test.runUntil(() => {
      const pod = test
        .list(pods)
        .find(({ spec, metadata }) => spec.nodeName === "worker-1" && metadata.uid !== before.uid);
      return pod?.status.phase === "Running";
    }, 60_000),
  ).toBe(true);
});
