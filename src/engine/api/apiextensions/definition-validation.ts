/**
 * Upstream: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go. Paths are those of the internal
 * version, as messages show them: what all versions have alike stands at the top (`spec.validation`).
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
} from "../generated/types.ts";
import { invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label, isDNS1123Subdomain } from "../meta/names.ts";
import { validateImmutable } from "../meta/validate-meta.ts";
import { conditionIsTrue } from "./definition-conditions.ts";
import { validateApproval } from "./approval.ts";
import { validateConversion } from "./conversion-validation.ts";
import { validateVersions } from "./version-validation.ts";

const PRESERVE_UNKNOWN =
  "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";

export function validateDefinition(definition: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  const { metadata, spec, status } = definition;
  const { names, group } = spec;
  const errors: FieldError[] = [];
  if (metadata.name !== "" && metadata.name !== `${names?.plural ?? ""}.${group}`) {
    errors.push(invalidValue("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  errors.push(...validateSpec(spec), ...validateDefinitionStatus(status), ...validateApproval(definition, old));
  if (spec.preserveUnknownFields === true) {
    errors.push(invalidValue("spec.preserveUnknownFields", true, PRESERVE_UNKNOWN));
  }
  return errors;
}

export function validateDefinitionUpdate(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition,
): FieldError[] {
  const { spec, status } = definition;
  const errors = validateDefinition(definition, old);
  if (conditionIsTrue(old, "Established")) {
    validateImmutable(spec.scope, old.spec.scope, "spec.scope", errors);
    validateImmutable(spec.names?.kind, old.spec.names?.kind, "spec.names.kind", errors);
  }
  validateImmutable(spec.group, old.spec.group, "spec.group", errors);
  validateImmutable(spec.names?.plural, old.spec.names?.plural, "spec.names.plural", errors);
  return [...errors, ...validateStoredVersions(status?.storedVersions ?? [], spec.versions ?? [])];
}

export function validateDefinitionStatus(status: CustomResourceDefinitionStatus | undefined): FieldError[] {
  const names = status?.acceptedNames;
  return names === undefined ? [] : validateNames(names, "status.acceptedNames");
}

function validateStoredVersions(
  stored: readonly string[],
  versions: readonly CustomResourceDefinitionVersion[],
): FieldError[] {
  const path = "status.storedVersions";
  if (stored.length === 0) return [invalidValue(path, stored, "must have at least one stored version")];
  const named = new Set(versions.map(({ name }) => name));
  const missing = versions.filter(({ name, storage }) => storage && !stored.includes(name));
  return [
    ...missing.map(({ name }) => invalidValue(path, stored, `must have the storage version ${name ?? ""}`)),
    ...stored.flatMap((name, index) => {
      if (named.has(name)) return [];
      const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
      return [invalidValue(`${path}[${index}]`, name, why)];
    }),
  ];
}

function validateSpec(spec: CustomResourceDefinitionSpec): FieldError[] {
  const { group = "", scope = "", names, conversion } = spec;
  const versions = spec.versions ?? [];
  const errors: FieldError[] = [];
  if (group === "") errors.push(required("spec.group"));
  else {
    const wrong = isDNS1123Subdomain(group);
    if (wrong.length > 0) errors.push(invalidValue("spec.group", group, wrong.join(",")));
    else if (!group.includes(".")) {
      errors.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
    }
  }
  if (scope === "") errors.push(required("spec.scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    errors.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  errors.push(...validateVersions(versions));
  for (const field of ["plural", "singular", "kind", "listKind"] as const) {
    if ((names?.[field] ?? "") === "") errors.push(required(`spec.names.${field}`));
  }
  if (names !== undefined) errors.push(...validateNames(names, "spec.names"));
  errors.push(...validateConversion(conversion));
  return errors;
}

function validateNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural = "", singular = "", kind = "", listKind = "", shortNames = [], categories = [] } = names;
  const label = (field: string, value: string, mixedCase = false): FieldError[] => {
    const wrong = value === "" ? [] : isDNS1035Label(mixedCase ? value.toLowerCase() : value);
    const prefix = mixedCase ? "may have mixed case, but should otherwise match: " : "";
    return wrong.length === 0 ? [] : [invalidValue(`${path}.${field}`, value, prefix + wrong.join(","))];
  };
  const same = invalidValue(`${path}.listKind`, listKind, "kind and listKind may not be the same");
  return [
    ...label("plural", plural),
    ...label("singular", singular),
    ...label("kind", kind, true),
    ...label("listKind", listKind, true),
    ...shortNames.flatMap((name, index) => label(`shortNames[${index}]`, name)),
    ...(kind !== "" && kind === listKind ? [same] : []),
    ...categories.flatMap((name, index) => label(`categories[${index}]`, name)),
  ];
}
