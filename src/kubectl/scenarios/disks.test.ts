/** Disks of a cloud: made for their pod, attached to one node, grown while they are used or not, kept or deleted. */
import { expect, it } from "vitest";
import { ClusterLaptop } from "../testing/cluster-laptop.ts";

const laptop = new ClusterLaptop({ seed: 1, preset: "cloud" });
const { test } = laptop;
const claim = (name: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const user = (name: string, claimName: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    containers: [
      {
        name: "main",
        image: "busybox",
        command: ["sleep", "infinity"],
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      },
    ],
    ...spec,
  },
});
const on = (node: string): object => ({ nodeSelector: { "kubernetes.io/hostname": node } });
const volumeOf = (name: string): string => laptop.field(`pvc ${name}`, ".spec.volumeName");
const resize = (name: string, storage: string): string =>
  laptop.kubectl(`patch pvc ${name} -p '${JSON.stringify({ spec: { resources: { requests: { storage } } } })}'`);
const status = (name: string): { conditions?: unknown; capacity: unknown } =>
  JSON.parse(laptop.field(`pvc ${name}`, ".status"));
const RUNS = [
  'Normal Pulling Pulling image "busybox"',
  expect.stringMatching(/^Normal Pulled /),
  "Normal Created Container created",
  "Normal Started Container started",
];

it("a claim waits for its first pod, and its disk is where the pod is", () => {
  laptop.apply(claim("disk"));
  laptop.wait(2);
  expect(laptop.kubectl("get pvc disk --no-headers")).toMatch(/^disk +Pending +standard-rwo /);
  laptop.apply(user("first", "disk", on("worker-1")));
  laptop.wait(30);
  const volume = volumeOf("disk");
  expect(laptop.events("disk")).toEqual([
    "Normal WaitForFirstConsumer waiting for first consumer to be created before binding",
    "Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'pd.csi.storage.gke.io' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    'Normal Provisioning External provisioner is provisioning volume for claim "default/disk"',
    `Normal ProvisioningSucceeded Successfully provisioned volume ${volume}`,
  ]);
  expect(laptop.events("first")).toEqual([
    "Normal Scheduled Successfully assigned default/first to worker-1",
    `Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "${volume}" `,
    ...RUNS,
  ]);
  // Its attacher is a name, too, and isn't the object's.
  expect(laptop.kubectl("get volumeattachments,pods --no-headers")).toMatch(
    new RegExp(
      `^volumeattachment\\.storage\\.k8s\\.io/csi-\\w{64} +pd.csi.storage.gke.io +${volume} +worker-1 +true +\\d+s\\n`,
    ),
  );
  const terms = ".spec.nodeAffinity.required.nodeSelectorTerms[*].matchExpressions[*]";
  expect(laptop.field(`pv ${volume}`, terms)).toBe(
    '{"key":"topology.gke.io/zone","operator":"In","values":["europe-west3-b"]}',
  );
  expect(laptop.kubectl("get nodes -L topology.gke.io/zone --no-headers").match(/europe-west3-\w/g)).toEqual([
    ...["europe-west3-a", "europe-west3-b", "europe-west3-a", "europe-west3-b"],
  ]);
  test.exec("first", "echo kept > /data/word");
});

it("a pod elsewhere can't have it until the first one is gone; what was written is there then", () => {
  laptop.apply(user("second", "disk", on("worker-3")));
  laptop.wait(125);
  expect(laptop.events("second")).toEqual([
    "Normal Scheduled Successfully assigned default/second to worker-3",
    `Warning FailedAttachVolume Multi-Attach error for volume "${volumeOf("disk")}" Volume is already used by pod(s) first`,
    "Warning FailedMount Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data], failed to process volumes=[]: context deadline exceeded",
  ]);
  expect(laptop.kubectl("get pod second --no-headers")).toMatch(/^second +0\/1 +ContainerCreating /);
  laptop.kubectl("delete pod first");
  laptop.wait(60);
  expect(laptop.events("second").slice(3)).toEqual([
    `Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "${volumeOf("disk")}" `,
    ...RUNS,
  ]);
  expect(test.exec("second", "cat /data/word")).toBe("kept\n");
});

