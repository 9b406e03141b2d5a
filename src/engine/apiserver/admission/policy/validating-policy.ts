/**
 * ValidatingAdmissionPolicy: rules in CEL that refuse, warn or note. Upstream: apiserver
 * pkg/admission/plugin/policy/validating/{dispatcher,validator,plugin}.go.
 * Simplified: a policy holds from the moment that it is stored.
 */
import type {
  ValidatingAdmissionPolicy as Policy,
  ValidatingAdmissionPolicyBinding as Binding,
  Validation,
} from "../../../api/generated/types.ts";
import { invalid, type FieldError } from "../../../api/meta/field-error.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { memoize } from "../../../api/meta/share.ts";
import { forbidden, StatusError } from "../../../api/meta/status-error.ts";
import { validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from "../../../api/registry.ts";
import type { CelProgram, Evaluation } from "../../cel/index.ts";
import { annotate, type AdmissionPlugin, type AdmissionRequest } from "../admission.ts";
import { Activation } from "./activation.ts";
import { compileParts, compileTo, type PolicyExpressions } from "./expressions.ts";
import { conditionsOf } from "./match-conditions.ts";
import { paramKindText, paramsFor, type Params } from "./params.ts";
import { isExempt, matchesResources, type Judged } from "./request-match.ts";

const FAILURES = "validation.policy.admission.k8s.io/validation_failure";
const MAX_MESSAGE = 5 * 1024;
const CODES: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

interface CompiledPolicy extends PolicyExpressions {
  readonly validations: readonly { validation: Validation; program: CelProgram; message: CelProgram | undefined }[];
  readonly annotations: readonly { key: string; program: CelProgram }[];
  readonly errors: readonly FieldError[];
}

interface Denial {
  readonly message: string;
  readonly reason: string;
  readonly policy: string;
  readonly binding: string;
}

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: "ValidatingAdmissionPolicy",
  interceptor: true,
  validate(object, attributes) {
    const { request, context } = attributes;
    if (request.resource.id === validatingAdmissionPolicies.id)
      checkExpressions(object as Policy | undefined, attributes);
    const policies = context.lists.list(validatingAdmissionPolicies);
    if (policies.length === 0 || isExempt(attributes)) return;
    const bindings = context.lists.list(validatingAdmissionPolicyBindings);
    const judged = { object, attributes };
    const activation = new Activation(judged);
    const denials = policies.flatMap((policy) => {
      const own = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
      if (own.length === 0 || !matchesResources(policy.spec.matchConstraints, judged)) return [];
      return judge(policy, own, { judged, activation });
    });
    if (denials[0] !== undefined) throw denied(denials[0], attributes);
  },
};

const compiled = memoize(({ spec }: Policy): CompiledPolicy => {
  const errors: FieldError[] = [];
  const parts = compileParts(spec, errors);
  const { compiler } = parts;
  const validations = (spec.validations ?? []).flatMap((validation, index) => {
    const at = `spec.validations[${index}]`;
    const { expression, messageExpression = "" } = validation;
    const program = compileTo(compiler, expression, { field: `${at}.expression`, types: ["bool"], errors });
    const message =
      messageExpression === ""
        ? undefined
        : compileTo(compiler, messageExpression, { field: `${at}.messageExpression`, types: ["string"], errors });
    return program === undefined ? [] : [{ validation, program, message }];
  });
  const annotations = (spec.auditAnnotations ?? []).flatMap(({ key, valueExpression }, index) => {
    const field = `spec.auditAnnotations[${index}].valueExpression`;
    const program = compileTo(compiler, valueExpression, { field, types: ["string", "null_type", "dyn"], errors });
    return program === undefined ? [] : [{ key, program }];
  });
  return { ...parts, validations, annotations, errors };
});

/** A policy whose expressions don't compile isn't stored. */
function checkExpressions(policy: Policy | undefined, { request, name }: AdmissionRequest): void {
  if (policy === undefined || request.subresource !== "") return;
  const { errors } = compiled(policy);
  if (errors.length > 0) throw invalid(validatingAdmissionPolicies, name, errors);
}

interface Judging {
  readonly judged: Judged;
  readonly activation: Activation;
}

