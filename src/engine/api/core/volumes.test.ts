import { describe, expect, it } from "vitest";
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
} from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { Resource } from "../meta/resource.ts";
import { persistentVolumeClaims } from "./persistent-volume-claim/index.ts";
import { persistentVolumes } from "./persistent-volume/index.ts";

const NOW = Date.UTC(2026, 0, 1);
const META = {
  name: "data",
  namespace: "default",
  uid: "1",
  resourceVersion: "1",
  creationTimestamp: "2025-12-31T23:58:00Z",
};
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function volume(spec: PersistentVolumeSpec, status: PersistentVolume["status"] = {}): PersistentVolume {
  const usual = { capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"] };
  return { apiVersion: "v1", kind: "PersistentVolume", metadata: META, spec: { ...usual, ...spec }, status };
}

function claim(spec: PersistentVolumeClaimSpec, status: PersistentVolumeClaim["status"] = {}): PersistentVolumeClaim {
  const usual = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: META, spec: { ...usual, ...spec }, status };
}

function row<T extends PersistentVolume | PersistentVolumeClaim>(resource: Resource<T>, object: T): object {
  const shown = (resource.columns ?? []).map(({ name, cell }) => [name, cell(object, { now: NOW })]);
  return Object.fromEntries(shown) as object;
}

