/** Upstream: validatePodFailurePolicy in pkg/apis/batch/validation/validation.go. */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from "../../generated/types.ts";
import {
  duplicate,
  invalidValue,
  notSupported,
  OMITTED,
  required,
  tooMany,
  type FieldError,
} from "../../meta/field-error.ts";
import { isQualifiedName } from "../../meta/names.ts";

const MAX_RULES = 20;
const MAX_VALUES = 255;
const MAX_PATTERNS = 20;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

export function validatePodFailurePolicy(spec: JobSpec, field: string, errors: FieldError[]): void {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  if (rules.length > MAX_RULES) errors.push(tooMany(`${field}.rules`, rules.length, MAX_RULES));
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  for (const [index, rule] of rules.entries()) {
    const path = `${field}.rules[${index}]`;
    validateAction(rule, spec, `${path}.action`, errors);
    validateRule(rule, path, { names, errors });
  }
}

function validateAction({ action = "" }: PodFailurePolicyRule, spec: JobSpec, field: string, errors: FieldError[]) {
  if (action === "") errors.push(required(field, `valid values: ${goList(ACTIONS)}`));
  else if (action === "FailIndex") {
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(invalidValue(field, action, "requires the backoffLimitPerIndex to be set"));
    }
  } else if (!ACTIONS.includes(action)) errors.push(notSupported(field, action, ACTIONS));
}

function validateRule(
  { onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  path: string,
  context: { names: ReadonlySet<string>; errors: FieldError[] },
): void {
  const { errors } = context;
  if (onExitCodes !== undefined) validateExitCodes(onExitCodes, `${path}.onExitCodes`, context);
  if (onPodConditions.length > 0) validatePatterns(onPodConditions, `${path}.onPodConditions`, errors);
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    const detail = "specifying both OnExitCodes and OnPodConditions is not supported";
    errors.push(invalidValue(path, OMITTED, detail));
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.push(invalidValue(path, OMITTED, "specifying one of OnExitCodes and OnPodConditions is required"));
  }
}

function validatePatterns(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  field: string,
  errors: FieldError[],
): void {
  if (patterns.length > MAX_PATTERNS) errors.push(tooMany(field, patterns.length, MAX_PATTERNS));
  for (const [index, { type = "", status = "" }] of patterns.entries()) {
    const path = `${field}[${index}]`;
    for (const text of isQualifiedName(type)) errors.push(invalidValue(`${path}.type`, type, text));
    if (status === "") errors.push(required(`${path}.status`, `valid values: ${goList(STATUSES)}`));
    else if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES));
  }
}

function validateExitCodes(
  { operator = "", containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  field: string,
  { names, errors }: { names: ReadonlySet<string>; errors: FieldError[] },
): void {
  if (operator === "") errors.push(required(`${field}.operator`, `valid values: ${goList(OPERATORS)}`));
  else if (!OPERATORS.includes(operator)) errors.push(notSupported(`${field}.operator`, operator, OPERATORS));
  if (containerName !== undefined && !names.has(containerName)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    errors.push(invalidValue(`${field}.containerName`, containerName, detail));
  }
  const path = `${field}.values`;
  if (values.length === 0) errors.push(invalidValue(path, values, "at least one value is required"));
  else if (values.length > MAX_VALUES) errors.push(tooMany(path, values.length, MAX_VALUES));
  const seen = new Set<number>();
  for (const [index, value] of values.entries()) {
    if (operator === "In" && value === 0) {
      errors.push(invalidValue(`${path}[${index}]`, value, "must not be 0 for the In operator"));
    }
    if (seen.has(value)) errors.push(duplicate(`${path}[${index}]`, value));
    seen.add(value);
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value)) {
    errors.push(invalidValue(path, values, "must be ordered"));
  }
}

/** A list as Go prints it: `["In" "NotIn"]`. */
function goList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
}
