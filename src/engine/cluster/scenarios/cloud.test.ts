import { describe, expect, it } from "vitest";
import type { Node, PersistentVolumeClaimSpec, Pod } from "../../api/generated/types.ts";
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { VolumeSnapshot } from "../../controllers/snapshot/kinds.ts";
import { events, nodes, persistentVolumeClaims, persistentVolumes, pods, services } from "../../api/registry.ts";
import { csiNodes } from "../../api/storage/csi-node.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { GROUP } from "../../network/gateway/kinds.ts";
import { TestCluster } from "../testing/test-cluster.ts";

const CLAIM = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } };

/** `Normal Reason message` of each event about an object, in the order of their names: as they came. */
function told(cluster: TestCluster, name: string): string[] {
  return cluster
    .list(events)
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}

function runPod(cluster: TestCluster, name: string, rest: object = {}, script = "sleep infinity"): void {
  cluster.client.resource(pods).create({
    metadata: { name, namespace: "default" },
    spec: {
      containers: [
        {
          name: "main",
          image: "busybox",
          command: ["sh", "-c", script],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      terminationGracePeriodSeconds: 0,
      ...rest,
    },
  });
}

function isReady(cluster: TestCluster, name: string): boolean {
  const { conditions = [] } = cluster.get<Pod>(pods, name).status;
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

describe("a cluster on a cloud's machines", () => {
  const cluster = new TestCluster({ preset: "cloud" });
  const booted = cluster.boot();
  const claim = () => cluster.get(persistentVolumeClaims, "data");
  const volumeName = () => claim().spec.volumeName ?? "";

  it("hides a balancer's addresses at once from a service that wants none any more, and takes the balancer away", () => {
    const { client } = cluster;
    client.resource(services).create({
      metadata: { name: "was", namespace: "default" },
      spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
    });
    const ingress = () => cluster.get(services, "was").status?.loadBalancer?.ingress;
    cluster.run(39_000);
    expect(ingress()).toBeUndefined();
    cluster.run(2000);
    expect(ingress()).toEqual([{ ip: "203.0.113.10", ipMode: "VIP" }]);
    client.resource(services).patch("default", "was", { spec: { type: "ClusterIP" } });
    expect(cluster.get(services, "was").status).toEqual({ loadBalancer: {} });
    cluster.run(39_000);
    expect(cluster.get(services, "was").metadata.finalizers).toEqual(["service.kubernetes.io/load-balancer-cleanup"]);
    cluster.run(2000);
    expect(cluster.get(services, "was").metadata.finalizers).toBeUndefined();
    expect(told(cluster, "was").slice(-2)).toEqual([
      "Normal DeletingLoadBalancer Deleting load balancer",
      "Normal DeletedLoadBalancer Deleted load balancer",
    ]);
    client.resource(services).delete("default", "was");
  });

  it("knows its nodes as the cloud does", () => {
    expect(booted).toBe(true);
    const node = cluster.get<Node>(nodes, "worker-1", "");
    expect([node.spec.providerID, node.spec.taints]).toEqual(["gce://drydock/europe-west3-b/worker-1", undefined]);
    expect(node.metadata.labels).toMatchObject({
      "node.kubernetes.io/instance-type": "e2-standard-4",
      "topology.gke.io/zone": "europe-west3-b",
      "topology.kubernetes.io/region": "europe-west3",
      "topology.kubernetes.io/zone": "europe-west3-b",
    });
    expect(told(cluster, "worker-1")).toContain("Normal Synced Node synced successfully");
    expect(cluster.get(csiNodes, "worker-1", "").spec?.drivers).toEqual([
      {
        name: "pd.csi.storage.gke.io",
        nodeID: "projects/drydock/zones/europe-west3-b/instances/worker-1",
        topologyKeys: ["topology.gke.io/zone"],
        allocatable: { count: 127 },
      },
    ]);
  });

  it("makes a disk for the first pod, attaches it, and keeps what is written there", () => {
    cluster.client
      .resource(persistentVolumeClaims)
      .create({ metadata: { name: "data", namespace: "default" }, spec: CLAIM });
    cluster.run(5000);
    runPod(
      cluster,
      "writer",
      { nodeSelector: { "kubernetes.io/hostname": "worker-1" } },
      "echo kept > /data/note; sleep infinity",
    );
    expect(cluster.runUntil(() => isReady(cluster, "writer"), 60_000)).toBe(true);
    const name = volumeName();
    expect(told(cluster, "data")).toEqual([
      "Normal WaitForFirstConsumer waiting for first consumer to be created before binding",
      expect.stringMatching(
        /^Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'pd.csi.storage.gke.io'/,
      ),
      'Normal Provisioning External provisioner is provisioning volume for claim "default/data"',
      `Normal ProvisioningSucceeded Successfully provisioned volume ${name}`,
    ]);
    const attached = `Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "${name}" `;
    expect(told(cluster, "writer")).toContain(attached);
    const handle = `projects/drydock/zones/europe-west3-b/disks/${name}`;
    const unique = `kubernetes.io/csi/pd.csi.storage.gke.io^${handle}`;
    const { volumesAttached, volumesInUse } = cluster.get<Node>(nodes, "worker-1", "").status;
    expect([volumesAttached, volumesInUse]).toEqual([[{ name: unique, devicePath: "" }], [unique]]);
    const [attachment] = cluster.list(volumeAttachments, "");
    expect([attachment?.metadata.name, attachment?.spec, attachment?.status]).toEqual([
      expect.stringMatching(/^csi-[0-9a-f]{64}$/),
      { attacher: "pd.csi.storage.gke.io", nodeName: "worker-1", source: { persistentVolumeName: name } },
      { attached: true },
    ]);
    expect(cluster.get(persistentVolumes, name, "").spec.csi).toMatchObject({ volumeHandle: handle, fsType: "ext4" });
  });

  it("makes the disk larger while it is used", () => {
    cluster.client
      .resource(persistentVolumeClaims)
      .patch("default", "data", { spec: { resources: { requests: { storage: "20Gi" } } } });
    cluster.run(3000);
    expect(claim().status?.conditions).toEqual([
      expect.objectContaining({
        type: "FileSystemResizePending",
        status: "True",
        message: "Waiting for user to (re-)start a pod to finish file system resize of volume on node.",
      }),
    ]);
    cluster.run(100_000);
    const { status } = claim();
    expect([status?.capacity, status?.conditions]).toEqual([{ storage: "20Gi" }, undefined]);
    const resize = `Normal FileSystemResizeSuccessful MountVolume.NodeExpandVolume succeeded for volume "${volumeName()}" worker-1`;
    expect(told(cluster, "data").slice(4).toSorted()).toEqual(
      [
        resize,
        "Normal FileSystemResizeRequired Require file system resize of volume on node",
        `Normal Resizing External resizer is resizing volume ${volumeName()}`,
        "Warning ExternalExpanding Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC.",
      ].toSorted(),
    );
    expect(told(cluster, "writer")).toContain(resize);
  });

  it("lets one node at a time have it, and the next one when the first lets go", () => {
    runPod(cluster, "reader", { nodeName: "worker-3" }, "cat /data/note; sleep infinity");
    cluster.run(130_000);
    const name = volumeName();
    expect(told(cluster, "reader")).toEqual([
      `Warning FailedAttachVolume Multi-Attach error for volume "${name}" Volume is already used by pod(s) writer`,
      "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: context deadline exceeded",
    ]);
    cluster.client.resource(pods).delete("default", "writer");
    expect(cluster.runUntil(() => isReady(cluster, "reader"), 60_000)).toBe(true);
    expect(cluster.cluster.podLog("default", "reader")).toBe("kept\n");
    expect(cluster.list(volumeAttachments, "").map(({ spec }) => spec.nodeName)).toEqual(["worker-3"]);
  });

  it("gives a service an address, and takes it away again", () => {
    cluster.client.resource(services).create({
      metadata: { name: "web", namespace: "default" },
      spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    cluster.run(60_000);
    const service = cluster.get(services, "web");
    expect(service.status?.loadBalancer).toEqual({ ingress: [{ ip: "203.0.113.10", ipMode: "VIP" }] });
    expect(service.metadata.finalizers).toEqual(["service.kubernetes.io/load-balancer-cleanup"]);
    cluster.client.resource(services).delete("default", "web");
    cluster.run(60_000);
    expect(cluster.list(services).map(({ metadata }) => metadata.name)).toEqual(["kubernetes"]);
    expect(told(cluster, "web")).toEqual([
      "Normal EnsuringLoadBalancer Ensuring load balancer",
      "Normal EnsuredLoadBalancer Ensured load balancer",
      "Normal DeletingLoadBalancer Deleting load balancer",
      "Normal DeletedLoadBalancer Deleted load balancer",
    ]);
  });

  it("gives a Gateway an address that answers outside", () => {
    cluster.cluster.setAddon("gateway-api", true);
    cluster.client.resource(pods).create({
      metadata: { name: "site", namespace: "default", labels: { app: "site" } },
      spec: { containers: [{ name: "main", image: "nginx" }] },
    });
    const kind = (plural: string): Resource => cluster.client.transport.catalog.at(GROUP, "v1", plural) as Resource;
    const served = (): boolean => cluster.client.transport.catalog.at(GROUP, "v1", "httproutes") !== undefined;
    expect(cluster.runUntil(() => served() && isReady(cluster, "site"), 60_000)).toBe(true);
    const create = (plural: string, name: string, spec: object): void => {
      const object: object = { metadata: { name, namespace: "default" }, spec };
      cluster.client.resource(kind(plural)).create(object as never);
    };
    const listeners = [{ name: "http", port: 80, protocol: "HTTP" }];
    cluster.client.resource(services).create({
      metadata: { name: "site", namespace: "default" },
      spec: { selector: { app: "site" }, ports: [{ port: 80 }] },
    });
    create("gateways", "edge", { gatewayClassName: "drydock", listeners });
    create("httproutes", "site", {
      parentRefs: [{ name: "edge" }],
      rules: [{ backendRefs: [{ name: "site", port: 80 }] }],
    });
    const status = () =>
      (cluster.client.resource(kind("gateways")).get("default", "edge") as { status?: { addresses?: object[] } })
        .status;
    expect(cluster.runUntil(() => status()?.addresses !== undefined, 60_000)).toBe(true);
    expect(status()).toMatchObject({
      addresses: [{ type: "IPAddress", value: "203.0.113.10" }],
      conditions: [{ type: "Accepted" }, { type: "Programmed", status: "True", reason: "Programmed" }],
    });
    cluster.run(2000);
    let answer = "";
    const sink = { head: (code: number) => void (answer += code), data: (text: string) => void (answer += text) };
    const request = { method: "GET", url: "http://203.0.113.10/", headers: {}, body: "" };
    const rest = { frame() {}, end() {}, fail: (errno: string) => void (answer += errno) };
    cluster.cluster.network.laptopPort().send(request, { ...sink, ...rest });
    cluster.run(2000);
    expect(answer).toMatch(/^200<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!/);
    cluster.client.resource(services).delete("default", "site");
    cluster.client.resource(kind("gateways")).delete("default", "edge");
    cluster.run(60_000);
  });

  it("gives a container the disk itself where the claim asks for a block device", () => {
    const claims = cluster.client.resource(persistentVolumeClaims);
    const spec = { ...CLAIM, accessModes: ["ReadWriteOncePod"], volumeMode: "Block" };
    claims.create({ metadata: { name: "raw", namespace: "default" }, spec });
    const volumes = [{ name: "raw", persistentVolumeClaim: { claimName: "raw" } }];
    const container = (script: string): object => ({
      ...{ name: "main", image: "busybox", command: ["sh", "-c", script] },
      volumeDevices: [{ name: "raw", devicePath: "/dev/xvda" }],
    });
    const use = (name: string, script: string): void =>
      runPod(cluster, name, { volumes, containers: [container(`${script}; sleep infinity`)] });
    use("first", "ls -l /dev/xvda; echo kept > /dev/xvda");
    expect(cluster.runUntil(() => isReady(cluster, "first"), 60_000)).toBe(true);
    cluster.run(1000);
    expect(cluster.cluster.podLog("default", "first")).toMatch(/^brw-rw---- .* \/dev\/xvda\n$/);
    // One pod at a time has it, on whatever node.
    use("second", "cat /dev/xvda");
    cluster.run(5000);
    expect(told(cluster, "second")[0]).toContain(
      "3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
    );
    cluster.client.resource(pods).delete("default", "first");
    expect(cluster.runUntil(() => isReady(cluster, "second"), 90_000)).toBe(true);
    expect(cluster.cluster.podLog("default", "second")).toBe("kept\n");
    cluster.client.resource(pods).delete("default", "second");
    cluster.run(5000);
    runPod(cluster, "mistaken", { volumes: [{ ...volumes[0], name: "data" }] });
    cluster.run(20_000);
    expect(told(cluster, "mistaken").slice(1)).toEqual([
      "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: volume data has volumeMode Block, but is specified in volumeMounts",
    ]);
    cluster.client.resource(pods).delete("default", "mistaken");
    cluster.run(5000);
    claims.delete("default", "raw");
    cluster.run(30_000);
    expect(cluster.list(volumeAttachments, "")).toHaveLength(1);
  });

  it("makes a disk a copy of another claim's, and no smaller", () => {
    const claims = cluster.client.resource(persistentVolumeClaims);
    const copy = (name: string, size: string, dataSource: object): void => {
      const spec = { ...CLAIM, resources: { requests: { storage: size } }, dataSource } as PersistentVolumeClaimSpec;
      claims.create({ metadata: { name, namespace: "default" }, spec });
      runPod(
        cluster,
        name,
        {
          volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }],
          nodeSelector: { "kubernetes.io/hostname": "worker-1" },
        },
        "cat /data/note; echo more >> /data/note; sleep infinity",
      );
    };
    copy("copy", "20Gi", { kind: "PersistentVolumeClaim", name: "data" });
    expect(cluster.runUntil(() => isReady(cluster, "copy"), 60_000)).toBe(true);
    expect(cluster.cluster.podLog("default", "copy")).toBe("kept\n");
    copy("small", "1Gi", { kind: "PersistentVolumeClaim", name: "data" });
    copy("snap", "20Gi", { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "monday" });
    cluster.run(20_000);
    const failed = 'Warning ProvisioningFailed failed to provision volume with StorageClass "standard-rwo":';
    const handle = (kind: string, name: string): string =>
      `${failed} error getting handle for DataSource Type ${kind} by Name ${name}:`;
    expect(told(cluster, "small")).toContain(
      `${handle("PersistentVolumeClaim", "data")} error, new PVC request must be greater than or equal in size to the specified PVC data source, requested 1073741824 but source is 21474836480`,
    );
    expect(told(cluster, "snap")).toContain(
      `${handle("VolumeSnapshot", "monday")} error getting snapshot monday from api server: volumesnapshots.snapshot.storage.k8s.io "monday" not found`,
    );
    for (const name of ["copy", "small", "snap"]) cluster.client.resource(pods).delete("default", name);
    cluster.run(5000);
    for (const name of ["copy", "small", "snap"]) claims.delete("default", name);
    cluster.run(30_000);
    expect(cluster.list(volumeAttachments, "")).toHaveLength(1);
  });

  it("takes a snapshot of a disk, which can be used once it is uploaded", () => {
    const at = (plural: string) => cluster.client.transport.catalog.at("snapshot.storage.k8s.io", "v1", plural);
    const [classes, snapshots] = [at("volumesnapshotclasses"), at("volumesnapshots")] as [Resource, Resource];
    const create = (resource: Resource, draft: object) =>
      cluster.client.resource(resource).create(draft as Draft<KubeObject>);
    create(classes, { metadata: { name: "pd" }, driver: "pd.csi.storage.gke.io", deletionPolicy: "Delete" });
    const spec = { volumeSnapshotClassName: "pd", source: { persistentVolumeClaimName: "data" } };
    create(snapshots, { metadata: { name: "monday", namespace: "default" }, spec });
    cluster.run(5000);
    const status = () => (cluster.get(snapshots, "monday") as VolumeSnapshot).status;
    expect([status()?.readyToUse, status()?.restoreSize]).toEqual([false, "20Gi"]);
    cluster.run(40_000);
    expect(status()?.readyToUse).toBe(true);
    expect(told(cluster, "monday").map((line) => line.split(" ")[1])).toEqual([
      "CreatingSnapshot",
      "SnapshotCreated",
      "SnapshotReady",
    ]);
    cluster.client.resource(snapshots).delete("default", "monday");
    cluster.run(5000);
    expect(cluster.list(snapshots)).toEqual([]);
  });

  it("waits for a driver that nobody runs, and says so", () => {
    cluster.client.resource(persistentVolumes).create({
      metadata: { name: "foreign" },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        csi: { driver: "disk.example.com", volumeHandle: "vol-1" },
      },
    });
    cluster.client.resource(persistentVolumeClaims).create({
      metadata: { name: "foreign", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" },
    });
    cluster.run(20_000);
    runPod(cluster, "lost", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "foreign" } }] });
    cluster.run(130_000);
    expect(told(cluster, "lost").slice(1).toSorted()).toEqual([
      'Warning FailedAttachVolume AttachVolume.Attach failed for volume "foreign" : timed out waiting for external-attacher of disk.example.com CSI driver to attach volume vol-1',
      "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: context deadline exceeded",
    ]);
    cluster.client.resource(pods).delete("default", "lost");
    cluster.client.resource(persistentVolumeClaims).delete("default", "foreign");
    cluster.client.resource(persistentVolumes).delete("", "foreign");
    cluster.run(30_000);
    expect(cluster.list(volumeAttachments, "").map(({ spec }) => spec.attacher)).toEqual(["pd.csi.storage.gke.io"]);
  });

  it("a machine that is off keeps the disk until it is said to be out of service", () => {
    cluster.cluster.nodes.get("worker-3")?.powerOff();
    cluster.run(60_000);
    const taints = () => cluster.get<Node>(nodes, "worker-3", "").spec.taints?.map(({ key }) => key) ?? [];
    expect(taints()).toContain("node.cloudprovider.kubernetes.io/shutdown");
    cluster.client.resource(pods).delete("default", "reader");
    runPod(cluster, "next", { nodeName: "worker-1" }, "cat /data/note; sleep infinity");
    cluster.run(60_000);
    expect(isReady(cluster, "next")).toBe(false);
    const node = cluster.get<Node>(nodes, "worker-3", "");
    const outOfService = { key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" };
    cluster.client
      .resource<Node>(nodes)
      .update({ ...node, spec: { ...node.spec, taints: [...(node.spec.taints ?? []), outOfService] } });
    expect(cluster.runUntil(() => isReady(cluster, "next"), 90_000)).toBe(true);
    expect(cluster.cluster.podLog("default", "next")).toBe("kept\n");
  });

  it("a machine that is gone takes its node with it; a claim that is deleted takes its disk", () => {
    cluster.cluster.terminateMachine("worker-2");
    cluster.run(70_000);
    expect(cluster.list<Node>(nodes, "").map(({ metadata }) => metadata.name)).not.toContain("worker-2");
    cluster.client.resource(pods).delete("default", "next");
    cluster.client.resource(persistentVolumeClaims).delete("default", "data");
    cluster.run(60_000);
    expect([cluster.list(persistentVolumes, ""), cluster.list(volumeAttachments, "")]).toEqual([[], []]);
  });
});
