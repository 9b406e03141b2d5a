import { describe, expect, it } from "vitest";
import { deployments, events, persistentVolumeClaims, persistentVolumes, pods } from "../../api/registry.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { csiNodes } from "../../api/storage/csi-node.ts";
import { SNAPSHOT_GROUP } from "../../controllers/snapshot/kinds.ts";
import type { VolumeSnapshot, VolumeSnapshotContent } from "../../controllers/snapshot/kinds.ts";
import { TestCluster } from "../testing/test-cluster.ts";

describe("snapshots of volumes", () => {
  const cluster = new TestCluster({ preset: "minikube" });
  const booted = cluster.boot();
  cluster.cluster.setAddon("volumesnapshots", true);
  cluster.cluster.setAddon("csi-hostpath-driver", true);
  cluster.run(3000);
  const ready = cluster.boot();
  const { catalog } = cluster.client.transport;
  const kind = <T extends KubeObject>(plural: string): Resource<T> =>
    catalog.at(SNAPSHOT_GROUP, "v1", plural) as Resource<T>;
  const snapshots = kind<VolumeSnapshot>("volumesnapshots");
  const contents = kind<VolumeSnapshotContent>("volumesnapshotcontents");
  const classes = kind("volumesnapshotclasses");
  const claims = cluster.client.resource(persistentVolumeClaims);

  function told(name: string): string[] {
    return cluster
      .list(events)
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  function claim(name: string, rest: object = {}): void {
    claims.create({
      metadata: { name, namespace: "default" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "csi-hostpath-sc",
        resources: { requests: { storage: "1Gi" } },
        ...rest,
      },
    });
  }

  function runPod(name: string, script: string, claimName = "data"): void {
    cluster.client.resource(pods).create({
      metadata: { name, namespace: "default" },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "main",
            image: "busybox",
            command: ["sh", "-c", script],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
      },
    });
    expect(cluster.runUntil(() => cluster.get(pods, name).status.phase === "Succeeded", 60_000)).toBe(true);
  }

  const source = (name: string) => ({ apiGroup: SNAPSHOT_GROUP, kind: "VolumeSnapshot", name });

  function snapshot(name: string, spec: VolumeSnapshot["spec"]): void {
    cluster.client.resource(snapshots).create({ metadata: { name, namespace: "default" }, spec });
  }

  it("stands on a driver whose plugin has registered with the node", () => {
    expect([booted, ready]).toEqual([true, true]);
    expect(cluster.get(csiNodes, "minikube", "").spec.drivers).toEqual([
      { name: "hostpath.csi.k8s.io", nodeID: "minikube", topologyKeys: ["topology.hostpath.csi/node"] },
    ]);
  });

  it("keeps what was in the volume at that moment", () => {
    claim("data");
    runPod("writer", "echo before > /data/note");
    snapshot("first", {
      volumeSnapshotClassName: "csi-hostpath-snapclass",
      source: { persistentVolumeClaimName: "data" },
    });
    cluster.run(5000);
    const { metadata, status } = cluster.get(snapshots, "first");
    const contentName = `snapcontent-${metadata.uid}`;
    expect(metadata.finalizers).toEqual([
      "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection",
      "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection",
    ]);
    expect(status).toEqual({
      boundVolumeSnapshotContentName: contentName,
      creationTime: expect.stringMatching(/^2026-01-01T/),
      readyToUse: true,
      restoreSize: "1Gi",
    });
    expect(told("first")).toEqual([
      "Normal CreatingSnapshot Waiting for a snapshot default/first to be created by the CSI driver.",
      "Normal SnapshotCreated Snapshot default/first was successfully created by the CSI driver.",
      "Normal SnapshotReady Snapshot default/first is ready to use.",
    ]);
    const content = cluster.get(contents, contentName, "");
    const volume = cluster.get(
      persistentVolumes,
      cluster.get(persistentVolumeClaims, "data").spec.volumeName ?? "",
      "",
    );
    expect(content.metadata.finalizers).toEqual([
      "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection",
    ]);
    expect(content.metadata.annotations).toBeUndefined();
    expect([content.spec, content.status]).toEqual([
      {
        deletionPolicy: "Delete",
        driver: "hostpath.csi.k8s.io",
        source: { volumeHandle: volume.spec.csi?.volumeHandle },
        sourceVolumeMode: "Filesystem",
        volumeSnapshotClassName: "csi-hostpath-snapclass",
        volumeSnapshotRef: expect.objectContaining({ kind: "VolumeSnapshot", name: "first", uid: metadata.uid }),
      },
      {
        creationTime: expect.any(Number),
        readyToUse: true,
        restoreSize: 1024 ** 3,
        snapshotHandle: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      },
    ]);
    runPod("changer", "echo after > /data/note");
    claim("restored", { dataSource: source("first") });
    runPod("reader", "cat /data/note", "restored");
    expect(cluster.cluster.podLog("default", "reader")).toBe("before\n");
    expect(cluster.get(persistentVolumeClaims, "data").metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  });

  it("refuses a volume that is smaller, and a snapshot that isn't there", () => {
    claim("small", { dataSourceRef: source("first"), resources: { requests: { storage: "512Mi" } } });
    claim("lost", { dataSource: source("nope") });
    cluster.run(3000);
    const failed = 'Warning ProvisioningFailed failed to provision volume with StorageClass "csi-hostpath-sc": ';
    const handle = `${failed}error getting handle for DataSource Type VolumeSnapshot by Name`;
    expect(told("small").slice(-1)).toEqual([
      `${handle} first: requested volume size 536870912 is less than the size 1073741824 for the source snapshot first`,
    ]);
    expect(told("lost").slice(-1)).toEqual([
      `${handle} nope: error getting snapshot nope from api server: volumesnapshots.snapshot.storage.k8s.io "nope" not found`,
    ]);
  });

  it("leaves a claim alone that somebody else fills", () => {
    claim("filled", { dataSourceRef: { apiGroup: "example.com", kind: "Populator", name: "p" } });
    cluster.run(3000);
    expect(told("filled").slice(-1)).toEqual([
      "Normal Provisioning Assuming an external populator will provision the volume",
    ]);
    expect(cluster.get(persistentVolumeClaims, "filled").status?.phase).toBe("Pending");
    claims.delete("default", "filled");
    cluster.run(1000);
  });

  it("waits with a deletion for a claim that begins with it, and takes the content along", () => {
    const contentName = cluster.get(snapshots, "first").status?.boundVolumeSnapshotContentName ?? "";
    cluster.client.resource(snapshots).delete("default", "first");
    cluster.run(2000);
    expect(told("first").slice(-1)).toEqual(["Warning SnapshotDeletePending Snapshot is being used to restore a PVC"]);
    for (const name of ["small", "lost"]) claims.delete("default", name);
    cluster.run(5000);
    expect([cluster.list(snapshots), cluster.list(contents, "")]).toEqual([[], []]);
    expect(contentName).toMatch(/^snapcontent-/);
  });

  it("chooses the driver's default class, of which there may be one", () => {
    snapshot("none", { source: { persistentVolumeClaimName: "data" } });
    cluster.run(2000);
    const failed = "Failed to set default snapshot class with error";
    expect(cluster.get(snapshots, "none").status).toEqual({
      error: { message: `${failed} cannot find default snapshot class`, time: expect.any(String) },
      readyToUse: false,
    });
    expect(told("none")).toEqual([
      `Warning SetDefaultSnapshotClassFailed ${failed} cannot find default snapshot class`,
    ]);
    const metadata = { annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" } };
    cluster.client.resource(classes).patch("", "csi-hostpath-snapclass", { metadata }, { type: "merge" });
    cluster.run(20_000);
    const chosen = cluster.get(snapshots, "none");
    expect([chosen.spec.volumeSnapshotClassName, chosen.status?.readyToUse, chosen.status?.error]).toEqual([
      "csi-hostpath-snapclass",
      true,
      undefined,
    ]);
    snapshot("typo", { volumeSnapshotClassName: "gold", source: { persistentVolumeClaimName: "data" } });
    snapshot("early", {
      volumeSnapshotClassName: "csi-hostpath-snapclass",
      source: { persistentVolumeClaimName: "nope" },
    });
    claim("plain", { storageClassName: "standard" });
    cluster.run(3000);
    snapshot("plain", {
      volumeSnapshotClassName: "csi-hostpath-snapclass",
      source: { persistentVolumeClaimName: "plain" },
    });
    cluster.run(3000);
    expect(told("typo")).toEqual([
      'Warning GetSnapshotClassFailed Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "gold" not found',
    ]);
    expect(told("early")).toEqual([
      "Warning SnapshotContentCreationFailed Failed to create snapshot content with error snapshot controller failed to update early on API server: cannot get claim from snapshot",
    ]);
    const volume = cluster.get(persistentVolumeClaims, "plain").spec.volumeName;
    expect(told("plain").filter((line) => line.includes("Snapshot"))).toEqual([
      `Warning SnapshotContentCreationFailed Failed to create snapshot content with error cannot find CSI PersistentVolumeSource for volume ${volume}`,
    ]);
    for (const name of ["typo", "early", "plain"]) cluster.client.resource(snapshots).delete("default", name);
    claims.delete("default", "plain");
    cluster.run(5000);
    expect(cluster.list(snapshots).map((each) => each.metadata.name)).toEqual(["none"]);
    expect(cluster.list(persistentVolumeClaims).map((each) => each.metadata.name)).toEqual(["data", "restored"]);
  });

  it("binds to a content that was made by hand; one that is retained stays, and its data with it", () => {
    const given = cluster.get(snapshots, "none").status?.boundVolumeSnapshotContentName ?? "";
    const handle = cluster.get(contents, given, "").status?.snapshotHandle ?? "";
    cluster.client.resource(contents).patch("", given, { spec: { deletionPolicy: "Retain" } }, { type: "merge" });
    cluster.client.resource(snapshots).delete("default", "none");
    cluster.run(3000);
    expect(cluster.list(snapshots)).toEqual([]);
    expect(cluster.list(contents, "").map(({ metadata }) => metadata.name)).toEqual([given]);
    snapshot("again", { source: { volumeSnapshotContentName: "by-hand" } });
    cluster.run(2000);
    expect(told("again")).toEqual(["Warning SnapshotContentMissing VolumeSnapshotContent is missing"]);
    cluster.client.resource(contents).create({
      metadata: { name: "by-hand" },
      spec: {
        deletionPolicy: "Delete",
        driver: "hostpath.csi.k8s.io",
        source: { snapshotHandle: handle },
        volumeSnapshotRef: { name: "again", namespace: "default" },
      },
    });
    cluster.run(5000);
    expect(cluster.get(snapshots, "again").status).toMatchObject({
      boundVolumeSnapshotContentName: "by-hand",
      readyToUse: true,
      restoreSize: "1Gi",
    });
    claim("again", { dataSource: source("again") });
    runPod("again", "cat /data/note", "again");
    expect(cluster.cluster.podLog("default", "again")).toBe("after\n");
    snapshot("both", { source: { volumeSnapshotContentName: given } });
    cluster.run(2000);
    expect(told("both")).toEqual([
      "Warning SnapshotContentMismatch VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one",
    ]);
    cluster.client.resource(snapshots).delete("default", "both");
    // One that is bound waits for its snapshot.
    cluster.client.resource(contents).delete("", "by-hand");
    cluster.run(3000);
    expect(cluster.list(contents, "")).toHaveLength(2);
    cluster.client.resource(snapshots).delete("default", "again");
    cluster.run(3000);
    expect(cluster.list(contents, "").map(({ metadata }) => metadata.name)).toEqual([given]);
  });

  it("is nobody's work while the controller's pods don't run", () => {
    cluster.client.resource(deployments).patch("kube-system", "snapshot-controller", { spec: { replicas: 0 } });
    cluster.run(40_000);
    snapshot("idle", {
      volumeSnapshotClassName: "csi-hostpath-snapclass",
      source: { persistentVolumeClaimName: "data" },
    });
    cluster.run(10_000);
    expect([cluster.get(snapshots, "idle").status, told("idle")]).toEqual([undefined, []]);
    cluster.client.resource(deployments).patch("kube-system", "snapshot-controller", { spec: { replicas: 1 } });
    expect(cluster.runUntil(() => cluster.get(snapshots, "idle").status?.readyToUse === true, 60_000)).toBe(true);
  });
});
