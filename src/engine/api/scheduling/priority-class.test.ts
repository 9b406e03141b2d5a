import { expect, it } from "vitest";
import type { PriorityClass } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { priorityClasses } from "../registry.ts";
import { SYSTEM_PRIORITY_CLASSES } from "./priority-class.ts";

function priorityClass(name: string, rest: Partial<PriorityClass> = {}): PriorityClass {
  const metadata = { name, uid: "", resourceVersion: "", creationTimestamp: "2026-01-01T00:00:00Z" };
  const given: PriorityClass = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata, ...rest };
  return priorityClasses.defaults?.(given) as PriorityClass;
}

const RESERVED =
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";

it.each<[string[], PriorityClass]>([
  [[], priorityClass("high", { value: 1_000_000_000 })],
  [
    ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    priorityClass("high", { value: 1_000_000_001 }),
  ],
  [
    ['preemptionPolicy: Unsupported value: "Always": supported values: "Never", "PreemptLowerPriority"'],
    priorityClass("high", { preemptionPolicy: "Always" }),
  ],
  [[`${RESERVED}system-mine is not a known system priority class`], priorityClass("system-mine")],
  [
    [`${RESERVED}value of system-node-critical PriorityClass must be 2000001000`],
    priorityClass("system-node-critical", { value: 5 }),
  ],
  ...SYSTEM_PRIORITY_CLASSES.map(({ metadata, value }): [string[], PriorityClass] => [
    [],
    priorityClass(metadata.name, { value }),
  ]),
])("complains: %j", (expected, given) => {
  expect((priorityClasses.validate?.(given) ?? []).map(fieldErrorText)).toEqual(expected);
});

it("keeps value and preemption policy", () => {
  const old = priorityClass("high", { value: 5 });
  const changed = priorityClass("high", { value: 6, preemptionPolicy: "Never" });
  expect((priorityClasses.validateUpdate?.(changed, old) ?? []).map(fieldErrorText)).toEqual([
    "value: Forbidden: may not be changed in an update.",
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ]);
});

it("shows value, whether it is the default, and its policy", () => {
  const shown = priorityClass("high", { value: 5, globalDefault: true });
  const now = Date.UTC(2026, 0, 1, 0, 2);
  expect(priorityClasses.columns?.map(({ cell }) => cell(shown, { now }))).toEqual([
    "high",
    5,
    true,
    "2m",
    "PreemptLowerPriority",
  ]);
});
