/** One requirement of a label selector. Upstream: apimachinery pkg/labels/selector.go (Requirement). */
import { fieldErrorText, invalidValue, notSupported, type FieldError } from "./field-error.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";
import { aggregate } from "../../base/go-errors.ts";

export type Labels = Readonly<Record<string, string>>;
export type Operator = "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt" | "exists" | "!";
const BINARY_OPERATORS: readonly Operator[] = ["in", "notin", "=", "==", "!=", "gt", "lt"];
const OPERATORS: readonly Operator[] = [...BINARY_OPERATORS, "exists", "!"];

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** A selector that can't be understood. The message is upstream's. */
export class SelectorError extends Error {}

export function requirementMatches({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      const bound = parseInteger(values[0] ?? "");
      const actual = value === undefined ? undefined : parseInteger(value);
      if (actual === undefined || bound === undefined) return false;
      return operator === "gt" ? actual > bound : actual < bound;
    }
  }
}

/** Go's ParseInt: a signed 64-bit decimal, undefined when it is none. */
export function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** What is wrong with a requirement (upstream's NewRequirement). */
export function requirementErrors({ key, operator, values }: Requirement): FieldError[] {
  const errors: FieldError[] = [];
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) errors.push(invalidValue("key", key, keyErrors.join("; ")));
  if (!OPERATORS.includes(operator)) errors.push(notSupported("operator", operator, OPERATORS));
  const complain = (detail: string): void => void errors.push(invalidValue("values", [...values], detail));
  if ((operator === "in" || operator === "notin") && values.length === 0) {
    complain("for 'in', 'notin' operators, values set can't be empty");
  } else if ((operator === "=" || operator === "==" || operator === "!=") && values.length !== 1) {
    complain("exact-match compatibility requires one single value");
  } else if ((operator === "exists" || operator === "!") && values.length !== 0) {
    complain("values set must be empty for exists and does not exist");
  } else if (operator === "gt" || operator === "lt") {
    if (values.length !== 1) complain("for 'Gt', 'Lt' operators, exactly one value is required");
    for (const [index, value] of values.entries()) {
      if (parseInteger(value) !== undefined) continue;
      const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
      errors.push(invalidValue(`values[${index}]`, value, detail));
    }
  }
  for (const [index, value] of values.entries()) {
    const complaints = isLabelValue(value);
    if (complaints.length > 0) errors.push(invalidValue(`values[${index}][${key}]`, value, complaints.join("; ")));
  }
  return errors;
}

/** A checked requirement. Throws a `SelectorError`. */
export function newRequirement(requirement: Requirement): Requirement {
  const texts = [...new Set(requirementErrors(requirement).map(fieldErrorText))];
  if (texts.length === 0) return requirement;
  throw new SelectorError(aggregate(texts));
}

export function formatRequirement({ key, operator, values }: Requirement): string {
  const sorted = values.length > 1 ? [...values].sort() : values;
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${sorted.join(",")})`;
    case "gt":
      return `${key}>${sorted.join(",")}`;
    case "lt":
      return `${key}<${sorted.join(",")}`;
    default:
      return `${key}${operator}${sorted.join(",")}`;
  }
}
