/** IngressClass. Upstream: pkg/apis/networking, pkg/registry/networking/ingressclass/strategy.go. */
import type { IngressClass, IngressClassParametersReference } from "../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../meta/columns.ts";
import { forbiddenField, invalidValue, notSupported, required, tooLong, type FieldError } from "../meta/field-error.ts";
import { isDNS1123Label, validateDomainPrefixedPath } from "../meta/names.ts";
import { defineResource, specChanged } from "../meta/resource.ts";
import { fill, mapField, withFields } from "../meta/share.ts";
import { validateImmutable } from "../meta/validate-meta.ts";
import { validateReference } from "./ingress-validation.ts";

const MAX_CONTROLLER = 250;
const SCOPES = ["Cluster", "Namespace"];

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({});

export const ingressClasses = defineResource<IngressClass>({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  plural: "ingressclasses",
  scope: "Cluster",
  example: {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: "nginx" },
    spec: { controller: "k8s.io/ingress-nginx" },
  },
  bumpsGeneration: specChanged,
  defaults: (object) =>
    withFields(object, {
      spec: mapField(object.spec ?? NO_SPEC, "parameters", (parameters) => fill(parameters, { scope: "Cluster" })),
    }),
  validate,
  validateUpdate(object, old) {
    const errors: FieldError[] = [];
    validateImmutable(object.spec?.controller ?? "", old.spec?.controller ?? "", "spec.controller", errors);
    return [...errors, ...validate(object)];
  },
  columns: [
    nameColumn,
    { name: "Controller", type: "string", cell: ({ spec }) => spec?.controller ?? "" },
    { name: "Parameters", type: "string", cell: ({ spec }) => parametersText(spec?.parameters) },
    ageColumn,
  ],
});

function parametersText(parameters: IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return NONE;
  const { kind = "", apiGroup, name = "" } = parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}

function validate({ spec }: IngressClass): FieldError[] {
  const errors: FieldError[] = [];
  const { controller = "", parameters } = spec ?? {};
  if (controller.length > MAX_CONTROLLER) errors.push(tooLong("spec.controller", "", MAX_CONTROLLER));
  errors.push(...validateDomainPrefixedPath("spec.controller", controller));
  if (parameters !== undefined) validateParameters(parameters, errors);
  return errors;
}

function validateParameters(parameters: IngressClassParametersReference, errors: FieldError[]): void {
  const field = "spec.parameters";
  const { scope, namespace } = parameters;
  validateReference(parameters, field, errors);
  if (scope === undefined) errors.push(required(`${field}.scope`));
  else if (!SCOPES.includes(scope)) errors.push(notSupported(`${field}.scope`, scope, SCOPES));
  else if (scope === "Cluster" && namespace !== undefined) {
    errors.push(forbiddenField(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  } else if (scope === "Namespace" && namespace === undefined) {
    errors.push(required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  } else if (namespace !== undefined) {
    for (const text of isDNS1123Label(namespace)) errors.push(invalidValue(`${field}.namespace`, namespace, text));
  }
}
