/**
 * The rules of a definition, compiled when it is written. Upstream: ValidateCustomResourceDefinitionOpenAPISchema of
 * apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go.
 * Simplified: what a rule may cost isn't estimated beforehand.
 */
import type { CustomResourceDefinition, ValidationRule } from "../../api/generated/types.ts";
import { invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import { partPath } from "../../api/apiextensions/version-validation.ts";
import {
  additionalOf,
  EMBEDDED,
  itemsOf,
  LIST_TYPE,
  MAP_TYPE,
  RULES,
  type Schema,
} from "../../api/apiextensions/schema/schema-nodes.ts";
import { hasRules } from "./rule-evaluation.ts";
import { rulesAt } from "./rule-programs.ts";

interface Place {
  path: string;
  isRoot: boolean;
  /** The place above whose old and new parts can't be matched, so that there is no oldSelf below. */
  uncorrelatable: string | undefined;
}

export function checkRules({ spec }: CustomResourceDefinition): FieldError[] {
  const seen = new Set<string>();
  return spec.versions.flatMap(({ schema }, index) => {
    const root = schema?.openAPIV3Schema;
    const path = `${partPath(spec.versions, "schema", index)}.openAPIV3Schema`;
    if (root === undefined || seen.has(path)) return [];
    seen.add(path);
    const errors: FieldError[] = [];
    visit(root, { path, isRoot: true, uncorrelatable: undefined }, errors);
    return errors;
  });
}

function visit(schema: Schema, place: Place, errors: FieldError[]): void {
  if (!hasRules(schema)) return;
  const { path, uncorrelatable } = place;
  const additional = additionalOf(schema);
  const items = itemsOf(schema);
  const within = (isCorrelatable: boolean): string | undefined => uncorrelatable ?? (isCorrelatable ? undefined : path);
  const inner = (child: Schema, at: string, isCorrelatable: boolean): void =>
    visit(child, { path: at, isRoot: child[EMBEDDED] === true, uncorrelatable: within(isCorrelatable) }, errors);
  if (typeof additional === "object") inner(additional, `${path}.additionalProperties`, true);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    inner(property, `${path}.properties[${name}]`, schema[MAP_TYPE] !== "atomic");
  }
  if (items !== undefined) inner(items, `${path}.items`, schema[LIST_TYPE] === "map");
  checkPlace(schema, place, errors);
}

function checkPlace(schema: Schema, { path, isRoot, uncorrelatable }: Place, errors: FieldError[]): void {
  for (const [index, compiled] of (rulesAt(schema, isRoot)?.rules ?? []).entries()) {
    const { rule, error, messageError, usesOldSelf } = compiled;
    const at = `${path}.${RULES}[${index}]`;
    if (error !== undefined) errors.push(invalidValue(`${at}.rule`, internalRule(rule), error));
    if (messageError !== undefined) {
      errors.push(invalidValue(`${at}.messageExpression`, internalRule(rule), messageError));
    }
    if (usesOldSelf && uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      errors.push(invalidValue(`${at}.rule`, rule.rule, why));
    } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
      const why = "may not be set if oldSelf is not used in rule";
      errors.push(invalidValue(`${at}.optionalOldSelf`, rule.optionalOldSelf, why));
    }
  }
}

/** As messages show a rule: by the names of the internal version. */
function internalRule(rule: ValidationRule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}
