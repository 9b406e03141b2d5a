import { describe, expect, it } from "vitest";
import { freeze } from "../../../base/freeze.ts";
import type { Job, JobSpec, JobStatus } from "../../generated/types.ts";
import { fieldErrorText } from "../../meta/field-error.ts";
import { jobs } from "../../registry.ts";

const META = { name: "pi", namespace: "default", uid: "u-1", resourceVersion: "1", creationTimestamp: "" };
const LABELS = {
  "batch.kubernetes.io/controller-uid": "u-1",
  "batch.kubernetes.io/job-name": "pi",
  "controller-uid": "u-1",
  "job-name": "pi",
};

function job(spec: Partial<JobSpec> = {}): Job {
  const example = jobs.example as Job;
  const object = { ...example, metadata: META, spec: { ...example.spec, ...spec } };
  const defaulted = jobs.defaults?.(object) as Job;
  return freeze(jobs.prepareForCreate?.(defaulted, { now: 0 }) as Job);
}

function pods(spec: object, labels?: Record<string, string>): JobSpec["template"] {
  const container = { name: "pi", image: "perl" };
  return {
    ...(labels && { metadata: { labels } }),
    spec: { containers: [container], restartPolicy: "Never", ...spec },
  };
}

const texts = (object: Job): string[] => (jobs.validate?.(object) ?? []).map(fieldErrorText);
const updateTexts = (object: Job, old: Job): string[] => (jobs.validateUpdate?.(object, old) ?? []).map(fieldErrorText);
const conditions = (...types: string[]) => types.map((type) => ({ type, status: "True" }));

