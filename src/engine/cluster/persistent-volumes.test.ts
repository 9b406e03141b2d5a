import { expect, it } from "vitest";
import { events, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from "../api/registry.ts";
import { TestCluster } from "./testing/test-cluster.ts";

const CLAIM = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

function booted(preset = "minikube"): TestCluster {
  const cluster = new TestCluster({ preset });
  expect(cluster.boot()).toBe(true);
  return cluster;
}

function runs(cluster: TestCluster, name: string, command: string, claimName = "data"): void {
  cluster.client.resource(pods).create({
    metadata: { name, namespace: "default" },
    spec: {
      restartPolicy: "Never",
      containers: [
        {
          name: "main",
          image: "busybox",
          command: ["sh", "-c", command],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    },
  });
}

function phase(cluster: TestCluster, name: string): string | undefined {
  return cluster.get(pods, name).status?.phase;
}

it("a claim of the default class gets a volume, which keeps what a pod writes until the claim goes", () => {
  const cluster = booted();
  const claims = cluster.client.resource(persistentVolumeClaims);
  claims.create({ metadata: { name: "data", namespace: "default" }, spec: CLAIM });
  runs(cluster, "writer", "echo kept > /data/note");
  cluster.run(60_000);
  expect(phase(cluster, "writer")).toBe("Succeeded");
  const [volume] = cluster.list(persistentVolumes, "");
  expect(volume?.spec).toMatchObject({
    capacity: { storage: "1Gi" },
    hostPath: { path: "/tmp/hostpath-provisioner/default/data" },
    persistentVolumeReclaimPolicy: "Delete",
    storageClassName: "standard",
  });
  runs(cluster, "reader", "cat /data/note");
  cluster.run(30_000);
  expect(cluster.cluster.podLog("default", "reader")).toBe("kept\n");
  for (const name of ["writer", "reader"]) cluster.client.resource(pods).delete("default", name);
  claims.delete("default", "data");
  cluster.run(60_000);
  expect(cluster.list(persistentVolumes, "")).toEqual([]);
  claims.create({ metadata: { name: "data", namespace: "default" }, spec: CLAIM });
  runs(cluster, "again", "ls /data; echo end");
  cluster.run(60_000);
  expect(cluster.cluster.podLog("default", "again")).toBe("end\n");
});

it("a pod waits for a claim that is not there, then for one that nothing fits", () => {
  const cluster = booted();
  const message = () =>
    cluster.get(pods, "early").status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;
  runs(cluster, "early", "true");
  cluster.run(5000);
  expect(message()).toMatch(/^0\/1 nodes are available: persistentvolumeclaim "data" not found\. /);
  const spec = { ...CLAIM, storageClassName: "" };
  cluster.client.resource(persistentVolumeClaims).create({ metadata: { name: "data", namespace: "default" }, spec });
  cluster.run(20_000);
  expect(message()).toMatch(/^0\/1 nodes are available: pod has unbound immediate PersistentVolumeClaims\. /);
});

it("a local volume of a class that waits is bound for the pod, which goes to its node", () => {
  const cluster = booted("default");
  cluster.client.resource(storageClasses).create({
    metadata: { name: "local" },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["worker-2"] }] }];
  cluster.client.resource(persistentVolumes).create({
    metadata: { name: "disk" },
    spec: {
      capacity: { storage: "5Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "local",
      local: { path: "/mnt" },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
    },
  });
  const spec = { ...CLAIM, storageClassName: "local" };
  cluster.client.resource(persistentVolumeClaims).create({ metadata: { name: "data", namespace: "default" }, spec });
  cluster.run(5000);
  expect(cluster.get(persistentVolumeClaims, "data").status?.phase).toBe("Pending");
  runs(cluster, "user", "true");
  cluster.run(60_000);
  expect(cluster.get(persistentVolumeClaims, "data").spec.volumeName).toBe("disk");
  expect(cluster.get(pods, "user").spec.nodeName).toBe("worker-2");
  expect(phase(cluster, "user")).toBe("Succeeded");
});

it("a volume that is recycled is emptied by a pod, and free for the next claim", () => {
  const cluster = booted();
  const claims = cluster.client.resource(persistentVolumeClaims);
  cluster.client.resource(persistentVolumes).create({
    metadata: { name: "again" },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Recycle",
      hostPath: { path: "/mnt/again" },
    },
  });
  const draft = { metadata: { name: "data", namespace: "default" }, spec: { ...CLAIM, storageClassName: "" } };
  claims.create(draft);
  runs(cluster, "writer", "echo secret > /data/note");
  cluster.run(60_000);
  cluster.client.resource(pods).delete("default", "writer");
  claims.delete("default", "data");
  cluster.run(30_000);
  expect(cluster.get(persistentVolumes, "again", "").status?.phase).toBe("Available");
  const told = cluster.list(events).filter(({ involvedObject }) => involvedObject.name === "again");
  expect(told.map(({ type, reason, message }) => [type, reason, message])).toEqual([
    ["Normal", "VolumeRecycled", "Volume recycled"],
  ]);
  claims.create(draft);
  runs(cluster, "reader", "ls -A /data; echo end");
  cluster.run(60_000);
  expect(cluster.cluster.podLog("default", "reader")).toBe("end\n");
  expect(cluster.list(pods).map(({ metadata }) => metadata.name)).toEqual(["reader"]);
});

it("an nfs export is one for all nodes", () => {
  const cluster = booted("default");
  cluster.client.resource(persistentVolumes).create({
    metadata: { name: "export" },
    spec: {
      capacity: { storage: "5Gi" },
      accessModes: ["ReadWriteMany"],
      nfs: { server: "nfs.example.com", path: "/exports" },
    },
  });
  const spec = { accessModes: ["ReadWriteMany"], resources: CLAIM.resources, storageClassName: "" };
  cluster.client.resource(persistentVolumeClaims).create({ metadata: { name: "data", namespace: "default" }, spec });
  cluster.run(20_000);
  runs(cluster, "writer", "echo shared > /data/note");
  cluster.run(30_000);
  const other = cluster.get(pods, "writer").spec.nodeName === "worker-1" ? "worker-2" : "worker-1";
  cluster.client.resource(pods).create({
    metadata: { name: "reader", namespace: "default" },
    spec: {
      nodeName: other,
      restartPolicy: "Never",
      containers: [
        {
          name: "main",
          image: "busybox",
          command: ["cat", "/data/note"],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    },
  });
  cluster.run(30_000);
  expect(cluster.cluster.podLog("default", "reader")).toBe("shared\n");
});
