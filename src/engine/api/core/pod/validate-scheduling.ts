/**
 * What steers scheduling: affinity, tolerations, spreading, gates.
 * Upstream: pkg/apis/core/validation/validation.go (validateAffinity, ValidateTolerations, validateTopologySpreadConstraints).
 */
import type {
  Affinity,
  NodeSelector,
  LabelSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from "../../generated/types.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  notSupportedInOrder,
  required,
  type FieldError,
} from "../../meta/field-error.ts";
import { isDNS1123Label, isDNS1123Subdomain, isLabelValue, isQualifiedName } from "../../meta/names.ts";
import { validateLabelName, validateLabelSelector, validateOperands } from "../../meta/validate-meta.ts";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const FIELD_KEYS = ["metadata.name"];

/** Upstream: validateReadinessGates, validateSchedulingGates. */
export function validatePodGates(spec: PodSpec, field: string, errors: FieldError[]): void {
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    const path = `${field}.readinessGates[${index}].conditionType`;
    for (const text of isQualifiedName(conditionType ?? "")) errors.push(invalidValue(path, conditionType, text));
  }
  validateGates(spec.schedulingGates ?? [], `${field}.schedulingGates`, errors);
}

function validateGates(gates: readonly { name: string }[], field: string, errors: FieldError[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of gates.entries()) {
    for (const text of isQualifiedName(name ?? "")) errors.push(invalidValue(`${field}[${index}]`, name, text));
    if (seen.has(name)) errors.push(duplicate(`${field}[${index}]`, name));
    seen.add(name);
  }
}

export function validateTolerations(tolerations: readonly Toleration[], field: string, errors: FieldError[]): void {
  for (const [index, toleration] of tolerations.entries()) {
    const path = `${field}[${index}]`;
    const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
    if (key !== "") validateLabelName(key, `${path}.key`, errors);
    if (key === "" && operator !== "Exists") {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(`${path}.operator`, operator, detail));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      errors.push(invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === "Equal" || operator === "") {
      const texts = isLabelValue(value);
      if (texts.length > 0) errors.push(invalidValue(`${path}.operator`, value, texts.join(";")));
    } else if (operator === "Exists") {
      if (value !== "") {
        errors.push(invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
      }
    } else errors.push(notSupported(`${path}.operator`, operator, ["Equal", "Exists"]));
    if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupportedInOrder(`${path}.effect`, effect, EFFECTS));
  }
}

export function validateSpread(
  constraints: readonly TopologySpreadConstraint[],
  field: string,
  errors: FieldError[],
): void {
  const policies = ["Honor", "Ignore"];
  for (const [index, constraint] of constraints.entries()) {
    const path = `${field}[${index}]`;
    const { maxSkew = 0, topologyKey = "", whenUnsatisfiable = "", minDomains, labelSelector } = constraint;
    if (maxSkew <= 0) errors.push(invalidValue(`${path}.maxSkew`, maxSkew, "must be greater than zero"));
    if (topologyKey === "") errors.push(required(`${path}.topologyKey`, "can not be empty"));
    if (!["DoNotSchedule", "ScheduleAnyway"].includes(whenUnsatisfiable)) {
      const supported = ["DoNotSchedule", "ScheduleAnyway"];
      errors.push(notSupported(`${path}.whenUnsatisfiable`, whenUnsatisfiable, supported));
    }
    const repeated = constraints
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeated) {
      const tuple = `{${topologyKey}, ${whenUnsatisfiable}}`;
      errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, tuple));
    }
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalidValue(`${path}.minDomains`, minDomains, "must be greater than zero"));
      if (whenUnsatisfiable !== "DoNotSchedule") {
        const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.push(invalidValue(`${path}.minDomains`, minDomains, detail));
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[name];
      if (policy !== undefined && !policies.includes(policy)) {
        errors.push(notSupported(`${path}.${name}`, policy, policies));
      }
    }
    validateMatchLabelKeys(constraint, path, errors);
    if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${path}.labelSelector`, errors);
  }
}

function validateMatchLabelKeys(constraint: TopologySpreadConstraint, path: string, errors: FieldError[]): void {
  const { matchLabelKeys = [], labelSelector } = constraint;
  if (matchLabelKeys.length === 0) return;
  if (labelSelector === undefined) {
    errors.push(forbiddenField(`${path}.matchLabelKeys`, "must not be specified when labelSelector is not set"));
  }
  const used = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  for (const [index, key] of matchLabelKeys.entries()) {
    validateLabelName(key, `${path}.matchLabelKeys[${index}]`, errors);
    if (used.has(key)) {
      const detail = "exists in both matchLabelKeys and labelSelector";
      errors.push(invalidValue(`${path}.matchLabelKeys[${index}]`, key, detail));
    }
  }
}

export function validateAffinity(affinity: Affinity, field: string, errors: FieldError[]): void {
  const node = affinity.nodeAffinity;
  if (node !== undefined) {
    const path = `${field}.nodeAffinity`;
    const needed = node.requiredDuringSchedulingIgnoredDuringExecution;
    if (needed !== undefined) {
      validateNodeSelector(needed, `${path}.requiredDuringSchedulingIgnoredDuringExecution`, errors);
    }
    for (const [index, item] of (node.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      validateWeight(item.weight, `${at}.weight`, errors);
      // Values of preferences are not checked: they may never match.
      validateNodeTerm(item.preference, `${at}.preference`, { errors, checkValues: false });
    }
  }
  for (const name of ["podAffinity", "podAntiAffinity"] as const) {
    const pod = affinity[name];
    const base = `${field}.${name}`;
    for (const [index, term] of (pod?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      validatePodTerm(term, `${base}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, errors);
    }
    const preferred: readonly WeightedPodAffinityTerm[] = pod?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [index, { weight, podAffinityTerm }] of preferred.entries()) {
      const at = `${base}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      validateWeight(weight, `${at}.weight`, errors);
      validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`, errors);
    }
  }
}

