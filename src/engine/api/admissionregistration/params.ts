/**
 * Objects that parametrize a policy: their kind in the policy, which of them in the binding. Upstream: validateParamKind and
 * validateParamRef of pkg/apis/admissionregistration/validation/validation.go.
 */
import type { ParamKind, ParamRef } from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label, isDNS1123Subdomain, isPathSegment } from "../meta/names.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";

const NOT_BOTH = "name and selector are mutually exclusive";
const ACTIONS = ["Allow", "Deny"];
const UNSET = "<unset>";

export function validateParamKind(
  { apiVersion = "", kind = "" }: ParamKind,
  field: string,
  errors: FieldError[],
): void {
  const path = `${field}.apiVersion`;
  const [first = "", second, ...rest] = apiVersion.split("/");
  const group = second === undefined ? "" : first;
  const version = second ?? first;
  if (apiVersion === "") errors.push(required(path));
  else if (rest.length > 0) {
    errors.push(invalidValue(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const wrongGroup = group === "" ? [] : isDNS1123Subdomain(group);
    if (wrongGroup.length > 0) errors.push(invalidValue(path, group, wrongGroup.join(",")));
    const wrongVersion = isDNS1035Label(version);
    if (version === "") errors.push(invalidValue(path, apiVersion, "version must be specified"));
    else if (wrongVersion.length > 0) errors.push(invalidValue(path, version, wrongVersion.join(",")));
  }
  if (kind === "") errors.push(required(`${field}.kind`));
  else {
    const wrong = isDNS1035Label(kind.toLowerCase());
    if (wrong.length === 0) return;
    const why = `may have mixed case, but should otherwise match: ${wrong.join(",")}`;
    errors.push(invalidValue(`${field}.kind`, kind, why));
  }
}

export function validateParamRef(ref: ParamRef | undefined, field: string, errors: FieldError[]): void {
  if (ref === undefined) return;
  const { name = "", selector, parameterNotFoundAction: action = "" } = ref;
  for (const text of isPathSegment(name)) errors.push(invalidValue(`${field}.name`, name, text));
  if (name !== "" && selector !== undefined) errors.push(forbiddenField(`${field}.name`, NOT_BOTH));
  if (selector !== undefined) validateLabelSelector(selector, `${field}.selector`, errors);
  if (name !== "" && selector !== undefined) errors.push(forbiddenField(`${field}.selector`, NOT_BOTH));
  if (name === "" && selector === undefined) errors.push(required(field, "one of name or selector must be specified"));
  if (action === "") errors.push(required(`${field}.parameterNotFoundAction`));
  else if (!ACTIONS.includes(action)) errors.push(notSupported(`${field}.parameterNotFoundAction`, action, ACTIONS));
}

/** The cell of a policy's parameters. */
export function paramKindCell(kind: ParamKind | undefined): string {
  return kind === undefined ? UNSET : `${kind.apiVersion}/${kind.kind}`;
}

/** The cell of a binding's parameters. Without a namespace they may be cluster-scoped or not. */
export function paramRefCell(ref: ParamRef | undefined): string {
  if (ref === undefined) return UNSET;
  const { name = "", namespace = "", selector } = ref;
  if (name !== "") return `${namespace === "" ? "*" : namespace}/${name}`;
  if (selector === undefined) return UNSET;
  const labels = Object.entries(selector.matchLabels ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],}`,
  );
  const shown = labels.map(([key, value]) => `${key}: ${value},`).join("");
  const list = expressions.map((text) => `${text},`).join("");
  return `&LabelSelector{MatchLabels:map[string]string{${shown}},MatchExpressions:[]LabelSelectorRequirement{${list}},}`;
}
