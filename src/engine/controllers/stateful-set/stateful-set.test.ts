import { describe, expect, it } from "vitest";
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from "../../api/registry.ts";
import { podTemplate, TestControlPlane } from "../testing/test-control-plane.ts";
import type { TestOptions } from "../testing/test-control-plane.ts";

const DATA = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

function start(spec: object = {}, options: TestOptions = {}): TestControlPlane {
  const plane = new TestControlPlane(options);
  plane.create(statefulSets, {
    metadata: { name: "db" },
    spec: {
      serviceName: "db",
      replicas: 3,
      selector: { matchLabels: { app: "db" } },
      template: podTemplate("db", "redis:7"),
      ...spec,
    },
  });
  return plane;
}
const edit = (plane: TestControlPlane, spec: object) =>
  plane.edit(statefulSets, "db", (set) => ({ ...set, spec: { ...set.spec, ...spec } }));
const roll = (plane: TestControlPlane, image = "redis:8") => edit(plane, { template: podTemplate("db", image) });
const names = (plane: TestControlPlane) => plane.pods().map(({ metadata }) => metadata.name);
const images = (plane: TestControlPlane) =>
  Object.fromEntries(plane.pods().map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image]));
const revisionNumbers = (plane: TestControlPlane) =>
  plane
    .list(controllerRevisions)
    .map(({ revision }) => revision)
    .sort();
const made = (...ordinals: number[]) =>
  ordinals.map((n) => `Normal SuccessfulCreate create Pod db-${n} in StatefulSet db successful`);
const gone = (...ordinals: number[]) =>
  ordinals.map((n) => `Normal SuccessfulDelete delete Pod db-${n} in StatefulSet db successful`);

