import { describe, expect, it } from "vitest";
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "../generated/types.ts";
import { fieldErrorText } from "../meta/field-error.ts";
import { podDisruptionBudgets } from "../registry.ts";

const META = { name: "web", namespace: "default", uid: "u", resourceVersion: "1", creationTimestamp: "" };
const NEW_STATUS = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

function budget(spec?: PodDisruptionBudgetSpec): PodDisruptionBudget {
  const object = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: META, ...(spec && { spec }) };
  return podDisruptionBudgets.defaults?.(object as PodDisruptionBudget) as PodDisruptionBudget;
}

const texts = (object: PodDisruptionBudget): string[] =>
  (podDisruptionBudgets.validate?.(object) ?? []).map(fieldErrorText);

describe("pod disruption budgets", () => {
  it("may leave out everything", () => {
    expect(budget()).toMatchObject({ spec: {}, status: NEW_STATUS });
    expect(texts(budget())).toEqual([]);
  });

  it.each<[string, PodDisruptionBudgetSpec]>([
    [
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
      { minAvailable: 1, maxUnavailable: 1 },
    ],
    ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0", { minAvailable: -1 }],
    ['spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%', { maxUnavailable: "101%" }],
    [
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
      { unhealthyPodEvictionPolicy: "Never" },
    ],
  ])("are refused: %s", (text, spec) => {
    expect(texts(budget(spec))).toEqual([text]);
  });

  it("have conditions of the common form", () => {
    const condition = {
      type: "DisruptionAllowed",
      status: "Maybe",
      reason: "no reason",
      message: "",
      lastTransitionTime: "",
    };
    const status: PodDisruptionBudgetStatus = { ...NEW_STATUS, expectedPods: -1, conditions: [condition, condition] };
    const object = { ...budget(), status };
    const complaints = (podDisruptionBudgets.validateStatusUpdate?.(object, budget()) ?? []).map(fieldErrorText);
    expect(complaints.map((text) => text.replace(/: a condition reason.*/, ": …"))).toEqual([
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
      "status.conditions[0].lastTransitionTime: Required value: must be set",
      'status.conditions[0].reason: Invalid value: "no reason": …',
      'status.conditions[1].type: Duplicate value: "DisruptionAllowed"',
      'status.conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
      "status.conditions[1].lastTransitionTime: Required value: must be set",
      'status.conditions[1].reason: Invalid value: "no reason": …',
      "status.expectedPods: Invalid value: -1: must be greater than or equal to 0",
    ]);
  });

  it("show what they ask for", () => {
    const cells = (spec: PodDisruptionBudgetSpec) =>
      podDisruptionBudgets.columns?.map(({ cell }) => cell(budget(spec), { now: 0 })).slice(1, 4);
    expect(cells({ minAvailable: 2 })).toEqual(["2", "N/A", 0]);
    expect(cells({ maxUnavailable: "30%" })).toEqual(["N/A", "30%", 0]);
  });
});
