/** MutatingAdmissionPolicyBinding. Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicybinding. */
import type { MutatingAdmissionPolicyBinding } from "../generated/types.ts";
import { definePolicyBinding } from "./policy-binding.ts";

export const mutatingAdmissionPolicyBindings = definePolicyBinding<MutatingAdmissionPolicyBinding>({
  kind: "MutatingAdmissionPolicyBinding",
  plural: "mutatingadmissionpolicybindings",
  example: {
    metadata: { name: "owner-label-everywhere" },
    spec: { policyName: "owner-label" },
  },
});