it("a disk grows under a running pod: first the disk, then its file system", () => {
  const shown = (): string => test.exec("second", "df -h /data").split("\n")[1] ?? "";
  expect(shown()).toBe("/dev/sdb                  1.0G      4.0K   1024.0M   0% /data");
  expect(test.exec("second", "fallocate -l 1500M /data/big")).toContain("No space left on device");
  expect(resize("disk", "2Gi")).toBe("persistentvolumeclaim/disk patched");
  laptop.wait(1);
  expect(status("disk")).toMatchObject({
    allocatedResourceStatuses: { storage: "NodeResizePending" },
    allocatedResources: { storage: "2Gi" },
    capacity: { storage: "1Gi" },
    conditions: [
      {
        type: "FileSystemResizePending",
        status: "True",
        message: "Waiting for user to (re-)start a pod to finish file system resize of volume on node.",
      },
    ],
  });
  expect(shown()).toContain(" 1.0G ");
  laptop.wait(90);
  expect(status("disk")).toMatchObject({ capacity: { storage: "2Gi" } });
  expect(test.exec("second", "fallocate -l 1500M /data/big")).toBe("");
  expect(shown()).toBe("/dev/sdb                  2.0G      1.5G    548.0M  73% /data");
  expect(test.exec("second", "mount | grep sdb")).toBe("/dev/sdb on /data type ext4 (rw,relatime)\n");
  expect(status("disk").conditions).toBeUndefined();
  const volume = volumeOf("disk");
  expect(laptop.events("disk").slice(4)).toEqual([
    "Warning ExternalExpanding Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC.",
    `Normal Resizing External resizer is resizing volume ${volume}`,
    "Normal FileSystemResizeRequired Require file system resize of volume on node",
    `Normal FileSystemResizeSuccessful MountVolume.NodeExpandVolume succeeded for volume "${volume}" worker-3`,
  ]);
  expect(resize("disk", "1Gi")).toBe(
    'The PersistentVolumeClaim "disk" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  );
});

it("unused it grows only as far as the disk goes, and waits for a pod", () => {
  laptop.kubectl("delete pod second");
  laptop.wait(10);
  resize("disk", "3Gi");
  laptop.wait(10);
  expect(laptop.field(`pv ${volumeOf("disk")}`, ".spec.capacity.storage")).toBe("3Gi");
  expect(status("disk")).toMatchObject({
    capacity: { storage: "2Gi" },
    conditions: [{ type: "FileSystemResizePending", status: "True" }],
  });
  laptop.apply(user("third", "disk"));
  laptop.wait(30);
  expect(status("disk")).toMatchObject({ capacity: { storage: "3Gi" } });
  expect(status("disk").conditions).toBeUndefined();
});

it("with its claim the disk is deleted, or kept for whoever takes it in", () => {
  const volume = volumeOf("disk");
  laptop.kubectl("delete pod third");
  laptop.kubectl("delete pvc disk");
  laptop.wait(20);
  expect(laptop.kubectl(`get pv ${volume}`)).toBe(
    `Error from server (NotFound): persistentvolumes "${volume}" not found`,
  );
  laptop.apply(
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "kept" },
      provisioner: "pd.csi.storage.gke.io",
      reclaimPolicy: "Retain",
    },
    claim("keep", { storageClassName: "kept" }),
  );
  laptop.wait(10);
  // Without a binding mode it is made at once.
  const kept = volumeOf("keep");
  laptop.kubectl("delete pvc keep");
  laptop.wait(5);
  expect(laptop.kubectl("get pv --no-headers")).toMatch(
    new RegExp(`^${kept} +1Gi +RWO +Retain +Released +default/keep +kept +<unset> +\\d+s$`),
  );
  laptop.apply(claim("again", { storageClassName: "kept", volumeName: kept }));
  laptop.wait(5);
  expect(laptop.kubectl("get pvc again --no-headers")).toMatch(new RegExp(`^again +Pending +${kept} +0 `));
  laptop.kubectl(`patch pv ${kept} -p '{"spec":{"claimRef":null}}'`);
  laptop.wait(20);
  expect(laptop.kubectl("get pvc again --no-headers")).toMatch(new RegExp(`^again +Bound +${kept} +1Gi +RWO +kept `));
});