describe("persistent volumes", () => {
  const texts = (spec: PersistentVolumeSpec) => persistentVolumes.validate?.(volume(spec)).map(fieldErrorText);
  const hostPath = { path: "/mnt/data" };

  it("get a policy, a mode and what their source needs", () => {
    expect(persistentVolumes.defaults?.(volume({ hostPath })).spec).toEqual({
      capacity: { storage: "5Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: "/mnt/data", type: "" },
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
    });
    expect(persistentVolumes.defaults?.(volume({ rbd: { image: "i", monitors: ["m"] } })).spec.rbd).toEqual({
      ...{ image: "i", monitors: ["m"], pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" },
    });
  });

  it("are pending since they were made, and in a new phase since they changed", () => {
    const created = persistentVolumes.prepareForCreate?.(volume({ hostPath }, { phase: "Bound" }), { now: NOW });
    expect(created?.status).toEqual({ phase: "Pending", lastPhaseTransitionTime: "2026-01-01T00:00:00Z" });
    const old = created as PersistentVolume;
    const next = { ...old, status: { ...old.status, phase: "Available" } };
    const later = { now: NOW + 60_000 };
    expect(persistentVolumes.prepareForStatusUpdate?.(next, old, later).status).toEqual({
      phase: "Available",
      lastPhaseTransitionTime: "2026-01-01T00:01:00Z",
    });
    expect(persistentVolumes.prepareForStatusUpdate?.(old, old, later)).toBe(old);
  });

  it.each<[PersistentVolumeSpec, string[]]>([
    [{}, ["spec: Required value: must specify a volume type"]],
    [{ hostPath, nfs: { server: "a", path: "/" } }, ["spec.nfs: Forbidden: may not specify more than 1 volume type"]],
    [
      { hostPath: { path: "/a/..", type: "Folder" }, persistentVolumeReclaimPolicy: "Recycle" },
      [
        "spec.hostPath.path: Invalid value: \"/a/..\": must not contain '..'",
        'spec.hostPath.type: Unsupported value: "Folder": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      ],
    ],
    [{ local: { path: "/mnt" } }, ["spec.nodeAffinity: Required value: Local volume requires node affinity"]],
    [
      { nfs: { server: "", path: "share" } },
      ["spec.nfs.server: Required value", 'spec.nfs.path: Invalid value: "share": must be an absolute path'],
    ],
    [
      { csi: { driver: "", volumeHandle: "", nodePublishSecretRef: { name: "s" } } },
      [
        "spec.csi.driver: Required value",
        `spec.csi.driver: Invalid value: "": ${SUBDOMAIN}`,
        "spec.csi.volumeHandle: Required value",
        "spec.csi.nodePublishSecretRef.namespace: Required value",
      ],
    ],
    [
      { hostPath, capacity: {}, accessModes: [] },
      [
        "spec.accessModes: Required value",
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: null: supported values: "storage"',
      ],
    ],
    [
      { hostPath, capacity: { storage: "0" }, accessModes: ["ReadWriteOncePod", "ReadWriteOnce", "Ours"] },
      [
        'spec.accessModes: Unsupported value: "Ours": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
        'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
      ],
    ],
    [
      { iscsi: { targetPortal: "10.0.0.1", iqn: "qin.x", lun: 300 } },
      [
        'spec.iscsi.iqn: Invalid value: "qin.x": must be valid format starting with iqn, eui, or naa',
        "spec.iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive",
      ],
    ],
    [
      { hostPath, nodeAffinity: {}, volumeAttributesClassName: "silver" },
      [
        "spec.nodeAffinity.required: Required value: must specify required node constraints",
        "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
      ],
    ],
  ])("are refused: %j", (spec, expected) => {
    expect(texts(spec)).toEqual(expected);
  });

  it("keep their source", () => {
    const old = volume({ hostPath });
    const errors = persistentVolumes.validateUpdate?.(volume({ hostPath: { path: "/other" } }), old) ?? [];
    expect(errors.map(({ field, type }) => [field, type])).toEqual([
      ["spec.persistentvolumesource", "FieldValueForbidden"],
    ]);
    expect(errors[0]?.detail).toMatch(/^spec.persistentvolumesource is immutable after creation\n[^]*-.*mnt\/data/);
    expect(persistentVolumes.validateUpdate?.(volume({ hostPath, capacity: { storage: "9Gi" } }), old)).toEqual([]);
  });

  it("warn of what is old", () => {
    const object = volume({ cephfs: { monitors: ["m"] }, persistentVolumeReclaimPolicy: "Recycle" });
    const annotated = { ...object, metadata: { ...META, annotations: { [ANNOTATION]: "slow" } } };
    expect(persistentVolumes.warnings?.(annotated, undefined)).toEqual([
      `metadata.annotations[${ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
      "spec.cephfs: deprecated in v1.28, non-functional in v1.31+",
    ]);
    const required = {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "Exists" }] }],
    };
    expect(persistentVolumes.warnings?.(volume({ hostPath, nodeAffinity: { required } }), undefined)).toEqual([
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    ]);
  });

  it("show size, modes and claim", () => {
    const bound = volume(
      {
        hostPath,
        accessModes: ["ReadWriteMany", "ReadWriteOnce"],
        claimRef: { namespace: "shop", name: "data" },
        storageClassName: "fast",
        persistentVolumeReclaimPolicy: "Delete",
        volumeMode: "Filesystem",
      },
      { phase: "Bound" },
    );
    expect(row(persistentVolumes, bound)).toEqual({
      Name: "data",
      Capacity: "5Gi",
      "Access Modes": "RWO,RWX",
      "Reclaim Policy": "Delete",
      Status: "Bound",
      Claim: "shop/data",
      StorageClass: "fast",
      VolumeAttributesClass: "<unset>",
      Reason: "",
      Age: "2m",
      VolumeMode: "Filesystem",
    });
  });
});

const ANNOTATION = "volume.beta.kubernetes.io/storage-class";

describe("claims", () => {
  const update = (next: PersistentVolumeClaim, old: PersistentVolumeClaim) =>
    (persistentVolumeClaims.validateUpdate?.(next, old) ?? []).map(({ field, detail }) => `${field}: ${detail}`);

  it("say what and how much they want", () => {
    const errors = persistentVolumeClaims.validate?.({ ...claim({}), spec: { volumeMode: "Tape" } });
    expect(errors?.map(fieldErrorText)).toEqual([
      "spec.accessModes: Required value: at least 1 access mode is required",
      "spec.resources[storage]: Required value",
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ]);
  });

  it("say their source twice, and only what they always could in the old field", () => {
    const sources = (spec: PersistentVolumeClaimSpec) => {
      const made = persistentVolumeClaims.prepareForCreate?.(claim(spec), { now: NOW });
      return [made?.spec.dataSource, made?.spec.dataSourceRef];
    };
    const other = { kind: "PersistentVolumeClaim", name: "other" };
    const populator = { apiGroup: "example.com", kind: "Populator", name: "p" };
    expect(sources({ dataSource: other })).toEqual([other, other]);
    expect(sources({ dataSourceRef: populator })).toEqual([populator, populator]);
    expect(sources({ dataSource: populator })).toEqual([undefined, undefined]);
    expect(sources({ dataSourceRef: { ...other, namespace: "elsewhere" } })).toEqual([undefined, undefined]);
  });

  it("change their volume once, their class once, and their size when they are bound", () => {
    const size = (storage: string) => ({ resources: { requests: { storage } } });
    const bound = { phase: "Bound", capacity: { storage: "1Gi" } };
    expect(update(claim({ volumeName: "disk" }), claim({}))).toEqual([]);
    expect(update(claim({ storageClassName: "fast" }), claim({}))).toEqual([]);
    expect(update(claim({ volumeName: "b" }), claim({ volumeName: "a" }))[0]).toMatch(/^spec: spec is immutable after/);
    expect(update(claim(size("2Gi")), claim({}))[0]).toMatch(
      /^spec: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n/,
    );
    expect(update(claim(size("2Gi"), bound), claim({}, bound))).toEqual([]);
    expect(update(claim(size("3Gi"), bound), claim(size("5Gi"), bound))).toEqual([]);
    expect(update(claim(size("1Gi"), bound), claim(size("5Gi"), bound))).toEqual([
      "spec.resources.requests.storage: field can not be less than status.capacity",
    ]);
    expect(update(claim({}), claim({ volumeAttributesClassName: "silver" }))).toEqual([
      "spec.volumeAttributesClassName: update from non-nil value to nil is forbidden",
    ]);
  });

  it("warn of fractions of a byte", () => {
    const object = claim({ resources: { requests: { storage: "1500m" } } });
    expect(persistentVolumeClaims.warnings?.(object, undefined)).toEqual([
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ]);
  });

  it("check what is said of their growth", () => {
    const status = {
      capacity: { storage: "-1Gi" },
      allocatedResourceStatuses: { cpu: "Growing" },
      allocatedResources: { storage: "2Gi" },
    };
    expect(persistentVolumeClaims.validateStatusUpdate?.(claim({}, status), claim({})).map(fieldErrorText)).toEqual([
      "status.capacity[storage]: Invalid value: -1073741824: must be a valid resource quantity",
      'status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "storage"',
      'status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "ControllerResizeFailed", "ControllerResizeInProgress", "NodeResizeFailed", "NodeResizeInProgress", "NodeResizePending"',
    ]);
  });

  it("show what they got once they have a volume", () => {
    const pending = claim({ storageClassName: "fast", volumeMode: "Filesystem" }, { phase: "Pending" });
    const got = { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } };
    const shown = {
      Name: "data",
      Status: "Pending",
      Volume: "",
      Capacity: "",
      "Access Modes": "",
      StorageClass: "fast",
      VolumeAttributesClass: "<unset>",
      Age: "2m",
      VolumeMode: "Filesystem",
    };
    expect(row(persistentVolumeClaims, pending)).toEqual(shown);
    const bound = { ...pending, spec: { ...pending.spec, volumeName: "disk" }, status: got };
    expect(row(persistentVolumeClaims, bound)).toEqual({
      ...shown,
      ...{ Status: "Bound", Volume: "disk", Capacity: "2Gi", "Access Modes": "RWO" },
    });
  });
});
