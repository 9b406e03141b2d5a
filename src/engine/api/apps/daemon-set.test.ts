import { describe, expect, it } from "vitest";
import { freeze } from "../../base/freeze.ts";
import type { ControllerRevision, DaemonSet, DaemonSetSpec } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { controllerRevisions, daemonSets } from "../registry.ts";

const META = { name: "agent", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
const CONTEXT = { now: 0 };

function daemonSet(spec: Partial<DaemonSetSpec> = {}): DaemonSet {
  const example = daemonSets.example as DaemonSet;
  const object = { ...example, metadata: META, spec: { ...example.spec, ...spec } };
  return freeze(daemonSets.defaults?.(object) as DaemonSet);
}

const texts = (object: DaemonSet): string[] => (daemonSets.validate?.(object) ?? []).map(fieldErrorText);

describe("daemon sets", () => {
  it("get defaults", () => {
    const { spec, status } = daemonSet();
    expect(status).toEqual({
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    });
    expect({ ...spec, template: undefined }).toEqual({
      selector: { matchLabels: { app: "agent" } },
      template: undefined,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    });
  });

  it("count the generations of their template in an annotation", () => {
    const created = freeze(daemonSets.prepareForCreate?.(daemonSet(), CONTEXT) as DaemonSet);
    expect(created.metadata.annotations).toEqual({ [TEMPLATE_GENERATION]: "1" });
    const update = (change: DaemonSet): string | undefined =>
      daemonSets.prepareForUpdate?.(change, created, CONTEXT).metadata.annotations?.[TEMPLATE_GENERATION];
    expect(daemonSets.prepareForUpdate?.(created, created, CONTEXT)).toBe(created);
    expect(update(daemonSet({ minReadySeconds: 3 }))).toBe("1");
    expect(update(daemonSet({ template: { metadata: { labels: { app: "agent", v: "2" } } } as never }))).toBe("2");
  });

  it.each<[string, Partial<DaemonSetSpec>]>([
    ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset", { selector: {} }],
    [
      'spec.template.metadata.labels: Invalid value: {"app":"agent"}: `selector` does not match template `labels`',
      { selector: { matchLabels: { app: "x" } } },
    ],
    [
      'spec.updateStrategy: Unsupported value: {"type":"Recreate"}: supported values: "RollingUpdate", "OnDelete"',
      { updateStrategy: { type: "Recreate" } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
    ],
    [
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } } },
    ],
    ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0", { minReadySeconds: -1 }],
  ])("are refused: %s", (text, spec) => {
    expect(texts(daemonSet(spec))).toEqual([text]);
  });
});

describe("controller revisions", () => {
  const revision = { ...(controllerRevisions.example as ControllerRevision), metadata: META };
  const cells = (object: ControllerRevision) =>
    controllerRevisions.columns?.map(({ cell }) => cell(object, { now: 0 })).slice(0, 3);

  it("show whose they are", () => {
    const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "u", controller: true };
    expect(cells(revision)).toEqual(["agent", "<none>", 1]);
    expect(cells({ ...revision, metadata: { ...META, ownerReferences: [owner] } })).toEqual([
      "agent",
      "statefulset.apps/db",
      1,
    ]);
  });

  it("don't change their data", () => {
    const errors = controllerRevisions.validateUpdate?.({ ...revision, data: { spec: {} } }, revision) ?? [];
    expect(errors.map(fieldErrorText)).toEqual(['data: Invalid value: {"spec":{}}: field is immutable']);
    expect(controllerRevisions.validateUpdate?.({ ...revision, revision: 2 }, revision)).toEqual([]);
    const bare = { ...revision, data: undefined, revision: -1 };
    expect((controllerRevisions.validate?.(bare) ?? []).map(fieldErrorText)).toEqual([
      "data: Required value: data is mandatory",
      "revision: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });
});
