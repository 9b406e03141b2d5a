/** PersistentVolumeClaim. Upstream: pkg/apis/core, pkg/registry/core/persistentvolumeclaim/strategy.go. */
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
} from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../../meta/columns.ts";
import { canonicalQuantity, parseQuantity, scaledValue } from "../../meta/quantity.ts";
import { defineResource } from "../../meta/resource.ts";
import { fill, withFields } from "../../meta/share.ts";
import { annotationWarnings, CLASS_ANNOTATION, formatAccessModes, storageClassOf, UNSET } from "../volume-claims.ts";
import { defaultClaimSpec } from "./default-spec.ts";
import { validateClaim, validateClaimStatus, validateClaimUpdate } from "./validation.ts";

/** A body without spec: validation then says what is missing. */
const NO_SPEC: PersistentVolumeClaimSpec = Object.freeze({});

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  shortNames: ["pvc"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
  defaults(claim) {
    const spec = defaultClaimSpec(claim.spec ?? NO_SPEC);
    const status = fill(claim.status ?? {}, { phase: "Pending" });
    return withFields(claim, { spec, status });
  },
  prepareForCreate: (claim) => ({
    ...claim,
    spec: withSources(claim.spec, undefined),
    status: { phase: "Pending" },
  }),
  prepareForUpdate: (claim, old) => withFields(claim, { spec: withSources(claim.spec, old.spec) }),
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: ({ status }) => validateClaimStatus(status),
  warnings({ metadata, spec }) {
    const found = annotationWarnings(metadata.annotations, { [CLASS_ANNOTATION]: 'v1.8; use "storageClassName"' });
    return [...found, ...sizeWarnings(spec, "spec")];
  },
  columns: [
    nameColumn,
    {
      name: "Status",
      type: "string",
      cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
    },
    { name: "Volume", type: "string", cell: ({ spec }) => spec.volumeName ?? "" },
    {
      name: "Capacity",
      type: "string",
      cell: ({ spec, status }) => (spec.volumeName ? canonicalQuantity(status?.capacity?.["storage"] ?? "0") : ""),
    },
    {
      name: "Access Modes",
      type: "string",
      cell: ({ spec, status }) => (spec.volumeName ? formatAccessModes(status?.accessModes) : ""),
    },
    { name: "StorageClass", type: "string", cell: storageClassOf },
    { name: "VolumeAttributesClass", type: "string", cell: ({ spec }) => spec.volumeAttributesClassName ?? UNSET },
    ageColumn,
    { name: "VolumeMode", type: "string", priority: 1, cell: ({ spec }) => spec.volumeMode ?? UNSET },
  ],
});

function isClaimOrSnapshot({ apiGroup = "", kind }: TypedLocalObjectReference): boolean {
  if (apiGroup === "") return kind === "PersistentVolumeClaim";
  return apiGroup === "snapshot.storage.k8s.io" && kind === "VolumeSnapshot";
}

/**
 * A data source and a reference to one say the same; what `dataSource` never could be is dropped, and so is a reference
 * into another namespace. Upstream: DropDisabledFields, EnforceDataSourceBackwardsCompatibility, NormalizeDataSources in
 * pkg/api/persistentvolumeclaim/util.go.
 */
function withSources(
  spec: PersistentVolumeClaimSpec,
  old: PersistentVolumeClaimSpec | undefined,
): PersistentVolumeClaimSpec {
  let { dataSource, dataSourceRef } = spec;
  if (dataSourceRef?.namespace && old?.dataSourceRef === undefined) dataSourceRef = undefined;
  if (dataSource !== undefined && dataSourceRef === undefined && old?.dataSource === undefined) {
    if (!isClaimOrSnapshot(dataSource)) dataSource = undefined;
  }
  if (dataSource !== undefined && dataSourceRef === undefined) dataSourceRef = dataSource;
  else if (dataSource === undefined && dataSourceRef !== undefined && !dataSourceRef.namespace) {
    const { namespace: _, ...reference } = dataSourceRef;
    dataSource = reference;
  }
  return withFields(spec, { dataSource, dataSourceRef });
}

function sizeWarnings({ resources }: PersistentVolumeClaimSpec, field: string): string[] {
  return (["requests", "limits"] as const).flatMap((name) => {
    const size = resources?.[name]?.["storage"];
    if (size === undefined || scaledValue(parseQuantity(size), -3) % 1000n === 0n) return [];
    return [
      `${field}.resources.${name}[storage]: fractional byte value ${JSON.stringify(size)} is invalid, must be an integer`,
    ];
  });
}