function judge(policy: Policy, bindings: readonly Binding[], judging: Judging): Denial[] {
  const { attributes } = judging.judged;
  const { failurePolicy = "Fail", paramKind } = policy.spec;
  const fails = failurePolicy === "Fail";
  const resource = paramKind && attributes.context.resourceByKind(paramKind.apiVersion ?? "", paramKind.kind ?? "");
  if (paramKind !== undefined && resource === undefined) {
    const why = `failed to configure policy: failed to find resource referenced by paramKind: '${paramKindText(paramKind)}'`;
    return fails ? [denial(policy, "", why)] : [];
  }
  return bindings.flatMap((binding) => {
    if (!matchesResources(binding.spec.matchResources, judging.judged)) return [];
    const params: Params = paramsFor(resource, binding.spec.paramRef, attributes);
    if (params.failure !== undefined) {
      return fails ? [denial(policy, binding.metadata.name, `failed to configure binding: ${params.failure}`)] : [];
    }
    return params.objects.flatMap((param) => judgeWith(param, { policy, binding }, judging));
  });
}

function denial(policy: Policy, binding: string, message: string, reason = "Invalid"): Denial {
  return { message, reason, policy: policy.metadata.name, binding };
}

function judgeWith(
  param: KubeObject | undefined,
  { policy, binding }: { policy: Policy; binding: Binding },
  { judged, activation }: Judging,
): Denial[] {
  const programs = compiled(policy);
  const fails = policy.spec.failurePolicy !== "Ignore";
  const run = (program: CelProgram): Evaluation => activation.run(program, variables, param);
  const variables = activation.variables(programs.variables, param);
  const met = conditionsOf(programs.conditions, run);
  if (met.error !== undefined)
    return fails ? act(denial(policy, binding.metadata.name, met.error), { binding, judged, index: 0 }) : [];
  if (!met.matches) return [];
  const denials = programs.validations.flatMap(({ validation, program, message }, index) => {
    const result = run(program);
    if (result.error !== undefined) {
      const why = failureOf(program, result.error);
      return fails ? act(denial(policy, binding.metadata.name, why), { binding, judged, index }) : [];
    }
    if (result.value === true) return [];
    const text = messageOf(validation, message && run(message));
    return act(denial(policy, binding.metadata.name, text, validation.reason), { binding, judged, index });
  });
  for (const { key, program } of programs.annotations) {
    const result = run(program);
    if (result.error !== undefined) {
      if (fails) denials.push(denial(policy, binding.metadata.name, failureOf(program, result.error)));
    } else if (typeof result.value === "string" && result.value.trim() !== "") {
      annotate(judged.attributes, `${policy.metadata.name}/${key}`, result.value.trim());
    }
  }
  return denials;
}

export function failureOf({ expression }: CelProgram, error: string): string {
  return `expression '${expression}' resulted in error: ${error}`;
}

/** The message expression's text if it is one of one line, or else the message, or else the expression. */
function messageOf({ message = "", expression }: Validation, result: Evaluation | undefined): string {
  const text = typeof result?.value === "string" ? result.value.trim() : "";
  if (text !== "" && text.length <= MAX_MESSAGE && !text.includes("\n")) return text;
  return message === "" ? `failed expression: ${expression.trim()}` : message;
}

/** What the binding does with a failure: the denials are those that refuse. */
function act(
  failure: Denial,
  { binding, judged, index }: { binding: Binding; judged: Judged; index: number },
): Denial[] {
  const { attributes } = judged;
  const { validationActions } = binding.spec;
  if (validationActions.includes("Warn")) {
    attributes.warnings.push(
      `Validation failed for ValidatingAdmissionPolicy '${failure.policy}' with binding '${failure.binding}': ${failure.message}`,
    );
  }
  if (validationActions.includes("Audit")) {
    const { message, policy } = failure;
    const entry = { message, policy, binding: failure.binding, expressionIndex: index, validationActions };
    annotate(attributes, FAILURES, JSON.stringify([entry]));
  }
  return validationActions.includes("Deny") ? [failure] : [];
}

function denied({ message, reason, policy, binding }: Denial, { request, name }: AdmissionRequest): StatusError {
  const by = binding === "" ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const error = forbidden(request.resource, name, text);
  const details = { ...error.details, causes: [{ message: text }] };
  return new StatusError(CODES[reason] ?? 422, reason, error.message, details);
}
