/**
 * Label selectors: parsing, matching, printing. Upstream: apimachinery pkg/labels/selector.go, pkg/apis/meta/v1/helpers.go.
 * Field selectors are in `field-selectors.ts`.
 */
import type { LabelSelector } from "../generated/types.ts";
import {
  formatRequirement,
  newRequirement,
  requirementMatches,
  SelectorError,
  type Labels,
  type Operator,
  type Requirement,
} from "./label-requirement.ts";
import { parseRequirements } from "./selector-parser.ts";

export { formatRequirement, newRequirement, requirementMatches, SelectorError };
export type { Labels, Requirement };

/** A conjunction of requirements, sorted by key; immutable. */
export class Selector {
  readonly requirements: readonly Requirement[];
  /** True for the selector of an absent `LabelSelector`: it matches nothing. */
  readonly matchesNothing: boolean;

  constructor(requirements: readonly Requirement[], options: { matchesNothing?: boolean } = {}) {
    this.requirements = requirements;
    this.matchesNothing = options.matchesNothing ?? false;
  }

  /** True when every label set matches. */
  get matchesEverything(): boolean {
    return !this.matchesNothing && this.requirements.length === 0;
  }

  matches(labels: Labels | undefined): boolean {
    if (this.matchesNothing) return false;
    for (const requirement of this.requirements) if (!requirementMatches(requirement, labels)) return false;
    return true;
  }

  /** The value that `key` must have, when the selector asks for exactly one: what an index can use. */
  exactValue(key: string): string | undefined {
    for (const { key: candidate, operator, values } of this.requirements) {
      if (candidate !== key || values.length !== 1) continue;
      if (operator === "=" || operator === "==" || operator === "in") return values[0];
    }
    return undefined;
  }

  toString(): string {
    return this.requirements.map(formatRequirement).join(",");
  }
}

export const EVERYTHING = new Selector([]);
export const NOTHING = new Selector([], { matchesNothing: true });

function byKey(a: Requirement, b: Requirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

const CACHE_LIMIT = 1000;
const parsed = new Map<string, Selector>();

/** `app=web,tier in (front,back),!legacy`. Throws a `SelectorError`; the same text gives the same selector. */
export function parseLabelSelector(text: string): Selector {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const requirements = parseRequirements(text);
  const selector = requirements.length === 0 ? EVERYTHING : new Selector(requirements.sort(byKey));
  if (parsed.size >= CACHE_LIMIT) parsed.clear();
  parsed.set(text, selector);
  return selector;
}

/** Matches objects that have all of `labels`. */
export function selectorFromLabels(labels: Labels | undefined): Selector {
  const requirements = Object.entries(labels ?? {}).map(([key, value]): Requirement => ({
    key,
    operator: "=",
    values: [value],
  }));
  return requirements.length === 0 ? EVERYTHING : new Selector(requirements.sort(byKey));
}

const OBJECT_OPERATORS: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};
const converted = new WeakMap<LabelSelector, Selector>();

/**
 * The selector of a `metav1.LabelSelector`: absent matches nothing, empty everything. Kept per object, so that asking
 * again costs a look-up. Throws a `SelectorError`.
 */
export function labelSelectorAsSelector(object: LabelSelector | undefined | null): Selector {
  if (object === undefined || object === null) return NOTHING;
  let selector = converted.get(object);
  if (selector === undefined) {
    selector = convert(object);
    converted.set(object, selector);
  }
  return selector;
}

function convert(object: LabelSelector): Selector {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(object.matchLabels ?? {})) {
    requirements.push(newRequirement({ key, operator: "=", values: [value] }));
  }
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = OBJECT_OPERATORS[operator];
    if (known === undefined) {
      throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    }
    requirements.push(newRequirement({ key, operator: known, values: values ?? [] }));
  }
  return requirements.length === 0 ? EVERYTHING : new Selector(requirements.sort(byKey));
}

/** How kubectl prints a `metav1.LabelSelector`. */
export function formatLabelSelector(object: LabelSelector | undefined): string {
  try {
    const text = labelSelectorAsSelector(object).toString();
    return text === "" ? "<none>" : text;
  } catch {
    return "<error>";
  }
}

/**
 * The labels that a selector asks for exactly. Throws a `SelectorError` when it asks for more than equality.
 * @public
 */
export function labelSelectorAsMap(object: LabelSelector | undefined | null): Record<string, string> | undefined {
  if (object === undefined || object === null) return undefined;
  const map: Record<string, string> = { ...object.matchLabels };
  for (const { key, operator, values = [] } of object.matchExpressions ?? []) {
    if (operator === "In") {
      if (values.length !== 1) {
        throw new SelectorError(
          'operator "In" without a single value cannot be converted into the old label selector format',
        );
      }
      map[key] = values[0] as string;
    } else if (operator in OBJECT_OPERATORS) {
      throw new SelectorError(`operator "${operator}" cannot be converted into the old label selector format`);
    } else {
      throw new SelectorError(`"${operator}" is not a valid selector operator`);
    }
  }
  return map;
}
