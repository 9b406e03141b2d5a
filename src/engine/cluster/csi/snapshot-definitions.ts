/**
 * Definitions of the kinds of snapshots, with schemas of our own after upstream's types: names, required fields, rules,
 * columns. Upstream: kubernetes-csi/external-snapshotter client/apis/volumesnapshot/v1.
 *
 * **Simplified:** `v1` alone; upstream's definitions still name `v1beta1`, which nothing serves.
 */
import type { CustomResourceDefinition } from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import { SNAPSHOT_GROUP } from "../../controllers/snapshot/kinds.ts";

type Schema = Record<string, unknown>;

const TEXT: Schema = { type: "string" };
const POLICY: Schema = { type: "string", enum: ["Delete", "Retain"] };
const AGE = "Age date .metadata.creationTimestamp";

function object(properties: Record<string, Schema>, required: readonly string[] = [], rest: Schema = {}): Schema {
  return { type: "object", properties, ...(required.length > 0 && { required: [...required] }), ...rest };
}

/** `<rule> // <message>` each. */
function rules(...lines: readonly string[]): Schema {
  return {
    "x-kubernetes-validations": lines.map((line) => {
      const [rule, message] = line.split(" // ");
      return { rule, message };
    }),
  };
}

const FAILURE = object({ message: TEXT, time: { type: "string", format: "date-time" } });

function text(...lines: readonly string[]): Schema {
  return { ...TEXT, ...rules(...lines) };
}

const SNAPSHOT = object(
  {
    spec: object(
      {
        source: object(
          {
            persistentVolumeClaimName: text("self == oldSelf // persistentVolumeClaimName is immutable"),
            volumeSnapshotContentName: text("self == oldSelf // volumeSnapshotContentName is immutable"),
          },
          [],
          rules(
            "!has(oldSelf.persistentVolumeClaimName) || has(self.persistentVolumeClaimName) // persistentVolumeClaimName is required once set",
            "!has(oldSelf.volumeSnapshotContentName) || has(self.volumeSnapshotContentName) // volumeSnapshotContentName is required once set",
            "(has(self.volumeSnapshotContentName) && !has(self.persistentVolumeClaimName)) || (!has(self.volumeSnapshotContentName) && has(self.persistentVolumeClaimName)) // exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set",
          ),
        ),
        volumeSnapshotClassName: text(
          "size(self) > 0 // volumeSnapshotClassName must not be the empty string when set",
        ),
      },
      ["source"],
    ),
    status: object({
      boundVolumeSnapshotContentName: TEXT,
      creationTime: { type: "string", format: "date-time" },
      error: FAILURE,
      readyToUse: { type: "boolean" },
      restoreSize: {
        anyOf: [{ type: "integer" }, { type: "string" }],
        pattern:
          "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
        "x-kubernetes-int-or-string": true,
      },
      volumeGroupSnapshotName: TEXT,
    }),
  },
  ["spec"],
);

const REFERENCE = ["apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid"];

const CONTENT = object(
  {
    spec: object(
      {
        deletionPolicy: POLICY,
        driver: TEXT,
        source: object(
          {
            snapshotHandle: text("self == oldSelf // snapshotHandle is immutable"),
            volumeHandle: text("self == oldSelf // volumeHandle is immutable"),
          },
          [],
          rules(
            "!has(oldSelf.volumeHandle) || has(self.volumeHandle) // volumeHandle is required once set",
            "!has(oldSelf.snapshotHandle) || has(self.snapshotHandle) // snapshotHandle is required once set",
            "(has(self.volumeHandle) && !has(self.snapshotHandle)) || (!has(self.volumeHandle) && has(self.snapshotHandle)) // exactly one of volumeHandle and snapshotHandle must be set",
          ),
        ),
        sourceVolumeMode: text("self == oldSelf // sourceVolumeMode is immutable"),
        volumeSnapshotClassName: TEXT,
        volumeSnapshotRef: object(Object.fromEntries(REFERENCE.map((name) => [name, TEXT])), [], {
          "x-kubernetes-map-type": "atomic",
          ...rules(
            "has(self.name) && has(self.__namespace__) // both spec.volumeSnapshotRef.name and spec.volumeSnapshotRef.namespace must be set",
          ),
        }),
      },
      ["deletionPolicy", "driver", "source", "volumeSnapshotRef"],
      rules("!has(oldSelf.sourceVolumeMode) || has(self.sourceVolumeMode) // sourceVolumeMode is required once set"),
    ),
    status: object({
      creationTime: { type: "integer", format: "int64" },
      error: FAILURE,
      readyToUse: { type: "boolean" },
      restoreSize: { type: "integer", format: "int64", minimum: 0 },
      snapshotHandle: TEXT,
      volumeGroupSnapshotHandle: TEXT,
    }),
  },
  ["spec"],
);

