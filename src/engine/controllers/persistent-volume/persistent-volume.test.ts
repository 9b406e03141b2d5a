import { expect, it } from "vitest";
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/registry.ts";
import { TestControlPlane } from "../testing/test-control-plane.ts";

function volume(name: string, spec: object = {}): object {
  return {
    metadata: { name },
    spec: { capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/mnt/data" }, ...spec },
  };
}

function claim(name: string, spec: object = {}): object {
  return {
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } }, ...spec },
  };
}

function phaseOf(plane: TestControlPlane, name: string): string | undefined {
  return plane.get(persistentVolumeClaims, name).status?.phase;
}

function volumePhase(plane: TestControlPlane, name: string): string | undefined {
  return plane.get(persistentVolumes, name).status?.phase;
}

it("a claim is bound to the smallest volume that fits, and both say so", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("large", { capacity: { storage: "50Gi" } }));
  plane.create(persistentVolumes, volume("fits"));
  plane.create(persistentVolumes, volume("small", { capacity: { storage: "1Gi" } }));
  plane.settle();
  expect(volumePhase(plane, "fits")).toBe("Available");
  const { uid } = plane.create(persistentVolumeClaims, claim("data")).metadata;
  plane.settle();
  const bound = plane.get(persistentVolumeClaims, "data");
  expect(bound.spec.volumeName).toBe("fits");
  expect(bound.metadata.annotations).toEqual({
    "pv.kubernetes.io/bind-completed": "yes",
    "pv.kubernetes.io/bound-by-controller": "yes",
  });
  expect(bound.status).toEqual({ phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "10Gi" } });
  const held = plane.get(persistentVolumes, "fits");
  expect(held.metadata.annotations).toEqual({ "pv.kubernetes.io/bound-by-controller": "yes" });
  expect(held.spec.claimRef).toMatchObject({ kind: "PersistentVolumeClaim", namespace: "default", name: "data", uid });
  expect(held.status?.phase).toBe("Bound");
});

it("a claim that nothing fits waits and says why; the next round finds a new volume", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumeClaims, claim("data", { storageClassName: "" }));
  plane.settle();
  expect(phaseOf(plane, "data")).toBe("Pending");
  expect(plane.events("data")).toEqual([
    "Normal FailedBinding no persistent volumes available for this claim and no storage class is set",
  ]);
  plane.create(persistentVolumes, volume("v"));
  plane.settle();
  expect(phaseOf(plane, "data")).toBe("Bound");
});

it("of two claims for one volume the second waits", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("v"));
  plane.settle();
  plane.create(persistentVolumeClaims, claim("a", { storageClassName: "" }));
  plane.create(persistentVolumeClaims, claim("b", { storageClassName: "" }));
  plane.settle();
  expect([phaseOf(plane, "a"), phaseOf(plane, "b")]).toEqual(["Bound", "Pending"]);
});

it("a volume that is reserved for a claim goes to that claim alone", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("v", { claimRef: { namespace: "default", name: "mine" } }));
  plane.settle();
  expect(volumePhase(plane, "v")).toBe("Available");
  plane.create(persistentVolumeClaims, claim("other", { storageClassName: "" }));
  plane.create(persistentVolumeClaims, claim("mine", { storageClassName: "" }));
  plane.settle();
  expect([phaseOf(plane, "other"), phaseOf(plane, "mine")]).toEqual(["Pending", "Bound"]);
  expect(plane.get(persistentVolumes, "v").metadata.annotations).toBeUndefined();
});

it("a volume asked for by name must be what the claim asks for", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("v", { capacity: { storage: "1Gi" } }));
  plane.settle();
  plane.create(persistentVolumeClaims, claim("data", { storageClassName: "", volumeName: "v" }));
  plane.settle();
  expect(phaseOf(plane, "data")).toBe("Pending");
  expect(plane.events("data")).toEqual([
    'Warning VolumeMismatch Cannot bind to requested volume "v": requested PV is too small',
  ]);
});

