/** Upstream: ValidateDeploymentSpec, ValidateDeploymentStatus in pkg/apis/apps/validation/validation.go. */
import type { Deployment, DeploymentSpec, DeploymentStatus, DeploymentStrategy } from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import {
  intOrPercentValue,
  validateNotMoreThan100Percent,
  validatePositiveIntOrPercent,
} from "../meta/int-or-percent.ts";
import { validateNonnegative } from "../meta/validate-meta.ts";
import { validateSelectorAndTemplate } from "./validation.ts";

export function validateDeployment({ spec = {} as DeploymentSpec }: Deployment): FieldError[] {
  const errors: FieldError[] = [];
  validateNonnegative(spec.replicas, "spec.replicas", errors);
  const options = { kind: "deployment", field: "spec" };
  errors.push(...validateSelectorAndTemplate(spec.selector, spec.template, options));
  validateStrategy(spec.strategy ?? {}, "spec.strategy", errors);
  validateNonnegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  validateNonnegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    validateNonnegative(deadline, "spec.progressDeadlineSeconds", errors);
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
    }
  }
  return errors;
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy, field: string, errors: FieldError[]): void {
  if (type === "Recreate") {
    if (rollingUpdate !== undefined) {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      errors.push(forbiddenField(`${field}.rollingUpdate`, detail));
    }
  } else if (type === "RollingUpdate") {
    if (rollingUpdate === undefined) {
      errors.push(required(`${field}.rollingUpdate`, "this should be defaulted and never be nil"));
      return;
    }
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
    validatePositiveIntOrPercent(maxUnavailable, `${field}.rollingUpdate.maxUnavailable`, errors);
    validatePositiveIntOrPercent(maxSurge, `${field}.rollingUpdate.maxSurge`, errors);
    if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) {
      const detail = "may not be 0 when `maxSurge` is 0";
      errors.push(invalidValue(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable, detail));
    }
    validateNotMoreThan100Percent(maxUnavailable, `${field}.rollingUpdate.maxUnavailable`, errors);
  } else {
    errors.push(notSupported(field, { type, ...(rollingUpdate && { rollingUpdate }) }, ["Recreate", "RollingUpdate"]));
  }
}

export function validateDeploymentStatus(status: DeploymentStatus, old: DeploymentStatus): FieldError[] {
  const errors: FieldError[] = [];
  const counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"] as const;
  validateNonnegative(status.observedGeneration, "status.observedGeneration", errors);
  for (const name of counts) validateNonnegative(status[name], `status.${name}`, errors);
  validateNonnegative(status.collisionCount, "status.collisionCount", errors);
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const complain = (name: string, value: number, other: string): void =>
    void errors.push(invalidValue(`status.${name}`, value, `cannot be greater than ${other}`));
  if (updatedReplicas > replicas) complain("updatedReplicas", updatedReplicas, "status.replicas");
  if (readyReplicas > replicas) complain("readyReplicas", readyReplicas, "status.replicas");
  if (availableReplicas > replicas) complain("availableReplicas", availableReplicas, "status.replicas");
  if (availableReplicas > readyReplicas) complain("availableReplicas", availableReplicas, "readyReplicas");
  if ((status.collisionCount ?? 0) < (old.collisionCount ?? 0)) {
    errors.push(invalidValue("status.collisionCount", status.collisionCount, "cannot be decremented"));
  }
  return errors;
}
