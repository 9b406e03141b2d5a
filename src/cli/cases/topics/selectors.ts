/** Label and field selectors, and `metav1.LabelSelector` objects. */
import type { LabelSelector } from "../../../engine/api/generated/types.ts";
import {
  escapeFieldValue,
  FieldSelector,
  parseFieldSelector,
  splitTerm,
  splitTerms,
  unescapeFieldValue,
} from "../../../engine/api/meta/field-selectors.ts";
import { requirementErrors } from "../../../engine/api/meta/label-requirement.ts";
import {
  labelSelectorAsMap,
  labelSelectorAsSelector,
  parseLabelSelector,
  Selector,
  selectorFromLabels,
  type Requirement,
} from "../../../engine/api/meta/selectors.ts";
import { defineTopic, expectEqual, thrownBy, unknownKind, type DataCase, type Failure } from "../topic.ts";

/** Which fields a case has depends on its kind. */
interface SelectorCase extends DataCase {
  selector: string;
  canonical?: string;
  requirements?: Requirement[];
  labels: Record<string, string>;
  matchLabels: Record<string, string>;
  fields: Record<string, string>;
  matchFields: Record<string, string>;
  matches: boolean;
  key: string;
  operator: Requirement["operator"];
  values: string[];
  errors: { field: string; type: string }[];
  string: string;
  labelSelector: LabelSelector | null;
  map: Record<string, string> | null;
  error?: boolean;
  terms: string[];
  term: string;
  lhs: string;
  op: string;
  rhs: string;
  ok: boolean;
  raw: string;
  escaped: string;
  a: string;
  b: string;
}

export const selectors = defineTopic<SelectorCase>({
  topic: "selectors",
  run: (item) => (item.kind.startsWith("field") ? runField(item) : runLabel(item)),
});

function fails(action: () => unknown): Failure {
  return expectEqual("an error", thrownBy(action) === undefined ? "no error" : "an error");
}

/** The values of a requirement are a set. */
function asSet(requirements: readonly Requirement[]): unknown {
  return requirements.map(({ key, operator, values }) => ({ key, operator, values: [...new Set(values)].sort() }));
}

function runLabel(item: SelectorCase): Failure {
  const { kind, selector, labels, matches, requirements = [] } = item;
  switch (kind) {
    case "labelParse": {
      const parsed = parseLabelSelector(selector);
      const text = item.canonical === undefined ? undefined : expectEqual(item.canonical, parsed.toString());
      if (text !== undefined || item.requirements === undefined) return text;
      return expectEqual(asSet(item.requirements), asSet(parsed.requirements));
    }
    case "labelInvalid":
      return fails(() => parseLabelSelector(selector));
    case "labelMatch":
      return expectEqual(matches, parseLabelSelector(selector).matches(labels));
    case "labelSetMatch":
      return expectEqual(matches, selectorFromLabels(item.matchLabels).matches(labels));
    case "labelRequirement": {
      const { key, operator, values } = item;
      const errors = requirementErrors({ key, operator, values });
      return expectEqual(
        item.errors,
        errors.map(({ field, type }) => ({ field, type })),
      );
    }
    case "labelFormat":
      return expectEqual(item.string, new Selector(requirements).toString());
    case "labelRequirementsMatch":
      return expectEqual(matches, new Selector(requirements).matches(labels));
    case "labelSelectorObject":
      return selectorObject(item);
    case "labelSelectorAsMap":
      if (item.error === true) return fails(() => labelSelectorAsMap(item.labelSelector));
      return expectEqual(item.map, labelSelectorAsMap(item.labelSelector) ?? null);
    case "labelSameSelector":
      return expectEqual(parseLabelSelector(item.a).toString(), parseLabelSelector(item.b).toString());
    default:
      return unknownKind(kind);
  }
}

function selectorObject({ labelSelector, selector, error }: SelectorCase): Failure {
  if (error === true) return fails(() => labelSelectorAsSelector(labelSelector));
  const made = labelSelectorAsSelector(labelSelector);
  if (selector === "<nothing>") return expectEqual(true, made.matchesNothing);
  if (selector === "<everything>") return expectEqual(true, made.matchesEverything);
  return expectEqual(parseLabelSelector(selector).toString(), parseLabelSelector(made.toString()).toString());
}

function runField(item: SelectorCase): Failure {
  const { kind, selector, fields, matches } = item;
  const read = (field: string): string => fields[field] ?? "";
  switch (kind) {
    case "fieldParse":
      return expectEqual(item.canonical, parseFieldSelector(selector).toString());
    case "fieldInvalid":
      return fails(() => parseFieldSelector(selector));
    case "fieldMatch":
      return expectEqual(matches, parseFieldSelector(selector).matches(read));
    case "fieldSetMatch": {
      const terms = Object.entries(item.matchFields);
      const set = new FieldSelector(terms.map(([field, value]) => ({ field, operator: "=" as const, value })));
      return expectEqual(matches, set.matches(read));
    }
    case "fieldSplitTerms":
      return expectEqual(item.terms, splitTerms(selector));
    case "fieldSplitTerm": {
      const parts = splitTerm(item.term);
      const got = {
        lhs: parts?.field ?? "",
        op: parts?.operator ?? "",
        rhs: parts?.value ?? "",
        ok: parts !== undefined,
      };
      return expectEqual({ lhs: item.lhs, op: item.op, rhs: item.rhs, ok: item.ok }, got);
    }
    case "fieldEscape":
      return (
        expectEqual(item.escaped, escapeFieldValue(item.raw)) ?? expectEqual(item.raw, unescapeFieldValue(item.escaped))
      );
    case "fieldInvalidEscape":
      return fails(() => unescapeFieldValue(item.escaped));
    case "fieldSameSelector":
      return expectEqual(parseFieldSelector(item.a).toString(), parseFieldSelector(item.b).toString());
    default:
      return unknownKind(kind);
  }
}