it("when its claim goes, a volume is kept, deleted or failed, as its policy says", () => {
  const plane = new TestControlPlane();
  const policies = {
    Retain: { hostPath: { path: "/mnt/a" } },
    Delete: { hostPath: { path: "/tmp/b" } },
    // Nobody knows how to empty it.
    Recycle: { hostPath: undefined, csi: { driver: "disk.example.com", volumeHandle: "c" } },
  };
  for (const [policy, source] of Object.entries(policies)) {
    const name = policy.toLowerCase();
    const spec = { persistentVolumeReclaimPolicy: policy, ...source, storageClassName: name };
    plane.create(persistentVolumes, volume(name, spec));
    plane.settle();
    plane.create(persistentVolumeClaims, claim(name, { storageClassName: name }));
    plane.settle();
    expect(phaseOf(plane, name)).toBe("Bound");
    plane.client.resource(persistentVolumeClaims).delete("default", name);
    plane.settle();
  }
  const left = plane.list(persistentVolumes).map(({ metadata, status }) => `${metadata.name} ${status?.phase}`);
  expect(left).toEqual(["recycle Failed", "retain Released"]);
  expect(plane.events("recycle").filter((event) => event.startsWith("Warning"))).toContain(
    "Warning VolumeFailedRecycle No recycler plugin found for the volume!",
  );
});

it("a hostPath volume outside of /tmp can't be deleted", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("v", { persistentVolumeReclaimPolicy: "Delete" }));
  plane.settle();
  plane.create(persistentVolumeClaims, claim("data"));
  plane.settle();
  plane.client.resource(persistentVolumeClaims).delete("default", "data");
  plane.settle();
  expect(volumePhase(plane, "v")).toBe("Failed");
  expect(plane.events("v")).toEqual([
    "Warning VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /mnt/data",
  ]);
});

it("a claim whose volume is gone is lost", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, volume("v"));
  plane.settle();
  plane.create(persistentVolumeClaims, claim("data"));
  plane.settle();
  plane.edit(persistentVolumes, "v", (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
  plane.client.resource(persistentVolumes).delete("", "v");
  plane.settle();
  expect(phaseOf(plane, "data")).toBe("Lost");
  expect(plane.events("data")).toEqual([
    "Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!",
  ]);
});

it("a class whose provisioner nobody runs leaves its claims waiting", () => {
  const plane = new TestControlPlane();
  plane.create(storageClasses, { metadata: { name: "fast" }, provisioner: "example.com/fast" });
  plane.create(persistentVolumeClaims, claim("data", { storageClassName: "fast" }));
  plane.settle();
  expect(phaseOf(plane, "data")).toBe("Pending");
  expect(plane.get(persistentVolumeClaims, "data").metadata.annotations).toEqual({
    "volume.beta.kubernetes.io/storage-provisioner": "example.com/fast",
    "volume.kubernetes.io/storage-provisioner": "example.com/fast",
  });
  expect(plane.events("data")[0]).toMatch(
    /^Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'example.com\/fast' or manually by the system administrator\. If volume creation is delayed, please verify that the provisioner is running and correctly registered\./,
  );
});

it("classes: none of that name, one that waits for a pod, one that became the default", () => {
  const plane = new TestControlPlane();
  plane.create(storageClasses, {
    metadata: { name: "local" },
    provisioner: "kubernetes.io/no-provisioner",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  plane.create(persistentVolumes, volume("v", { storageClassName: "local" }));
  plane.create(persistentVolumeClaims, claim("none", { storageClassName: "slow" }));
  plane.create(persistentVolumeClaims, claim("waits", { storageClassName: "local" }));
  plane.create(persistentVolumeClaims, claim("default"));
  plane.settle();
  expect(plane.events("none")[0]).toMatch(/^Warning ProvisioningFailed storageclass.storage.k8s.io "slow" not found/);
  expect(plane.events("waits")[0]).toMatch(
    /^Normal WaitForFirstConsumer waiting for first consumer to be created before binding/,
  );
  plane.edit(storageClasses, "local", (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  }));
  plane.pass(16_000);
  expect(plane.get(persistentVolumeClaims, "default").spec.storageClassName).toBe("local");
});
