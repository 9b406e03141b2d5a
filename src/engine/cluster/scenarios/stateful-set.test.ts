import { expect, it } from "vitest";
import type { Event, Pod } from "../../api/generated/types.ts";
import {
  controllerRevisions,
  endpointSlices,
  events,
  persistentVolumeClaims,
  pods,
  resourceQuotas,
  services,
  statefulSets,
} from "../../api/registry.ts";
import { createTestCluster, type TestCluster } from "../testing/test-cluster.ts";

const SET = {
  metadata: { name: "db", namespace: "default" },
  spec: {
    serviceName: "db",
    replicas: 3,
    selector: { matchLabels: { app: "db" } },
    template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
};

function start(set: typeof SET = SET): TestCluster {
  const test = createTestCluster({ seed: 1 });
  test.client.resource(statefulSets).create(set as never);
  return test;
}
const isReady = ({ status }: Pod) =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
const readyPods = (test: TestCluster) =>
  test
    .list(pods)
    .filter(isReady)
    .map(({ metadata }) => metadata.name);
const settled = (test: TestCluster, count = 3) => test.runUntil(() => readyPods(test).length === count);
const eventsOf = (test: TestCluster, name: string) =>
  test
    .list<Event>(events)
    .filter(({ involvedObject }) => involvedObject.name === name && involvedObject.kind === "StatefulSet")
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`);

it("the pods of a stateful set are found by their names behind a headless service", () => {
  const test = start();
  test.client.resource(services).create({
    metadata: { name: "db", namespace: "default" },
    spec: { clusterIP: "None", selector: { app: "db" }, ports: [{ port: 80 }] },
  });
  expect(settled(test)).toBe(true);
  test.run(2_000);
  const hosts = test
    .list(endpointSlices)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "db")
    .flatMap(({ endpoints }) => endpoints ?? [])
    .map(({ hostname }) => hostname);
  expect(hosts.toSorted()).toEqual(["db-0", "db-1", "db-2"]);
  expect(eventsOf(test, "db")).toEqual([
    "Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful",
    "Normal SuccessfulCreate create Pod db-1 in StatefulSet db successful",
    "Normal SuccessfulCreate create Pod db-2 in StatefulSet db successful",
  ]);
});

it("a pod on a dead node is not replaced until somebody deletes it by force", () => {
  const test = start();
  settled(test);
  const { nodeName = "" } = test.get(pods, "db-1").spec;
  test.cluster.nodes.get(nodeName)?.powerOff();
  // 50 s until the node counts as gone, 300 s that its pods bear it.
  test.run(420_000);
  const lost = test.get(pods, "db-1");
  expect([lost.spec.nodeName, lost.metadata.deletionTimestamp !== undefined]).toEqual([nodeName, true]);
  test.client.resource(pods).delete("default", "db-1", { gracePeriodSeconds: 0 });
  expect(test.runUntil(() => readyPods(test).includes("db-1"), 60_000)).toBe(true);
  expect(test.get(pods, "db-1").spec.nodeName).not.toBe(nodeName);
});

it("a set that comes back finds its orphaned pods and revisions and takes them as they are", () => {
  const test = start();
  settled(test);
  const before = test.list(pods).map(({ metadata }) => metadata.uid);
  const [revision] = test.list(controllerRevisions);
  test.client.resource(statefulSets).delete("default", "db", { propagationPolicy: "Orphan" });
  test.run(5_000);
  expect(test.list(pods).flatMap(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([]);
  test.client.resource(statefulSets).create(SET as never);
  test.run(5_000);
  const { uid } = test.get(statefulSets, "db").metadata;
  expect(test.list(pods).map(({ metadata }) => metadata.uid)).toEqual(before);
  expect(test.list(pods).map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual([uid, uid, uid]);
  expect(test.list(controllerRevisions).map(({ metadata }) => metadata.name)).toEqual([revision?.metadata.name]);
  expect(test.get(statefulSets, "db").status).toMatchObject({ readyReplicas: 3, currentReplicas: 3 });
});

it("a quota that is used up is told of, and the set goes on once there is room", () => {
  const test = createTestCluster({ seed: 1 });
  const quota = test.client.resource(resourceQuotas).create({
    metadata: { name: "small", namespace: "default" },
    spec: { hard: { pods: "1" } },
    status: {},
  });
  test.run(1_000);
  test.client.resource(statefulSets).create(SET as never);
  test.run(20_000);
  expect(readyPods(test)).toEqual(["db-0"]);
  expect(eventsOf(test, "db")).toEqual([
    "Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful",
    'Warning FailedCreate create Pod db-1 in StatefulSet db failed error: pods "db-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
  ]);
  const fresh = test.get(resourceQuotas, quota.metadata.name);
  test.client.resource(resourceQuotas).update({ ...fresh, spec: { hard: { pods: "5" } } });
  expect(settled(test)).toBe(true);
});

it("a claim that the binder changes while the set takes it over is told of with its name, and taken over a moment later", () => {
  const data = {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Retain" };
  const spec = { ...SET.spec, replicas: 1, volumeClaimTemplates: [data], persistentVolumeClaimRetentionPolicy };
  const test = start({ ...SET, spec });
  expect(settled(test, 1)).toBe(true);
  expect(eventsOf(test, "db").slice(2)).toEqual([
    'Warning FailedUpdate update Pod db-0 in StatefulSet db failed error: could not update claim data-db-0 for delete policy ownerRefs: Operation cannot be fulfilled on persistentvolumeclaims "data-db-0": the object has been modified; please apply your changes to the latest version and try again',
  ]);
  expect(test.get(persistentVolumeClaims, "data-db-0").metadata.ownerReferences).toMatchObject([
    { kind: "StatefulSet", name: "db" },
  ]);
});
