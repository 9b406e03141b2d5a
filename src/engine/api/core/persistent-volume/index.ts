/** PersistentVolume. Upstream: pkg/apis/core, pkg/registry/core/persistentvolume/strategy.go. */
import { formatTime } from "../../../base/time.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../../meta/columns.ts";
import { canonicalQuantity } from "../../meta/quantity.ts";
import { defineResource } from "../../meta/resource.ts";
import { defaultVolumeSource } from "../default-volume-source.ts";
import { fill, withFields } from "../../meta/share.ts";
import { expressionWarnings } from "../deprecated-node-labels.ts";
import { annotationWarnings, CLASS_ANNOTATION, formatAccessModes, storageClassOf, UNSET } from "../volume-claims.ts";
import { validateVolume, validateVolumeUpdate } from "./validation.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: PersistentVolumeSpec = Object.freeze({});

export const persistentVolumes = defineResource<PersistentVolume>({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  shortNames: ["pv"],
  scope: "Cluster",
  subresources: ["status"],
  example: {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "disk-1" },
    spec: { capacity: { storage: "5Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/mnt/disk-1" } },
  },
  defaults(volume) {
    const spec = defaultSpec(volume.spec ?? NO_SPEC);
    const status = fill(volume.status ?? {}, { phase: "Pending" });
    return withFields(volume, { spec, status });
  },
  prepareForCreate: (volume, { now }) => ({
    ...volume,
    status: { phase: "Pending", lastPhaseTransitionTime: formatTime(now) },
  }),
  prepareForStatusUpdate(volume, old, { now }) {
    const { phase, lastPhaseTransitionTime: said } = volume.status;
    const { phase: was, lastPhaseTransitionTime: before } = old.status ?? {};
    if (phase === was || (said !== undefined && said !== before)) return volume;
    return { ...volume, status: { ...volume.status, lastPhaseTransitionTime: formatTime(now) } };
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  warnings,
  columns: [
    nameColumn,
    { name: "Capacity", type: "string", cell: ({ spec }) => canonicalQuantity(spec.capacity?.["storage"] ?? "0") },
    { name: "Access Modes", type: "string", cell: ({ spec }) => formatAccessModes(spec.accessModes) },
    { name: "Reclaim Policy", type: "string", cell: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "" },
    {
      name: "Status",
      type: "string",
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
    },
    {
      name: "Claim",
      type: "string",
      cell: ({ spec: { claimRef } }) => (claimRef ? `${claimRef.namespace ?? ""}/${claimRef.name ?? ""}` : ""),
    },
    { name: "StorageClass", type: "string", cell: storageClassOf },
    {
      name: "VolumeAttributesClass",
      type: "string",
      cell: ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
    },
    { name: "Reason", type: "string", cell: ({ status }) => status?.reason ?? "" },
    ageColumn,
    { name: "VolumeMode", type: "string", priority: 1, cell: ({ spec }) => spec.volumeMode ?? UNSET },
  ],
});

/** Upstream: SetDefaults_PersistentVolume and those of the sources, pkg/apis/core/v1/defaults.go. */
function defaultSpec(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  return defaultVolumeSource(fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }));
}

const DEPRECATED_ANNOTATIONS = {
  [CLASS_ANNOTATION]: 'v1.8; use "storageClassName"',
  "volume.beta.kubernetes.io/mount-options": 'v1.31; use "mountOptions"',
};

const DEPRECATED_SOURCES: Partial<Record<keyof PersistentVolumeSpec, string>> = {
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Upstream: pkg/api/persistentvolume/util.go. */
function warnings({ metadata, spec }: PersistentVolume): string[] {
  const found = annotationWarnings(metadata.annotations, DEPRECATED_ANNOTATIONS);
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    found.push(
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    );
  }
  for (const [at, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries()) {
    found.push(...expressionWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${at}]`));
  }
  for (const [name, text] of Object.entries(DEPRECATED_SOURCES)) {
    if (spec[name as keyof PersistentVolumeSpec] !== undefined)
      found.push(`spec.${name === "storageos" ? "storageOS" : name}: ${text}`);
  }
  return found;
}
