/** Upstream: pkg/apis/autoscaling/validation/validation.go. Scaling to zero is behind a gate that is off. */
import type {
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2HPAScalingPolicy,
  V2HPAScalingRules,
} from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { parseQuantity } from "../meta/quantity.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";
import { validateMetric, validateObjectReference } from "./validate-metric.ts";

const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;
const SELECT_POLICIES = ["Max", "Min", "Disabled"];
const POLICY_TYPES = ["Pods", "Percent"];

export function validateAutoscaler({ spec }: V2HorizontalPodAutoscaler): FieldError[] {
  return validateSpec(spec, 1);
}

/** One that scales to zero already may go on. */
export function validateAutoscalerUpdate(
  { spec }: V2HorizontalPodAutoscaler,
  old: V2HorizontalPodAutoscaler,
): FieldError[] {
  return validateSpec(spec, old.spec.minReplicas === 0 ? 0 : 1);
}

export function validateAutoscalerStatus(status: V2HorizontalPodAutoscalerStatus): FieldError[] {
  const errors: FieldError[] = [];
  validateNonnegative(status.currentReplicas, "status.currentReplicas", errors);
  validateNonnegative(status.desiredReplicas, "status.desiredReplicas", errors);
  return errors;
}

function validateSpec(spec: V2HorizontalPodAutoscalerSpec, fewest: number): FieldError[] {
  const errors: FieldError[] = [];
  const { minReplicas, maxReplicas = 0, metrics = [], behavior } = spec;
  if (minReplicas !== undefined && minReplicas < fewest) {
    errors.push(invalidValue("spec.minReplicas", minReplicas, `must be greater than or equal to ${fewest}`));
  }
  if (maxReplicas < 1) errors.push(invalidValue("spec.maxReplicas", maxReplicas, "must be greater than 0"));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    const detail = "must be greater than or equal to `minReplicas`";
    errors.push(invalidValue("spec.maxReplicas", maxReplicas, detail));
  }
  validateObjectReference(spec.scaleTargetRef, "spec.scaleTargetRef", errors);
  for (const [index, metric] of metrics.entries()) validateMetric(metric, `spec.metrics[${index}]`, errors);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    const detail = "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbiddenField("spec.metrics", detail));
  }
  if (behavior?.scaleUp !== undefined) validateRules(behavior.scaleUp, "spec.behavior.scaleUp", errors);
  if (behavior?.scaleDown !== undefined) validateRules(behavior.scaleDown, "spec.behavior.scaleDown", errors);
  return errors;
}

function validateRules(rules: V2HPAScalingRules, field: string, errors: FieldError[]): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const complain = (name: string, value: unknown, detail: string): void =>
    void errors.push(invalidValue(`${field}.${name}`, value, detail));
  if (window !== undefined && window < 0) {
    complain("stabilizationWindowSeconds", window, "must be greater than or equal to zero");
  }
  if (window !== undefined && window > MAX_WINDOW_SECONDS) {
    complain("stabilizationWindowSeconds", window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${field}.selectPolicy`, selectPolicy, SELECT_POLICIES));
  }
  if (policies.length === 0) errors.push(required(`${field}.policies`, "must specify at least one Policy"));
  for (const [index, policy] of policies.entries()) validatePolicy(policy, `${field}.policies[${index}]`, errors);
  if (tolerance !== undefined && parseQuantity(tolerance).unscaled < 0n) {
    complain("tolerance", tolerance, "must be greater or equal to zero");
  }
}

function validatePolicy(policy: V2HPAScalingPolicy, field: string, errors: FieldError[]): void {
  const { type = "", value = 0, periodSeconds = 0 } = policy;
  if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${field}.type`, type, POLICY_TYPES));
  if (value <= 0) errors.push(invalidValue(`${field}.value`, value, "must be greater than zero"));
  if (periodSeconds <= 0) {
    errors.push(invalidValue(`${field}.periodSeconds`, periodSeconds, "must be greater than zero"));
  }
  if (periodSeconds > MAX_PERIOD_SECONDS) {
    const detail = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
    errors.push(invalidValue(`${field}.periodSeconds`, periodSeconds, detail));
  }
}
