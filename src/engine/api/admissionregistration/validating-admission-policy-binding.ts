/** ValidatingAdmissionPolicyBinding. Upstream: pkg/registry/admissionregistration/validatingadmissionpolicybinding. */
import type { ValidatingAdmissionPolicyBinding } from "../generated/types.ts";
import { duplicate, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { definePolicyBinding } from "./policy-binding.ts";

const ACTIONS = ["Audit", "Deny", "Warn"];
const NOT_TWICE =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

export const validatingAdmissionPolicyBindings = definePolicyBinding<ValidatingAdmissionPolicyBinding>({
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  example: {
    metadata: { name: "few-replicas-everywhere" },
    spec: { policyName: "few-replicas", validationActions: ["Deny"] },
  },
  validate: ({ validationActions = [] }, errors) => validateActions(validationActions, errors),
});

function validateActions(actions: readonly string[], errors: FieldError[]): void {
  const field = "spec.validationActions";
  const seen = new Set<string>();
  for (const [index, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${field}[${index}]`, action, ACTIONS));
    if (seen.has(action)) errors.push(duplicate(`${field}[${index}]`, action));
    seen.add(action);
  }
  if (seen.has("Deny") && seen.has("Warn")) errors.push(invalidValue(field, actions, NOT_TWICE));
  if (seen.size === 0) errors.push(required(field, "at least one validation action is required"));
}