function validateWeight(weight: number, field: string, errors: FieldError[]): void {
  if (!(weight >= 1 && weight <= 100)) errors.push(invalidValue(field, weight ?? 0, "must be in the range 1-100"));
}

export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, field: string, errors: FieldError[]): void {
  const terms = nodeSelectorTerms ?? [];
  const at = `${field}.nodeSelectorTerms`;
  if (terms.length === 0) errors.push(required(at, "must have at least one node selector term"));
  for (const [index, term] of terms.entries()) {
    validateNodeTerm(term, `${at}[${index}]`, { errors, checkValues: true });
  }
}

function validateNodeTerm(
  term: NodeSelectorTerm | undefined,
  field: string,
  { errors, checkValues }: { errors: FieldError[]; checkValues: boolean },
): void {
  for (const [index, requirement] of (term?.matchExpressions ?? []).entries()) {
    const path = `${field}.matchExpressions[${index}]`;
    validateNodeRequirement(requirement, path, errors);
    validateLabelName(requirement.key ?? "", `${path}.key`, errors);
    if (!checkValues) continue;
    for (const [at, value] of (requirement.values ?? []).entries()) {
      for (const text of isLabelValue(value)) errors.push(invalidValue(`${path}.values[${at}]`, value, text));
    }
  }
  for (const [index, { key = "", operator = "", values = [] }] of (term?.matchFields ?? []).entries()) {
    const path = `${field}.matchFields[${index}]`;
    if (operator !== "In" && operator !== "NotIn") {
      errors.push(invalidValue(`${path}.operator`, operator, "not a valid selector operator"));
    } else if (values.length !== 1) {
      const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(`${path}.values`, detail));
    }
    if (!FIELD_KEYS.includes(key)) {
      errors.push(invalidValue(`${path}.key`, key, "not a valid field selector key"));
      continue;
    }
    for (const [at, value] of values.entries()) {
      for (const text of isDNS1123Subdomain(value)) errors.push(invalidValue(`${path}.values[${at}]`, value, text));
    }
  }
}

function validateNodeRequirement(requirement: NodeSelectorRequirement, path: string, errors: FieldError[]): void {
  const { operator = "", values = [] } = requirement;
  if (validateOperands({ operator, values }, path, errors)) return;
  if (operator !== "Gt" && operator !== "Lt") {
    errors.push(invalidValue(`${path}.operator`, operator, "not a valid selector operator"));
  } else if (values.length !== 1) {
    errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  }
}

function validatePodTerm(given: PodAffinityTerm | undefined, field: string, errors: FieldError[]): void {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = "", ...keys } = given ?? { topologyKey: "" };
  if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${field}.labelSelector`, errors);
  if (namespaceSelector !== undefined) validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`, errors);
  for (const name of namespaces) {
    for (const text of isDNS1123Label(name)) errors.push(invalidValue(`${field}.namespace`, name, text));
  }
  validateTermLabelKeys(keys, labelSelector, { field, errors });
  if (topologyKey === "") errors.push(required(`${field}.topologyKey`, "can not be empty"));
  validateLabelName(topologyKey, `${field}.topologyKey`, errors);
}

/** Keys whose values a term takes from the pod itself (upstream: validateMatchLabelKeysAndMismatchLabelKeys). */
function validateTermLabelKeys(
  { matchLabelKeys = [], mismatchLabelKeys = [] }: Pick<PodAffinityTerm, "matchLabelKeys" | "mismatchLabelKeys">,
  selector: LabelSelector | undefined,
  { field, errors }: { field: string; errors: FieldError[] },
): void {
  for (const [name, keys] of Object.entries({ matchLabelKeys, mismatchLabelKeys })) {
    const path = `${field}.${name}`;
    if (keys.length > 0 && selector === undefined) {
      errors.push(forbiddenField(path, "must not be specified when labelSelector is not set"));
      continue;
    }
    for (const [index, key] of keys.entries()) validateLabelName(key, `${path}[${index}]`, errors);
  }
  // The server itself has put a requirement for each key into the selector: only a second one is a mistake.
  const asked = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = matchLabelKeys.indexOf(key);
    if (index >= 0 && asked.has(key)) {
      errors.push(invalidValue(`${field}[${index}]`, key, "exists in both matchLabelKeys and labelSelector"));
    }
    asked.add(key);
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const detail = "exists in both matchLabelKeys and mismatchLabelKeys";
    errors.push(invalidValue(`${field}.matchLabelKeys[${index}]`, key, detail));
  }
}
