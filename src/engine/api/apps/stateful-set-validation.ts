/** Upstream: ValidateStatefulSetSpec, ValidateStatefulSetUpdate, ValidateStatefulSetStatus in pkg/apis/apps/validation. */
import { deepEqual } from "../../base/json.ts";
import type {
  PodTemplateSpec,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetStatus,
  StatefulSetUpdateStrategy,
  Volume,
} from "../generated/types.ts";
import { validateClaimSpec } from "../core/persistent-volume-claim/validation.ts";
import { validatePodTemplate } from "../core/pod/validation.ts";
import { forbiddenField, invalidValue, notSupportedInOrder, required, type FieldError } from "../meta/field-error.ts";
import {
  intOrPercentValue,
  validateNotMoreThan100Percent,
  validatePositiveIntOrPercent,
} from "../meta/int-or-percent.ts";
import { isDNS1123Label } from "../meta/names.ts";
import { labelSelectorAsSelector, SelectorError } from "../meta/selectors.ts";
import { memoize } from "../meta/share.ts";
import { validateEndlessPods } from "./validation.ts";
import { validateLabelSelector, validateNonnegative } from "../meta/validate-meta.ts";

const RETENTION_POLICIES = ["Retain", "Delete"];
const MUTABLE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  const errors = validateSpec(spec, { serviceName: true, template: true });
  for (const [index, claim] of (spec?.volumeClaimTemplates ?? []).entries()) {
    validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
  }
  return errors;
}

/** What was stored invalid may stay so: its service name always, its template when its spec has other faults too. */
export function validateStatefulSetUpdate({ spec }: StatefulSet, old: StatefulSet): FieldError[] {
  let errors = validateSpec(spec, { serviceName: false, template: true });
  if (errors.length > 0 && validateSpec(old.spec, { serviceName: true, template: true }).length > 0) {
    errors = validateSpec(spec, { serviceName: false, template: false });
  }
  const rest: StatefulSetSpec = {
    ...spec,
    replicas: old.spec.replicas,
    ordinals: old.spec.ordinals,
    template: old.spec.template,
    updateStrategy: old.spec.updateStrategy,
    revisionHistoryLimit: old.spec.revisionHistoryLimit,
    persistentVolumeClaimRetentionPolicy: old.spec.persistentVolumeClaimRetentionPolicy,
    minReadySeconds: old.spec.minReadySeconds,
  };
  if (!deepEqual(rest, old.spec)) errors.push(forbiddenField("spec", MUTABLE));
  return errors;
}

function validateSpec(
  spec: StatefulSetSpec = {} as StatefulSetSpec,
  check: { serviceName: boolean; template: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec.podManagementPolicy ?? "";
  if (policy === "") errors.push(required("spec.podManagementPolicy"));
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    errors.push(invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  validateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
  for (const name of ["whenDeleted", "whenScaled"] as const) {
    const retention = spec.persistentVolumeClaimRetentionPolicy;
    if (retention === undefined || RETENTION_POLICIES.includes(retention[name] ?? "")) continue;
    const field = `spec.persistentVolumeClaimRetentionPolicy.${name}`;
    errors.push(notSupportedInOrder(field, retention[name] ?? "", RETENTION_POLICIES));
  }
  validateNonnegative(spec.replicas, "spec.replicas", errors);
  validateNonnegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  validateNonnegative(spec.ordinals?.start, "spec.ordinals.start", errors);
  const { serviceName = "" } = spec;
  if (check.serviceName && serviceName !== "") {
    for (const text of isDNS1123Label(serviceName)) errors.push(invalidValue("spec.serviceName", serviceName, text));
  }
  validateSelectorAndTemplate(spec, check.template, errors);
  return errors;
}

function validateStrategy(strategy: StatefulSetUpdateStrategy, field: string, errors: FieldError[]): void {
  const { type = "", rollingUpdate } = strategy;
  if (type === "") errors.push(required(field));
  else if (type === "OnDelete") {
    if (rollingUpdate === undefined) return;
    const detail = "only allowed for updateStrategy 'RollingUpdate'";
    errors.push(invalidValue(`${field}.rollingUpdate`, rollingUpdate, detail));
  } else if (type === "RollingUpdate") {
    validateNonnegative(rollingUpdate?.partition, `${field}.rollingUpdate.partition`, errors);
    const { maxUnavailable } = rollingUpdate ?? {};
    if (maxUnavailable === undefined) return;
    const path = `${field}.rollingUpdate.maxUnavailable`;
    validatePositiveIntOrPercent(maxUnavailable, path, errors);
    if (intOrPercentValue(maxUnavailable) === 0) errors.push(invalidValue(path, maxUnavailable, "cannot be 0"));
    validateNotMoreThan100Percent(maxUnavailable, path, errors);
  } else errors.push(invalidValue(field, strategy, "must be 'RollingUpdate' or 'OnDelete'"));
}

function validateSelectorAndTemplate(spec: StatefulSetSpec, withTemplate: boolean, errors: FieldError[]): void {
  const { selector, template } = spec;
  if (selector === undefined) errors.push(required("spec.selector"));
  else {
    validateLabelSelector(selector, "spec.selector", errors);
    const { matchLabels = {}, matchExpressions = [] } = selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
      errors.push(invalidValue("spec.selector", selector, "empty selector is invalid for statefulset"));
    }
  }
  try {
    const parsed = labelSelectorAsSelector(selector);
    const selectorMatches = parsed.matchesEverything || parsed.matches(template?.metadata?.labels);
    const options = { selectorMatches, alwaysRestart: false };
    if (withTemplate) errors.push(...validatePodTemplate(withClaims(spec), "spec.template", options));
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    errors.push(invalidValue("spec.selector", selector, ""));
  }
  validateEndlessPods(template, "StatefulSet", errors);
}

/** The template as its pods will have it: with a volume of each claim. Kept, so that its complaints are kept too. */
const withClaims = memoize(({ template = {}, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec => {
  const { spec } = template;
  if (spec === undefined || volumeClaimTemplates.length === 0) return template;
  const { volumes = [] } = spec;
  const claims = volumeClaimTemplates
    .map(({ metadata }) => metadata?.name ?? "")
    .filter((name) => !volumes.some((volume) => volume.name === name))
    .map((name): Volume => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...spec, volumes: [...volumes, ...claims] } };
});

export function validateStatefulSetStatus(status: StatefulSetStatus, old: StatefulSetStatus): FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
    "collisionCount",
  ] as const;
  for (const name of counts) validateNonnegative(status[name], `status.${name}`, errors);
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const name of ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const) {
    const count = status[name] ?? 0;
    if (count > replicas) {
      errors.push(invalidValue(`status.${name}`, count, "cannot be greater than status.replicas"));
    }
  }
  if (availableReplicas > readyReplicas) {
    const detail = "cannot be greater than status.readyReplicas";
    errors.push(invalidValue("status.availableReplicas", availableReplicas, detail));
  }
  if ((status.collisionCount ?? 0) < (old.collisionCount ?? 0)) {
    errors.push(invalidValue("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  }
  return errors;
}
