/**
 * MutatingAdmissionPolicy: patches in CEL. Upstream: apiserver pkg/admission/plugin/policy/mutating.
 * Simplified: a policy holds from the moment that it is stored; policies run once, in the order of their names, also under
 * `IfNeeded`; an apply configuration is merged as a strategic merge patch is; scales, statuses and other subresources are
 * not mutated.
 */
import type {
  MutatingAdmissionPolicy as Policy,
  MutatingAdmissionPolicyBinding as Binding,
} from "../../../api/generated/types.ts";
import { invalid, type FieldError } from "../../../api/meta/field-error.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { fieldsOf } from "../../../api/meta/structure-type.ts";
import { memoize } from "../../../api/meta/share.ts";
import { forbidden, StatusError } from "../../../api/meta/status-error.ts";
import { applyPatch } from "../../../api/patch/apply-patch.ts";
import { mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings } from "../../../api/registry.ts";
import { fromCel, type CelProgram } from "../../cel/index.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { Activation } from "./activation.ts";
import { compileParts, compileTo, type PolicyExpressions } from "./expressions.ts";
import { conditionsOf } from "./match-conditions.ts";
import { withPlainObjects } from "./object-literals.ts";
import { paramKindText, paramsFor } from "./params.ts";
import { isExempt, matchesResources } from "./request-match.ts";

interface CompiledMutation {
  readonly type: "json" | "strategic";
  readonly program: CelProgram;
}

interface CompiledPolicy extends PolicyExpressions {
  readonly mutations: readonly CompiledMutation[];
  readonly errors: readonly FieldError[];
}

export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: "MutatingAdmissionPolicy",
  mutate(object, attributes) {
    const policies = attributes.context.lists.list(mutatingAdmissionPolicies);
    if (policies.length === 0 || isExempt(attributes) || attributes.request.writtenThrough !== undefined) return object;
    const bindings = attributes.context.lists.list(mutatingAdmissionPolicyBindings);
    let mutated = object;
    for (const policy of policies) {
      for (const binding of bindings) {
        if (binding.spec.policyName === policy.metadata.name)
          mutated = applyBound(mutated, { policy, binding }, attributes);
      }
    }
    return mutated;
  },
  validate(object, { request, name }) {
    if (object === undefined || request.resource.id !== mutatingAdmissionPolicies.id) return;
    const { errors } = compiled(object as Policy);
    if (errors.length > 0) throw invalid(mutatingAdmissionPolicies, name, errors);
  },
};

const compiled = memoize(({ spec }: Policy): CompiledPolicy => {
  const errors: FieldError[] = [];
  const plain = (spec.variables ?? []).map((variable) => ({
    ...variable,
    expression: withPlainObjects(variable.expression),
  }));
  const parts = compileParts({ ...spec, variables: plain }, errors);
  const mutations = (spec.mutations ?? []).flatMap(({ patchType, jsonPatch, applyConfiguration }, index) => {
    const isJson = patchType === "JSONPatch";
    const field = `spec.mutations[${index}].${isJson ? "jsonPatch" : "applyConfiguration"}.expression`;
    const expression = withPlainObjects((isJson ? jsonPatch : applyConfiguration)?.expression ?? "");
    const program = compileTo(parts.compiler, expression, { field, types: [], errors });
    return program === undefined ? [] : [{ type: isJson ? ("json" as const) : ("strategic" as const), program }];
  });
  return { ...parts, mutations, errors };
});

function applyBound(
  object: KubeObject,
  bound: { policy: Policy; binding: Binding },
  attributes: AdmissionRequest,
): KubeObject {
  const { policy, binding } = bound;
  const { matchConstraints, failurePolicy, paramKind } = policy.spec;
  const judged = { object, attributes };
  if (!matchesResources(matchConstraints, judged) || !matchesResources(binding.spec.matchResources, judged))
    return object;
  try {
    const resource = paramKind && attributes.context.resourceByKind(paramKind.apiVersion ?? "", paramKind.kind ?? "");
    if (paramKind !== undefined && resource === undefined) {
      throw new MutationFailure(
        `failed to configure policy: failed to find resource referenced by paramKind: '${paramKindText(paramKind)}'`,
      );
    }
    const params = paramsFor(resource, binding.spec.paramRef, attributes);
    if (params.failure !== undefined) throw new MutationFailure(`failed to configure binding: ${params.failure}`);
    let mutated = object;
    for (const param of params.objects) mutated = applyMutations(mutated, { policy, param }, attributes);
    return mutated;
  } catch (error) {
    if (!(error instanceof MutationFailure) && !(error instanceof StatusError)) throw error;
    if (failurePolicy === "Ignore") return object;
    throw denied(error.message, bound, attributes);
  }
}

/** Why a policy can't do what it should. */
class MutationFailure extends Error {}

/** Each mutation sees what the one before has made of the object. */
function applyMutations(
  object: KubeObject,
  { policy, param }: { policy: Policy; param: KubeObject | undefined },
  attributes: AdmissionRequest,
): KubeObject {
  const { conditions, variables, mutations } = compiled(policy);
  const first = new Activation({ object, attributes });
  const met = conditionsOf(conditions, (program) => first.run(program, {}, param));
  if (met.error !== undefined) throw new MutationFailure(met.error);
  if (!met.matches) return object;
  let mutated = object;
  for (const { type, program } of mutations) {
    const activation = new Activation({ object: mutated, attributes });
    const result = activation.run(program, activation.variables(variables, param), param);
    if (result.error !== undefined) {
      throw new MutationFailure(`expression '${program.expression}' resulted in error: ${result.error}`);
    }
    mutated = patched(mutated, { type, patch: fromCel(result.value) }, attributes);
  }
  return mutated;
}

function patched(
  object: KubeObject,
  { type, patch }: { type: CompiledMutation["type"]; patch: unknown },
  { request }: AdmissionRequest,
): KubeObject {
  const { resource } = request;
  // A custom resource's lists have no keys that are known here: they are replaced.
  const merged = type === "strategic" && fieldsOf(resource.structure) === undefined ? "merge" : type;
  const result = applyPatch(merged, resource.structure, { original: object, patch }) as KubeObject;
  return resource.defaults?.(result) ?? result;
}

function denied(
  message: string,
  { policy, binding }: { policy: Policy; binding: Binding },
  { request, name }: AdmissionRequest,
): StatusError {
  const text = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${message}`;
  const error = forbidden(request.resource, name, text);
  return new StatusError(422, "Invalid", error.message, { ...error.details, causes: [{ message: text }] });
}