const CLASS = object(
  {
    deletionPolicy: POLICY,
    driver: TEXT,
    parameters: { type: "object", additionalProperties: TEXT },
  },
  ["deletionPolicy", "driver"],
);

/** `columns`: `<name> <type> <path>` each. */
function definition(
  kind: string,
  { shortNames, scope, schema, columns }: { shortNames: string[]; scope: string; schema: Schema; columns: string[] },
): Draft<CustomResourceDefinition> {
  const singular = kind.toLowerCase();
  const plural = singular.endsWith("s") ? `${singular}es` : `${singular}s`;
  const properties = {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: { type: "object" },
    ...(schema["properties"] as object),
  };
  const hasStatus = "status" in properties;
  return {
    metadata: {
      name: `${plural}.${SNAPSHOT_GROUP}`,
      annotations: {
        "api-approved.kubernetes.io": "https://github.com/kubernetes-csi/external-snapshotter/pull/955",
        "controller-gen.kubebuilder.io/version": "v0.15.0",
      },
    },
    spec: {
      group: SNAPSHOT_GROUP,
      names: { kind, listKind: `${kind}List`, plural, shortNames, singular },
      scope,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { ...schema, properties } },
          ...(hasStatus && { subresources: { status: {} } }),
          additionalPrinterColumns: columns.map((column) => {
            const [name = "", type = "", jsonPath = ""] = column.split(" ");
            return { name, type, jsonPath };
          }),
        },
      ],
    },
  };
}

export function snapshotDefinitions(): Draft<CustomResourceDefinition>[] {
  return [
    definition("VolumeSnapshotClass", {
      ...{ shortNames: ["vsclass", "vsclasses"], scope: "Cluster", schema: CLASS },
      columns: ["Driver string .driver", "DeletionPolicy string .deletionPolicy", AGE],
    }),
    definition("VolumeSnapshotContent", {
      ...{ shortNames: ["vsc", "vscs"], scope: "Cluster", schema: CONTENT },
      columns: [
        "ReadyToUse boolean .status.readyToUse",
        "RestoreSize integer .status.restoreSize",
        "DeletionPolicy string .spec.deletionPolicy",
        "Driver string .spec.driver",
        "VolumeSnapshotClass string .spec.volumeSnapshotClassName",
        "VolumeSnapshot string .spec.volumeSnapshotRef.name",
        "VolumeSnapshotNamespace string .spec.volumeSnapshotRef.namespace",
        AGE,
      ],
    }),
    definition("VolumeSnapshot", {
      ...{ shortNames: ["vs"], scope: "Namespaced", schema: SNAPSHOT },
      columns: [
        "ReadyToUse boolean .status.readyToUse",
        "SourcePVC string .spec.source.persistentVolumeClaimName",
        "SourceSnapshotContent string .spec.source.volumeSnapshotContentName",
        "RestoreSize string .status.restoreSize",
        "SnapshotClass string .spec.volumeSnapshotClassName",
        "SnapshotContent string .status.boundVolumeSnapshotContentName",
        "CreationTime date .status.creationTime",
        AGE,
      ],
    }),
  ];
}
