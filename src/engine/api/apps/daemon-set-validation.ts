/** Upstream: ValidateDaemonSetSpec, ValidateDaemonSetStatusUpdate in pkg/apis/apps/validation/validation.go. */
import type { DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy } from "../generated/types.ts";
import { validatePodTemplate } from "../core/pod/validation.ts";
import { invalidValue, notSupportedInOrder, required, type FieldError } from "../meta/field-error.ts";
import {
  intOrPercentValue,
  validateNotMoreThan100Percent,
  validatePositiveIntOrPercent,
} from "../meta/int-or-percent.ts";
import { labelSelectorAsSelector, SelectorError } from "../meta/selectors.ts";
import { validateEndlessPods } from "./validation.ts";
import { validateLabelSelector, validateNonnegative } from "../meta/validate-meta.ts";

/** The selector may change, as upstream has it: the annotation on the template's generation is all that update adds. */
export function validateDaemonSet({ spec = {} as DaemonSetSpec }: DaemonSet): FieldError[] {
  const errors: FieldError[] = [];
  const { selector, template = {} } = spec;
  if (selector !== undefined) validateLabelSelector(selector, "spec.selector", errors);
  try {
    if (!labelSelectorAsSelector(selector).matches(template.metadata?.labels)) {
      const detail = "`selector` does not match template `labels`";
      errors.push(invalidValue("spec.template.metadata.labels", template.metadata?.labels ?? null, detail));
    }
  } catch (error) {
    // What is wrong with it has been said.
    if (!(error instanceof SelectorError)) throw error;
  }
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (selector !== undefined && Object.keys(matchLabels).length + matchExpressions.length === 0) {
    errors.push(invalidValue("spec.selector", selector, "empty selector is invalid for daemonset"));
  }
  errors.push(...validatePodTemplate(template, "spec.template", { selectorMatches: true, alwaysRestart: false }));
  validateEndlessPods(template, "DaemonSet", errors);
  validateNonnegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  validateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
  validateNonnegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", errors);
  return errors;
}

function validateStrategy(strategy: DaemonSetUpdateStrategy, field: string, errors: FieldError[]): void {
  const { type, rollingUpdate } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    errors.push(notSupportedInOrder(field, strategy, ["RollingUpdate", "OnDelete"]));
    return;
  }
  if (rollingUpdate === undefined) {
    errors.push(required(`${field}.rollingUpdate`));
    return;
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const paths = [`${field}.rollingUpdate.maxUnavailable`, `${field}.rollingUpdate.maxSurge`] as const;
  validatePositiveIntOrPercent(maxUnavailable, paths[0], errors);
  validatePositiveIntOrPercent(maxSurge, paths[1], errors);
  validateNotMoreThan100Percent(maxUnavailable, paths[0], errors);
  validateNotMoreThan100Percent(maxSurge, paths[1], errors);
  const unavailable = intOrPercentValue(maxUnavailable) !== 0;
  const surge = intOrPercentValue(maxSurge) !== 0;
  if (unavailable && surge) {
    errors.push(invalidValue(paths[1], maxSurge, "may not be set when maxUnavailable is non-zero"));
  } else if (!unavailable && !surge) errors.push(required(paths[0], "cannot be 0 when maxSurge is 0"));
}

export function validateDaemonSetStatus(status: DaemonSetStatus, old: DaemonSetStatus): FieldError[] {
  const errors: FieldError[] = [];
  const counts = [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
  ] as const;
  for (const name of counts) validateNonnegative(status[name], `status.${name}`, errors);
  if ((status.collisionCount ?? 0) < (old.collisionCount ?? 0)) {
    errors.push(invalidValue("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented"));
  }
  return errors;
}
