/** Which names a definition gets. Upstream: apiextensions-apiserver pkg/controller/status/naming_controller.go. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import { findCondition, withCondition } from "../../api/apiextensions/definition-conditions.ts";

type Condition = CustomResourceDefinitionCondition;

const NO_NAMES: CustomResourceDefinitionNames = { kind: "", plural: "" };

/**
 * The definition with names and conditions as they should be, the same one when they are. `group` is every definition
 * of its group.
 */
export function withNames(
  definition: CustomResourceDefinition,
  group: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinition {
  const accepted = definition.status.acceptedNames ?? NO_NAMES;
  if (deepEqual(definition.spec.names, accepted)) return definition;
  const { names, conflict } = accept(definition.spec.names, accepted, taken(group));
  const naming: Condition =
    conflict === undefined
      ? { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" }
      : { type: "NamesAccepted", status: "False", reason: conflict.reason, message: conflict.message };
  const old = findCondition(definition, "NamesAccepted");
  if (deepEqual(names, accepted) && sameCondition(naming, old)) return definition;
  const conditions = withCondition(definition.status.conditions ?? [], naming, now);
  const established = establishedCondition(definition, conflict === undefined);
  return {
    ...definition,
    status: { ...definition.status, acceptedNames: names, conditions: withCondition(conditions, established, now) },
  };
}

function establishedCondition(definition: CustomResourceDefinition, accepted: boolean): Condition {
  const old = findCondition(definition, "Established");
  if (old?.status === "True") return old;
  const type = "Established";
  if (accepted) {
    return { type, status: "False", reason: "Installing", message: "the initial names have been accepted" };
  }
  return old ?? { type, status: "False", reason: "NotAccepted", message: "not all names are accepted" };
}

function sameCondition(a: Condition, b: Condition | undefined): boolean {
  return a.status === b?.status && a.reason === b.reason && a.message === b.message;
}

interface Taken {
  resources: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
}

function taken(group: readonly CustomResourceDefinition[]): Taken {
  const accepted = group.flatMap(({ status }) => status.acceptedNames ?? []);
  return {
    resources: new Set(
      accepted.flatMap(({ plural, singular = "", shortNames = [] }) => [plural, singular, ...shortNames]),
    ),
    kinds: new Set(accepted.flatMap(({ kind, listKind = "" }) => [kind, listKind])),
  };
}

interface Verdict {
  names: CustomResourceDefinitionNames;
  /** The last name that somebody else has. */
  conflict?: { reason: string; message: string };
}

/** Each name that is free, or its own already, is taken; the others stay as they were. */
function accept(
  wanted: CustomResourceDefinitionNames,
  accepted: CustomResourceDefinitionNames,
  { resources, kinds }: Taken,
): Verdict {
  const verdict: Verdict = { names: { ...accepted } };
  const single = (
    field: "plural" | "singular" | "kind" | "listKind",
    reason: string,
    used: ReadonlySet<string>,
  ): void => {
    const name = wanted[field] ?? "";
    if (name === (accepted[field] ?? "") || !used.has(name)) verdict.names[field] = name;
    else verdict.conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
  };
  single("plural", "PluralConflict", resources);
  single("singular", "SingularConflict", resources);
  const { shortNames = [] } = wanted;
  const own = new Set([...(accepted.shortNames ?? []), accepted.plural, accepted.singular]);
  const clashes = shortNames.filter((name) => !own.has(name) && resources.has(name));
  if (clashes.length === 0) setOrDelete(verdict.names, "shortNames", wanted.shortNames);
  else {
    const texts = clashes.map((name) => `${JSON.stringify(name)} is already in use`);
    const message = texts.length === 1 ? String(texts[0]) : `[${texts.join(", ")}]`;
    verdict.conflict = { reason: "ShortNamesConflict", message };
  }
  single("kind", "KindConflict", kinds);
  single("listKind", "ListKindConflict", kinds);
  setOrDelete(verdict.names, "categories", wanted.categories);
  return verdict;
}

function setOrDelete(names: CustomResourceDefinitionNames, field: "shortNames" | "categories", value?: string[]): void {
  if (value === undefined) delete names[field];
  else names[field] = value;
}
