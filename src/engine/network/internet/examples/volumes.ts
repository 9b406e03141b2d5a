/** Volumes of pods: of several sources, of claims, of their node; and classes of them. */
import type { VolumeProjection } from "../../../api/generated/types.ts";
import {
  claim,
  container,
  emptyDir,
  type Examples,
  hostPath,
  type Manifest,
  mounts,
  object,
  ofClaim,
  pod,
} from "./manifest.ts";

const STORAGE_CLASS = "storage.k8s.io/v1 StorageClass";

export function volumeExamples(): Examples {
  return { ...projected(), ...volumes(), ...classes() };
}

function projected(): Examples {
  /** busybox that sleeps, with a volume of several sources. */
  const sleeper = (name: string, [volume, mountPath]: [string, string], sources: VolumeProjection[]): Manifest =>
    pod(
      name,
      container("container-test", "busybox:1.28", {
        command: ["sleep", "3600"],
        volumeMounts: mounts({ [volume]: mountPath }, { readOnly: true }),
      }),
      { volumes: [{ name: volume, projected: { sources } }] },
    );
  const all: [string, string] = ["all-in-one", "/projected-volume"];
  const username = {
    secret: { name: "mysecret", items: [{ key: "username", path: "my-group/my-username" }] },
  };
  return {
    "pods/storage/projected.yaml": () => [
      pod(
        "test-projected-volume",
        container("test-projected-volume", "busybox:1.28", {
          args: ["sleep", "86400"],
          volumeMounts: mounts({ "all-in-one": "/projected-volume" }, { readOnly: true }),
        }),
        {
          volumes: [
            {
              name: "all-in-one",
              projected: { sources: [{ secret: { name: "user" } }, { secret: { name: "pass" } }] },
            },
          ],
        },
      ),
    ],
    "pods/storage/projected-secret-downwardapi-configmap.yaml": () => [
      sleeper("volume-test", all, [
        username,
        {
          downwardAPI: {
            items: [
              { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
              {
                path: "cpu_limit",
                resourceFieldRef: { containerName: "container-test", resource: "limits.cpu" },
              },
            ],
          },
        },
        { configMap: { name: "myconfigmap", items: [{ key: "config", path: "my-group/my-config" }] } },
      ]),
    ],
    "pods/storage/projected-secrets-nondefault-permission-mode.yaml": () => [
      sleeper("volume-test", all, [
        username,
        { secret: { name: "mysecret2", items: [{ key: "password", path: "my-group/my-password", mode: 0o777 }] } },
      ]),
    ],
    "pods/storage/projected-service-account-token.yaml": () => {
      const token = { audience: "api", expirationSeconds: 3600, path: "token" };
      return [sleeper("sa-token-test", ["token-vol", "/service-account"], [{ serviceAccountToken: token }])];
    },
  };
}

function volumes(): Examples {
  const html = "/usr/share/nginx/html";
  return {
    "pods/storage/redis.yaml": () => [
      pod("redis", container("redis", "redis", { volumeMounts: mounts({ "redis-storage": "/data/redis" }) }), {
        volumes: [emptyDir("redis-storage")],
      }),
    ],
    "pods/storage/pv-volume.yaml": () => [localVolume("task-pv-volume", "10Gi")],
    "pods/storage/pv-claim.yaml": () => [claim("task-pv-claim", "3Gi", { storageClassName: "manual" })],
    "pods/storage/pv-pod.yaml": () => [
      pod(
        "task-pv-pod",
        container("task-pv-container", "nginx", {
          ports: [{ name: "http-server", containerPort: 80 }],
          volumeMounts: mounts({ "task-pv-storage": html }),
        }),
        { volumes: [ofClaim("task-pv-storage", "task-pv-claim")] },
      ),
    ],
    "pods/storage/pv-duplicate.yaml": () => [
      pod(
        "test",
        container("test", "nginx", {
          volumeMounts: [
            ...mounts({ config: html }, { subPath: "html" }),
            ...mounts({ config: "/etc/nginx/nginx.conf" }, { subPath: "nginx.conf" }),
          ],
        }),
        { volumes: [ofClaim("config", "task-pv-storage")] },
      ),
    ],
    "storage/rro.yaml": () => [
      pod(
        "rro",
        container("busybox", "busybox", {
          args: ["sleep", "infinity"],
          volumeMounts: [
            ...mounts({ mnt: "/mnt-rro" }, { readOnly: true, mountPropagation: "None", recursiveReadOnly: "Enabled" }),
            ...mounts({ mnt: "/mnt-ro" }, { readOnly: true }),
            ...mounts({ mnt: "/mnt-rw" }),
          ],
        }),
        { volumes: [hostPath("mnt", "/mnt")] },
      ),
    ],
  };
}

/** A folder of its node as a volume of the class `manual`. */
export function localVolume(name: string, storage: string): Manifest {
  return object(
    "v1 PersistentVolume",
    { name, labels: { type: "local" } },
    {
      spec: {
        storageClassName: "manual",
        capacity: { storage },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: "/mnt/data" },
      },
    },
  );
}

function classes(): Examples {
  return {
    "storage/storageclass-low-latency.yaml": () => [
      object(
        STORAGE_CLASS,
        { name: "low-latency", annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
        {
          provisioner: "csi-driver.example-vendor.example",
          reclaimPolicy: "Retain",
          allowVolumeExpansion: true,
          mountOptions: ["discard"],
          volumeBindingMode: "WaitForFirstConsumer",
          parameters: { guaranteedReadWriteLatency: "true" },
        },
      ),
    ],
    "storage/storageclass/storageclass-local.yaml": () => [
      object(STORAGE_CLASS, "local-storage", {
        provisioner: "kubernetes.io/no-provisioner",
        volumeBindingMode: "WaitForFirstConsumer",
      }),
    ],
  };
}
