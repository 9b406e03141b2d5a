import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from "../generated/types.ts";
import { statefulSets } from "../registry.ts";

const META = { name: "db", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };

function statefulSet(spec: Partial<StatefulSetSpec> = {}, status?: StatefulSetStatus): StatefulSet {
  const example = statefulSets.example as StatefulSet;
  const object = { ...example, metadata: META, spec: { ...example.spec, ...spec }, ...(status && { status }) };
  return freeze(statefulSets.defaults?.(object) as StatefulSet);
}

const texts = (object: StatefulSet): string[] => (statefulSets.validate?.(object) ?? []).map(fieldErrorText);

function updateTexts(spec: Partial<StatefulSetSpec>): string[] {
  return (statefulSets.validateUpdate?.(statefulSet(spec), statefulSet()) ?? []).map(fieldErrorText);
}

describe("stateful sets", () => {
  it("get defaults, their claims too", () => {
    const { spec, status } = statefulSet();
    expect(status).toEqual({ availableReplicas: 0, replicas: 0 });
    expect({ ...spec, template: undefined }).toEqual({
      serviceName: "db",
      replicas: 3,
      selector: { matchLabels: { app: "db" } },
      template: undefined,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "data" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
            volumeMode: "Filesystem",
          },
          status: { phase: "Pending" },
        },
      ],
    });
    expect(statefulSet({ updateStrategy: { type: "OnDelete" } }).spec.updateStrategy).toEqual({ type: "OnDelete" });
  });

  it.each<[string, Partial<StatefulSetSpec>]>([
    ["spec.selector: Required value", { selector: undefined as never }],
    [
      "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
      { podManagementPolicy: "Any" },
    ],
    [
      "spec.updateStrategy: Invalid value: {\"type\":\"Recreate\"}: must be 'RollingUpdate' or 'OnDelete'",
      { updateStrategy: { type: "Recreate" } },
    ],
    [
      "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'",
      { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } } },
    ],
    [
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      { persistentVolumeClaimRetentionPolicy: { whenScaled: "Keep" } },
    ],
    ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0", { ordinals: { start: -1 } }],
    ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset", { selector: {} }],
  ])("are refused: %s", (text, spec) => {
    expect(texts(statefulSet(spec))).toContain(text);
  });

  it("may mount their claims, but nothing else that they lack", () => {
    const template = (name: string) => ({
      metadata: { labels: { app: "db" } },
      spec: { containers: [{ name: "db", image: "redis", volumeMounts: [{ name, mountPath: "/data" }] }] },
    });
    expect(texts(statefulSet({ template: template("data") as never }))).toEqual([]);
    expect(texts(statefulSet({ template: template("other") as never }))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "other"',
    ]);
  });

  it("have a service whose name is a label", () => {
    expect(texts(statefulSet({ serviceName: "no.label" }))).toEqual([
      'spec.serviceName: Invalid value: "no.label": must not contain dots',
    ]);
  });

  it("change in seven fields only", () => {
    const mutable: Partial<StatefulSetSpec> = {
      replicas: 5,
      ordinals: { start: 1 },
      updateStrategy: { type: "OnDelete" },
      revisionHistoryLimit: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
      minReadySeconds: 5,
      template: {
        metadata: { labels: { app: "db" } },
        spec: { containers: [{ name: "db", image: "redis:7" }] },
      } as never,
    };
    expect(updateTexts(mutable)).toEqual([]);
    expect(updateTexts({ podManagementPolicy: "Parallel" })).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
    expect(updateTexts({ replicas: -1 })).toEqual([
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });

  it("warn when they keep every revision", () => {
    expect(statefulSets.warnings?.(statefulSet({ revisionHistoryLimit: -1 }), undefined)).toEqual([
      "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
    ]);
    expect(statefulSets.warnings?.(statefulSet(), undefined)).toEqual([]);
  });

  it("count no more than they have", () => {
    const old = statefulSet({}, { replicas: 1, collisionCount: 2 });
    const now = statefulSet({}, { replicas: 1, readyReplicas: 1, availableReplicas: 2, collisionCount: 1 });
    expect((statefulSets.validateStatusUpdate?.(now, old) ?? []).map(fieldErrorText)).toEqual([
      "status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas",
      "status.collisionCount: Invalid value: 1: cannot be decremented",
    ]);
  });
});
