import { expect, it } from "vitest";
import { persistentVolumeClaims, persistentVolumes, pods } from "../../api/registry.ts";
import { TestControlPlane } from "../testing/test-control-plane.ts";

const CLAIM = {
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

function remove(plane: TestControlPlane): void {
  plane.client.resource(persistentVolumeClaims).delete("default", "data");
  plane.settle();
}

function names(plane: TestControlPlane): string[] {
  return plane.list(persistentVolumeClaims).map(({ metadata }) => metadata.name);
}

it("a claim that no pod uses goes at once", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumeClaims, CLAIM);
  remove(plane);
  expect(names(plane)).toEqual([]);
});

it("a claim that a pod uses goes with the pod", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumeClaims, CLAIM);
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  plane.create(pods, {
    metadata: { name: "a" },
    spec: { nodeName: "worker-1", containers: [{ name: "a", image: "nginx" }], volumes },
  });
  plane.settle();
  remove(plane);
  expect(plane.get(persistentVolumeClaims, "data").metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  plane.client.resource(pods).delete("default", "a");
  plane.settle();
  expect(names(plane)).toEqual([]);
});

it("a volume goes unless a claim is bound to it", () => {
  const plane = new TestControlPlane();
  plane.create(persistentVolumes, {
    metadata: { name: "disk" },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/mnt/disk" } },
  });
  plane.create(persistentVolumeClaims, { ...CLAIM, spec: { ...CLAIM.spec, volumeName: "disk" } });
  plane.settle();
  plane.client.resource(persistentVolumes).delete("", "disk");
  plane.settle();
  const held = plane.get(persistentVolumes, "disk");
  expect(held.status?.phase).toBe("Bound");
  expect(held.metadata.finalizers).toEqual(["kubernetes.io/pv-protection"]);
  remove(plane);
  expect(plane.list(persistentVolumes)).toEqual([]);
});
