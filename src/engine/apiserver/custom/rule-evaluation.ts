/** Rules asked about an object. Upstream: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go. */
import type { ValidationRule } from "../../api/generated/types.ts";
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from "../../api/meta/field-error.ts";
import { fieldPathSchema } from "../../api/apiextensions/schema/field-path.ts";
import { keysOf } from "../../api/apiextensions/schema/list-types.ts";
import {
  additionalOf,
  child,
  EMBEDDED,
  itemsOf,
  LIST_TYPE,
  MAP_TYPE,
  propertyOf,
  RULES,
  type Schema,
} from "../../api/apiextensions/schema/schema-nodes.ts";
import { deepEqual, isObject } from "../../base/json.ts";
import { evaluate, optionalOf, toCel } from "../cel/index.ts";
import { rulesAt, type CompiledRule } from "./rule-programs.ts";

/** Upstream's budget for one object, in steps. */
const BUDGET = 10_000_000;
const MAX_MESSAGE = 5 * 1024;
const OUT_OF_BUDGET = "validation failed due to running out of cost budget, no further validation rules will be run";

interface Place {
  schema: Schema;
  path: string;
  isRoot: boolean;
}

/** `old` undefined: the object is new. A complaint about what an update left as it was is dropped. */
export function evaluateRules(schema: Schema, value: unknown, old: unknown): FieldError[] {
  const walk = new RuleWalk();
  if (hasRules(schema)) walk.visit({ schema, path: "", isRoot: true }, value, old);
  return walk.errors;
}

const ruled = new WeakMap<Schema, boolean>();

/** Whether there is a rule anywhere below. */
export function hasRules(schema: Schema): boolean {
  let known = ruled.get(schema);
  if (known === undefined) {
    const items = itemsOf(schema);
    const additional = additionalOf(schema);
    known =
      (schema[RULES] ?? []).length > 0 ||
      (items !== undefined && hasRules(items)) ||
      (typeof additional === "object" && hasRules(additional)) ||
      Object.values(schema.properties ?? {}).some(hasRules);
    ruled.set(schema, known);
  }
  return known;
}

class RuleWalk {
  readonly errors: FieldError[] = [];
  private budget = BUDGET;

  visit(place: Place, value: unknown, old: unknown): void {
    if (value === null || value === undefined || this.budget < 0) return;
    this.evaluateAt(place, value, old);
    if (Array.isArray(value)) this.visitItems(place, value, old);
    else if (isObject(value)) this.visitFields(place, value, old);
  }

  private visitItems({ schema, path }: Place, list: readonly unknown[], old: unknown): void {
    const items = itemsOf(schema);
    if (items === undefined || !hasRules(items)) return;
    const isMap = schema[LIST_TYPE] === "map";
    const before = isMap && Array.isArray(old) ? (old as unknown[]) : [];
    for (const [index, item] of list.entries()) {
      const identity = isMap ? keysOf(item, schema) : {};
      const match = before.find((candidate) => deepEqual(keysOf(candidate, schema), identity));
      this.visit({ schema: items, path: `${path}[${index}]`, isRoot: items[EMBEDDED] === true }, item, match);
    }
  }

  private visitFields({ schema, path }: Place, object: Record<string, unknown>, old: unknown): void {
    const before = schema[MAP_TYPE] === "atomic" || !isObject(old) ? {} : old;
    const additional = additionalOf(schema);
    for (const [key, item] of Object.entries(object)) {
      const property = propertyOf(schema, key);
      const inner = property ?? (typeof additional === "object" ? additional : undefined);
      if (inner === undefined || !hasRules(inner)) continue;
      const at = property === undefined ? `${path}[${key}]` : child(path, key);
      this.visit({ schema: inner, path: at, isRoot: inner[EMBEDDED] === true }, item, before[key]);
    }
  }

  private evaluateAt(place: Place, value: unknown, old: unknown): void {
    const compiled = rulesAt(place.schema, place.isRoot);
    if (compiled === undefined) return;
    const self = toCel(value, compiled.type);
    const oldSelf = old === undefined || old === null ? undefined : toCel(old, compiled.type);
    for (const rule of compiled.rules) {
      if (this.budget < 0) return;
      const optional = rule.rule.optionalOldSelf === true;
      if (rule.usesOldSelf && oldSelf === undefined && !optional) continue;
      this.evaluateOne(place, rule, {
        self,
        oldSelf: optional ? optionalOf(oldSelf) : oldSelf,
        unchanged: old !== undefined && !rule.usesOldSelf && deepEqual(value, old),
      });
    }
  }

  private evaluateOne(
    { schema, path }: Place,
    { rule, program, error, message }: CompiledRule,
    { self, oldSelf, unchanged }: { self: unknown; oldSelf: unknown; unchanged: boolean },
  ): void {
    const at = path === "" ? "<nil>" : path;
    const complain = (detail: string): void => {
      this.errors.push(invalidValue(at, schema.type ?? "", detail));
    };
    if (program === undefined) {
      complain(`rule compile error: ${error}`);
      return;
    }
    const result = evaluate(program, { self, oldSelf });
    this.budget -= result.cost;
    if (this.budget < 0) return complain(OUT_OF_BUDGET);
    if (result.error !== undefined) {
      complain(failureText(result.error, ruleText(rule)));
      if (result.error.startsWith("operation cancelled")) this.budget = -1;
      return;
    }
    if (result.value === true || unchanged) return;
    const said = message === undefined ? undefined : messageOf(evaluate(message, { self, oldSelf }).value);
    const detail = said ?? (rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`);
    this.errors.push(errorForReason(rule, [pathOf(rule, schema, path), schema.type ?? ""], detail));
  }
}

function pathOf({ fieldPath = "" }: ValidationRule, schema: Schema, path: string): string {
  const below = fieldPath === "" ? "" : fieldPathSchema(schema, fieldPath.trim(), { brackets: true }).text;
  if (below === "") return path === "" ? "<nil>" : path;
  return child(path, below);
}

function errorForReason({ reason }: ValidationRule, [path, value]: [string, string], detail: string): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbiddenField(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return duplicate(path, value);
    default:
      return invalidValue(path, value, detail);
  }
}

function ruleText({ rule, message = "" }: ValidationRule): string {
  return (message === "" ? rule : message).trim();
}

function failureText(error: string, rule: string): string {
  if (error.startsWith("no such overload")) {
    return `'${error}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  }
  if (error.startsWith("operation cancelled")) {
    return `'${error}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  }
  return `${error} evaluating rule: ${rule}`;
}

/** Undefined for a message that can't be used. */
function messageOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return text === "" || text.length > MAX_MESSAGE || text.includes("\n") ? undefined : text;
}
