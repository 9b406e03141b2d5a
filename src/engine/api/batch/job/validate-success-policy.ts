/** Upstream: validateSuccessPolicy in pkg/apis/batch/validation/validation.go. */
import type { JobSpec, SuccessPolicyRule } from "../../generated/types.ts";
import { invalidValue, required, tooLong, tooMany, type FieldError } from "../../meta/field-error.ts";
import { validateNonnegative } from "../../meta/validate-meta.ts";
import { countIndexes } from "./index-intervals.ts";

const MAX_RULES = 20;
const MAX_INDEXES_LENGTH = 64 * 1024;

export function validateSuccessPolicy(spec: JobSpec, field: string, errors: FieldError[]): void {
  if (spec.completionMode !== "Indexed") {
    errors.push(invalidValue(field, spec.successPolicy, "requires indexed completion mode"));
    return;
  }
  const { rules = [] } = spec.successPolicy ?? {};
  if (rules.length === 0) {
    const detail = "at least one rules must be specified when the successPolicy is specified";
    errors.push(required(`${field}.rules`, detail));
  }
  if (rules.length > MAX_RULES) errors.push(tooMany(`${field}.rules`, rules.length, MAX_RULES));
  for (const [index, rule] of rules.entries()) {
    validateRule(rule, spec.completions ?? 0, { path: `${field}.rules[${index}]`, errors });
  }
}

function validateRule(
  { succeededCount, succeededIndexes }: SuccessPolicyRule,
  completions: number,
  { path, errors }: { path: string; errors: FieldError[] },
): void {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    errors.push(required(path, "at least one of succeededCount or succeededIndexes must be specified"));
  }
  let indexes = 0;
  if (succeededIndexes !== undefined) {
    const field = `${path}.succeededIndexes`;
    if (succeededIndexes.length > MAX_INDEXES_LENGTH) errors.push(tooLong(field, succeededIndexes, MAX_INDEXES_LENGTH));
    const counted = countIndexes(succeededIndexes, completions);
    if (typeof counted === "number") indexes = counted;
    else errors.push(invalidValue(field, succeededIndexes, `error parsing succeededIndexes: ${counted.problem}`));
  }
  if (succeededCount === undefined) return;
  const field = `${path}.succeededCount`;
  const atMost = (limit: number, what: string): void => {
    const detail = `must be less than or equal to ${limit} (the number of ${what})`;
    if (succeededCount > limit) errors.push(invalidValue(field, succeededCount, detail));
  };
  validateNonnegative(succeededCount, field, errors);
  atMost(completions, "specified completions");
  if (succeededIndexes !== undefined) atMost(indexes, "indexes in the specified succeededIndexes field");
}
