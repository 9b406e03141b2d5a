/** PodDisruptionBudget. Upstream: pkg/apis/policy, pkg/registry/policy/poddisruptionbudget/strategy.go. */
import type { IntOrString, PodDisruptionBudget, PodDisruptionBudgetStatus } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { invalidValue, notSupported, type FieldError } from "../meta/field-error.ts";
import { validateNotMoreThan100Percent, validatePositiveIntOrPercent } from "../meta/int-or-percent.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { validateConditions } from "../meta/validate-conditions.ts";
import { validateLabelSelector, validateNonnegative } from "../meta/validate-meta.ts";

const UNHEALTHY_POLICIES = ["AlwaysAllow", "IfHealthyBudget"];
const NEW_STATUS: PodDisruptionBudgetStatus = Object.freeze({
  currentHealthy: 0,
  desiredHealthy: 0,
  disruptionsAllowed: 0,
  expectedPods: 0,
});

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  shortNames: ["pdb"],
  scope: "Namespaced",
  needsVersion: true,
  subresources: ["status"],
  example: {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web" },
    spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
  },
  bumpsGeneration: specChanged,
  defaults: (budget) =>
    budget.spec !== undefined && budget.status !== undefined
      ? budget
      : { ...(budget as PodDisruptionBudget), spec: budget.spec ?? {}, status: budget.status ?? NEW_STATUS },
  prepareForCreate: (budget) => ({ ...budget, status: NEW_STATUS }),
  validate: validateBudget,
  validateStatusUpdate: ({ status }) => validateStatus(status),
  columns: [
    nameColumn,
    { name: "Min Available", type: "string", cell: ({ spec }) => amountText(spec.minAvailable) },
    { name: "Max Unavailable", type: "string", cell: ({ spec }) => amountText(spec.maxUnavailable) },
    { name: "Allowed Disruptions", type: "integer", cell: ({ status }) => status.disruptionsAllowed ?? 0 },
    ageColumn,
  ],
});

function amountText(amount: IntOrString | undefined): string {
  return amount === undefined ? "N/A" : String(amount);
}

function validateBudget({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalidValue("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const name of ["minAvailable", "maxUnavailable"] as const) {
    const amount = spec[name];
    if (amount === undefined) continue;
    validatePositiveIntOrPercent(amount, `spec.${name}`, errors);
    validateNotMoreThan100Percent(amount, `spec.${name}`, errors);
  }
  if (spec.selector !== undefined) validateLabelSelector(spec.selector, "spec.selector", errors);
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && !UNHEALTHY_POLICIES.includes(policy)) {
    errors.push(notSupported("spec.unhealthyPodEvictionPolicy", policy, UNHEALTHY_POLICIES));
  }
  return errors;
}

function validateStatus(status: PodDisruptionBudgetStatus): FieldError[] {
  const errors = validateConditions(status.conditions ?? [], "status.conditions");
  for (const name of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const) {
    validateNonnegative(status[name], `status.${name}`, errors);
  }
  return errors;
}
