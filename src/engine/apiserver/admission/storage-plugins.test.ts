import { expect, it } from "vitest";
import {
  ingressClasses,
  ingresses,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from "../../api/registry.ts";
import { TestServer } from "../testing/test-server.ts";

const IS_DEFAULT = { "storageclass.kubernetes.io/is-default-class": "true" };

function claim(name: string, spec: object = {}) {
  return {
    metadata: { name },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  };
}

it("API119 DefaultStorageClass: claims that don't speak of a class get the newest default", () => {
  const test = new TestServer();
  expect(test.create(persistentVolumeClaims, claim("a")).spec?.storageClassName).toBeUndefined();
  const storageClass = (name: string) => ({
    metadata: { name, annotations: IS_DEFAULT },
    provisioner: "example.com/x",
  });
  test.create(storageClasses, storageClass("old"));
  test.settle(2000);
  test.create(storageClasses, storageClass("new"));
  expect(test.create(persistentVolumeClaims, claim("b")).spec?.storageClassName).toBe("new");
  expect(test.create(persistentVolumeClaims, claim("c", { storageClassName: "" })).spec?.storageClassName).toBe("");
});

it("API119 StorageObjectInUseProtection: claims and volumes are made with their finalizer", () => {
  const test = new TestServer();
  expect(test.create(persistentVolumeClaims, claim("a")).metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  const volume = test.create(persistentVolumes, persistentVolumes.example);
  expect(volume.metadata.finalizers).toEqual(["kubernetes.io/pv-protection"]);
});

it("API119 PersistentVolumeClaimResize: only bound claims grow, and only where their class lets them", () => {
  const test = new TestServer();
  for (const [name, allowVolumeExpansion] of [
    ["soft", true],
    ["hard", false],
  ] as const) {
    test.create(storageClasses, { metadata: { name }, provisioner: "example.com/x", allowVolumeExpansion });
  }
  const grow = (name: string, storageClassName: string, phase: string) => {
    const made = test.create(persistentVolumeClaims, claim(name, { storageClassName, volumeName: "v" }));
    const bound = test.update(
      persistentVolumeClaims,
      { ...made, status: { phase, capacity: { storage: "1Gi" } } },
      "status",
    );
    const resources = { requests: { storage: "2Gi" } };
    return test.update(persistentVolumeClaims, { ...bound, spec: { ...bound.spec, resources } });
  };
  expect(grow("a", "soft", "Bound").spec?.resources?.requests).toEqual({ storage: "2Gi" });
  expect(() => grow("c", "hard", "Bound")).toThrow(
    'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
});

it("API119 DefaultIngressClass: ingresses that don't speak of a class get the default one", () => {
  const test = new TestServer();
  const annotations = { "ingressclass.kubernetes.io/is-default-class": "true" };
  test.create(ingressClasses, {
    metadata: { name: "nginx", annotations },
    spec: { controller: "k8s.io/ingress-nginx" },
  });
  const ingress = (name: string, rest: object = {}) => {
    const service = { name: "web", port: { number: 80 } };
    return { metadata: { name, ...rest }, spec: { defaultBackend: { service } } };
  };
  expect(test.create(ingresses, ingress("a")).spec?.ingressClassName).toBe("nginx");
  const old = { annotations: { "kubernetes.io/ingress.class": "gce" } };
  expect(test.create(ingresses, ingress("b", old)).spec?.ingressClassName).toBeUndefined();
});