describe("jobs", () => {
  it("get defaults, and labels that no other job's pods have", () => {
    const { metadata, spec, status } = job();
    expect(status).toEqual({});
    expect(metadata.labels).toEqual(LABELS);
    expect(spec.template.metadata).toEqual({ labels: LABELS });
    expect({ ...spec, template: undefined }).toEqual({
      template: undefined,
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: "TerminatingOrFailed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u-1" } },
    });
    expect(job({ parallelism: 3 }).spec.completions).toBeUndefined();
    expect(job({ completionMode: "Indexed", backoffLimitPerIndex: 1 }).spec.backoffLimit).toBe(2 ** 31 - 1);
  });

  it("leave a selector alone that their user chose", () => {
    const chosen = job({ manualSelector: true, selector: { matchLabels: { a: "b" } }, template: pods({}, { a: "b" }) });
    expect(chosen.spec.selector).toEqual({ matchLabels: { a: "b" } });
    expect(chosen.spec.template.metadata).toEqual({ labels: { a: "b" } });
    expect(texts(chosen)).toEqual([]);
    expect(texts(job({ template: pods({}, { "job-name": "other" }) }))).toContain(
      `spec.template.metadata.labels[job-name]: Invalid value: ${JSON.stringify({ ...LABELS, "job-name": "other" })}: must be 'pi'`,
    );
  });

  it.each<[string, Partial<JobSpec>]>([
    [
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      { template: pods({ restartPolicy: "Always" }) },
    ],
    [
      "spec.completions: Required value: when completion mode is Indexed",
      { completionMode: "Indexed", parallelism: 1 },
    ],
    ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode", { backoffLimitPerIndex: 1 }],
    [
      'spec.podReplacementPolicy: Unsupported value: "Any": supported values: "Failed", "TerminatingOrFailed"',
      { podReplacementPolicy: "Any" },
    ],
    [
      'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
      { managedBy: "me" },
    ],
    [
      "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
      { podFailurePolicy: { rules: [{ action: "Ignore" }] } },
    ],
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]',
      { podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "", values: [1] } }] } },
    ],
    [
      'spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode',
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
    ],
    [
      'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0,3": error parsing succeededIndexes: too large index: "3"',
      { completionMode: "Indexed", completions: 3, successPolicy: { rules: [{ succeededIndexes: "0,3" }] } },
    ],
    [
      "spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)",
      {
        completionMode: "Indexed",
        completions: 3,
        successPolicy: { rules: [{ succeededCount: 3, succeededIndexes: "0-1" }] },
      },
    ],
  ])("are refused: %s", (text, spec) => {
    expect(texts(job(spec))).toEqual([text]);
  });

  it("change their numbers, and their pods only before these run", () => {
    const old = job();
    expect(updateTexts({ ...old, spec: { ...old.spec, parallelism: 4, backoffLimit: 1, suspend: true } }, old)).toEqual(
      [],
    );
    expect(updateTexts({ ...old, spec: { ...old.spec, completions: 4 } }, old)).toEqual([
      "spec.completions: Invalid value: 4: field is immutable",
    ]);
    const elsewhere = { ...old.spec.template, spec: { ...old.spec.template.spec, nodeSelector: { disk: "ssd" } } };
    const moved = { ...old.spec, template: elsewhere as JobSpec["template"] };
    const complaints = updateTexts({ ...old, spec: moved }, old);
    expect(complaints.map((text) => text.replace(/\{.*\}/, "{…}"))).toEqual([
      "spec.template: Invalid value: {…}: field is immutable",
    ]);
    const suspended = { ...old, spec: { ...old.spec, suspend: true } };
    expect(updateTexts({ ...old, spec: { ...moved, suspend: true } }, suspended)).toEqual([]);
  });

  it("grow together with their parallelism when they are indexed", () => {
    const old = job({ completionMode: "Indexed", completions: 3, parallelism: 3 });
    expect(updateTexts({ ...old, spec: { ...old.spec, completions: 5, parallelism: 5 } }, old)).toEqual([]);
    expect(updateTexts({ ...old, spec: { ...old.spec, completions: 5 } }, old)).toEqual([
      "spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism",
    ]);
  });

  it.each<[string[], JobStatus, JobStatus]>([
    [[], { startTime: "2026-01-01T00:00:00Z", active: 1, ready: 1 }, {}],
    [["status.ready: Invalid value: 2: cannot set more ready pods than active"], { active: 1, ready: 2 }, {}],
    [["status.failed: Invalid value: 0: cannot decrease the failed counter"], { failed: 0 }, { failed: 1 }],
    [
      [
        "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
        "status.startTime: Required value: startTime is required for finished job",
      ],
      { conditions: conditions("Failed") },
      {},
    ],
    [
      ["status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition"],
      { conditions: [] },
      { conditions: conditions("FailureTarget") },
    ],
    [
      ['status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set before startTime'],
      {
        conditions: conditions("SuccessCriteriaMet", "Complete"),
        startTime: "2026-01-01T00:01:00Z",
        completionTime: "2026-01-01T00:00:00Z",
      },
      {},
    ],
  ])("have a status that makes sense: %s", (complaints, status, old) => {
    const errors = jobs.validateStatusUpdate?.({ ...job(), status }, { ...job(), status: old }) ?? [];
    expect(errors.map(fieldErrorText)).toEqual(complaints);
  });

  it("name finished indexes in order", () => {
    const indexed = job({ completionMode: "Indexed", completions: 5, backoffLimitPerIndex: 1 });
    const check = (completedIndexes: string, failedIndexes = ""): string[] =>
      (jobs.validateStatusUpdate?.({ ...indexed, status: { completedIndexes, failedIndexes } }, indexed) ?? []).map(
        fieldErrorText,
      );
    expect(check("0,2-4")).toEqual([]);
    expect(check("2,1")).toEqual([
      'status.completedIndexes: Invalid value: "2,1": error parsing completedIndexes: non-increasing order, previous: 2, current: 1',
    ]);
    expect(check("0-2", "2-3")).toEqual([
      'status.failedIndexes: Invalid value: "2-3": failedIndexes and completedIndexes overlap at index: 2',
    ]);
  });

  it("warn of a name that no host can have", () => {
    const dotted = { ...job(), metadata: { ...META, name: "pi.v1" } };
    const warning =
      "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]";
    expect(jobs.warnings?.(dotted, undefined)).toEqual([warning]);
    expect(jobs.warnings?.(dotted, dotted)).toEqual([]);
  });

  it("show how far they are", () => {
    const show = (status: JobStatus, spec: Partial<JobSpec> = {}) =>
      jobs.columns?.map(({ cell }) => cell({ ...job(spec), status }, { now: 90_000 })).slice(1, 4);
    const startTime = "1970-01-01T00:00:00Z";
    expect(show({ startTime })).toEqual(["Running", "0/1", "90s"]);
    expect(show({ succeeded: 1 }, { parallelism: 3 })).toEqual(["Running", "1/1 of 3", ""]);
    const completionTime = "1970-01-01T00:00:30Z";
    expect(show({ startTime, completionTime, succeeded: 1, conditions: conditions("Complete") })).toEqual([
      "Complete",
      "1/1",
      "30s",
    ]);
    expect(show({ conditions: conditions("Suspended") })).toEqual(["Suspended", "0/1", ""]);
  });
});