describe("an ordered stateful set", () => {
  it("starts one pod after the other, each when the one before is ready", () => {
    const plane = start({}, { kubelet: { startMs: (pod) => (pod.metadata.name === "db-1" ? undefined : 500) } });
    plane.settle();
    expect(names(plane)).toEqual(["db-0", "db-1"]);
    plane.kubelet.setReady("default/db-1", true);
    plane.settle();
    expect(plane.events("db")).toEqual(made(0, 1, 2));
    const revision = plane.list(controllerRevisions)[0]?.metadata.name;
    expect(plane.get(statefulSets, "db").status).toEqual({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      availableReplicas: 3,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    });
  });

  it("gives its pods a name, a host name, a domain and labels", () => {
    const plane = start({ replicas: 1, ordinals: { start: 5 } });
    plane.settle();
    const [pod] = plane.pods();
    const revision = plane.list(controllerRevisions)[0]?.metadata.name;
    expect(pod?.metadata).toMatchObject({
      name: "db-5",
      generateName: "db-",
      labels: {
        app: "db",
        "statefulset.kubernetes.io/pod-name": "db-5",
        "apps.kubernetes.io/pod-index": "5",
        "controller-revision-hash": revision,
      },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", controller: true }],
    });
    expect([pod?.spec.hostname, pod?.spec.subdomain]).toEqual(["db-5", "db"]);
  });

  it("scales down from the highest ordinal, one at a time", () => {
    const plane = start({}, { kubelet: { stopMs: 5_000 } });
    plane.settle();
    edit(plane, { replicas: 1 });
    plane.pass(1_000);
    expect(plane.pods().map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([false, false, true]);
    plane.settle();
    expect(names(plane)).toEqual(["db-0"]);
    expect(plane.events("db")).toEqual([...made(0, 1, 2), ...gone(2, 1)]);
  });

  it("does not scale down while another pod is in trouble", () => {
    const plane = start();
    plane.settle();
    plane.kubelet.setReady("default/db-0", false);
    edit(plane, { replicas: 2 });
    plane.settle();
    expect(names(plane)).toEqual(["db-0", "db-1", "db-2"]);
    plane.kubelet.setReady("default/db-0", true);
    plane.settle();
    expect(names(plane)).toEqual(["db-0", "db-1"]);
  });

  it("makes a deleted pod again under its name", () => {
    const plane = start();
    plane.settle();
    const { uid } = plane.get(pods, "db-1").metadata;
    plane.client.resource(pods).delete("default", "db-1");
    plane.settle();
    expect(plane.get(pods, "db-1").metadata.uid).not.toBe(uid);
    expect(plane.events("db")).toEqual(made(0, 1, 2).toSpliced(1, 1, `${made(1)[0]} (x2)`));
  });

  it("replaces a failed pod", () => {
    const plane = start({ replicas: 1 });
    plane.settle();
    const pod = plane.get(pods, "db-0");
    plane.client.resource(pods).updateStatus({ ...pod, status: { ...pod.status, phase: "Failed" } });
    plane.settle();
    expect(plane.get(pods, "db-0").status.phase).toBe("Running");
    expect(plane.events("db")).toEqual([`${made(0)[0]} (x2)`, ...gone(0)]);
  });

  it("waits for minReadySeconds between pods", () => {
    const plane = start({ minReadySeconds: 10 });
    plane.pass(9_000);
    expect(names(plane)).toEqual(["db-0"]);
    expect(plane.get(statefulSets, "db").status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    plane.pass(4_000);
    expect(names(plane)).toEqual(["db-0", "db-1"]);
  });

  it("adopts a matching orphan of a fitting name, and no other", () => {
    const plane = new TestControlPlane();
    const orphan = { labels: { app: "db" } };
    const spec = { containers: [{ name: "a", image: "b" }] };
    for (const name of ["db-0", "stray"]) plane.create(pods, { metadata: { name, ...orphan }, spec });
    plane.create(statefulSets, {
      metadata: { name: "db" },
      spec: { replicas: 1, selector: { matchLabels: { app: "db" } }, template: podTemplate("db", "redis:7") },
    });
    plane.settle();
    const owners = plane.pods().map(({ metadata }) => [metadata.name, metadata.ownerReferences?.[0]?.name]);
    expect(owners).toEqual([
      ["db-0", "db"],
      ["stray", undefined],
    ]);
    // What it adopts is of no revision: it gets its labels, and then it is replaced like any old one.
    expect(plane.events("db")).toEqual([
      "Normal SuccessfulUpdate update Pod db-0 in StatefulSet db successful",
      ...gone(0),
      ...made(0),
    ]);
  });
});

it("a parallel stateful set starts and stops all pods at once", () => {
  const plane = start({ podManagementPolicy: "Parallel" }, { kubelet: { startMs: () => undefined, stopMs: 5_000 } });
  plane.settle();
  expect(names(plane)).toEqual(["db-0", "db-1", "db-2"]);
  edit(plane, { replicas: 0 });
  plane.pass(1_000);
  expect(plane.pods().map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([true, true, true]);
  plane.settle();
  expect(plane.events("db")).toEqual([...made(0, 1, 2), ...gone(2, 1, 0)]);
});

describe("a rolling update of a stateful set", () => {
  it("goes from the highest ordinal to the lowest, one at a time", () => {
    const plane = start();
    plane.settle();
    const before = plane.get(statefulSets, "db").status.updateRevision;
    roll(plane);
    plane.pass(100);
    expect(plane.get(statefulSets, "db").status).toMatchObject({ currentRevision: before, currentReplicas: 2 });
    plane.settle();
    expect(images(plane)).toEqual({ "db-0": "redis:8", "db-1": "redis:8", "db-2": "redis:8" });
    expect(plane.events("db")).toEqual([...made(0, 1, 2).map((text) => `${text} (x2)`), ...gone(2, 1, 0)]);
    const { status } = plane.get(statefulSets, "db");
    expect(status.currentRevision).toBe(status.updateRevision);
    expect([status.currentReplicas, status.updatedReplicas]).toEqual([3, 3]);
  });

  it("stops at the partition, and what is deleted below it comes back as it was", () => {
    const plane = start({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
    plane.settle();
    roll(plane);
    plane.settle();
    plane.client.resource(pods).delete("default", "db-0");
    plane.settle();
    expect(images(plane)).toEqual({ "db-0": "redis:7", "db-1": "redis:7", "db-2": "redis:8" });
    expect(plane.get(statefulSets, "db").status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
  });

  it("stands still at a pod that does not get ready", () => {
    const startMs = (pod: { spec: { containers: { image?: string | undefined }[] } }) =>
      pod.spec.containers[0]?.image === "broken" ? undefined : 500;
    const plane = start({}, { kubelet: { startMs } });
    plane.settle();
    roll(plane, "broken");
    plane.settle();
    expect(images(plane)).toEqual({ "db-0": "redis:7", "db-1": "redis:7", "db-2": "broken" });
  });

  it("takes as many at once as may be unavailable", () => {
    const rollingUpdate = { maxUnavailable: 2 };
    const plane = start(
      { podManagementPolicy: "Parallel", updateStrategy: { type: "RollingUpdate", rollingUpdate } },
      { kubelet: { stopMs: 5_000 } },
    );
    plane.settle();
    roll(plane);
    plane.pass(1_000);
    expect(plane.pods().map(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([false, true, true]);
  });

  it("with OnDelete leaves the pods until somebody deletes them", () => {
    const plane = start({ updateStrategy: { type: "OnDelete" } });
    plane.settle();
    roll(plane);
    plane.settle();
    plane.client.resource(pods).delete("default", "db-1");
    plane.settle();
    expect(images(plane)).toEqual({ "db-0": "redis:7", "db-1": "redis:8", "db-2": "redis:7" });
  });
});

describe("revisions of a stateful set", () => {
  it("are numbered on, and going back moves the old one to the end", () => {
    const plane = start({ replicas: 1 });
    plane.settle();
    roll(plane);
    plane.settle();
    expect(revisionNumbers(plane)).toEqual([1, 2]);
    roll(plane, "redis:7");
    plane.settle();
    expect(revisionNumbers(plane)).toEqual([2, 3]);
    expect(plane.list(controllerRevisions)[0]?.data).toMatchObject({
      spec: { template: { $patch: "replace", metadata: { labels: { app: "db" } } } },
    });
  });

  it("beyond the history limit are deleted, oldest first", () => {
    const plane = start({ replicas: 1, revisionHistoryLimit: 1 });
    plane.settle();
    for (const image of ["a", "b", "c"]) {
      roll(plane, image);
      plane.settle();
    }
    expect(revisionNumbers(plane)).toEqual([3, 4]);
  });
});

describe("claims of a stateful set", () => {
  const owners = (plane: TestControlPlane) =>
    Object.fromEntries(
      plane
        .list(persistentVolumeClaims)
        .map(({ metadata }) => [
          metadata.name,
          (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`),
        ]),
    );

  it("are made before their pod, with an event each, and mounted by it", () => {
    const plane = start({ replicas: 2, volumeClaimTemplates: [DATA] });
    plane.settle();
    expect(plane.events("db")).toEqual([
      "Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success",
      ...made(0),
      "Normal SuccessfulCreate create Claim data-db-1 Pod db-1 in StatefulSet db success",
      ...made(1),
    ]);
    expect(plane.get(pods, "db-1").spec.volumes).toContainEqual({
      name: "data",
      persistentVolumeClaim: { claimName: "data-db-1" },
    });
    expect(owners(plane)).toEqual({ "data-db-0": [], "data-db-1": [] });
  });

  it("stay when the set is scaled down, and are used again", () => {
    const plane = start({ replicas: 2, volumeClaimTemplates: [DATA] });
    plane.settle();
    const { uid } = plane.get(persistentVolumeClaims, "data-db-1").metadata;
    edit(plane, { replicas: 1 });
    plane.settle();
    edit(plane, { replicas: 2 });
    plane.settle();
    expect(plane.get(persistentVolumeClaims, "data-db-1").metadata.uid).toBe(uid);
  });

  it("go with the set when its policy says so", () => {
    const policy = { whenDeleted: "Delete", whenScaled: "Retain" };
    const plane = start({ replicas: 1, volumeClaimTemplates: [DATA], persistentVolumeClaimRetentionPolicy: policy });
    plane.settle();
    expect(owners(plane)).toEqual({ "data-db-0": ["StatefulSet db"] });
    plane.client.resource(statefulSets).delete("default", "db");
    plane.settle();
    expect(owners(plane)).toEqual({});
  });

  it("go with a pod that is scaled away when the policy says so", () => {
    const policy = { whenDeleted: "Retain", whenScaled: "Delete" };
    const plane = start({ replicas: 2, volumeClaimTemplates: [DATA], persistentVolumeClaimRetentionPolicy: policy });
    plane.settle();
    edit(plane, { replicas: 1 });
    plane.settle();
    expect(owners(plane)).toEqual({ "data-db-0": [] });
    edit(plane, { replicas: 2 });
    plane.settle();
    expect(owners(plane)).toEqual({ "data-db-0": [], "data-db-1": [] });
  });
});
