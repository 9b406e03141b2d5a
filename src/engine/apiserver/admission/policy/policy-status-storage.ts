/**
 * The status of validating policies: which generation has been checked, and what its types make of its expressions.
 * Upstream: pkg/controller/validatingadmissionpolicystatus.
 * Simplified: it is said with the write itself, whether a controller manager runs or not, and nobody owns its fields.
 */
import type { ValidatingAdmissionPolicy } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import type { ResourceHooks } from "../../storage/resource-hooks.ts";
import { typeWarnings, type ResourceLookup } from "./type-checking.ts";

export class PolicyStatusStorage implements ResourceHooks {
  private readonly lookup: ResourceLookup;

  constructor(lookup: ResourceLookup) {
    this.lookup = lookup;
  }

  beginCreate(object: KubeObject): KubeObject {
    return this.checked(object as ValidatingAdmissionPolicy);
  }

  beginUpdate(object: KubeObject): KubeObject {
    const policy = object as ValidatingAdmissionPolicy;
    const { generation = 0 } = policy.metadata;
    return generation > (policy.status?.observedGeneration ?? 0) ? this.checked(policy) : policy;
  }

  private checked(policy: ValidatingAdmissionPolicy): KubeObject {
    const expressionWarnings = typeWarnings(policy, this.lookup);
    const typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
    const { generation = 1 } = policy.metadata;
    const status = { ...policy.status, observedGeneration: generation, typeChecking };
    return { ...policy, status } satisfies ValidatingAdmissionPolicy as KubeObject;
  }
}
