/** What the bindings of validating and of mutating policies have in common, which is almost all. */
import type { MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBinding } from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import type { FieldError } from "../meta/field-error.ts";
import { defineResource, specChanged, type Resource } from "../meta/resource.ts";
import { mapField, withFields } from "../meta/share.ts";
import { defaultMatchResources } from "./match-resources.ts";
import { paramRefCell } from "./params.ts";
import { validateBindingParts } from "./policy-parts.ts";

type Binding = MutatingAdmissionPolicyBinding | ValidatingAdmissionPolicyBinding;

export interface PolicyBindingKind<T extends Binding> {
  kind: string;
  plural: string;
  /** Without apiVersion and kind. */
  example: object;
  /** What is to be said of the parts that only this kind has. */
  validate?(spec: T["spec"], errors: FieldError[]): void;
}

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({});

export function definePolicyBinding<T extends Binding>(own: PolicyBindingKind<T>): Resource<T> {
  const { kind, plural } = own;
  const apiVersion = "admissionregistration.k8s.io/v1";
  return defineResource<T>({
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind,
    plural,
    categories: ["api-extensions"],
    scope: "Cluster",
    needsVersion: true,
    example: { apiVersion, kind, ...own.example } as T,
    bumpsGeneration: specChanged,
    defaults(binding) {
      const spec = mapField((binding.spec ?? NO_SPEC) as Binding["spec"], "matchResources", defaultMatchResources);
      return withFields<Binding>(binding, { spec } as Partial<Binding>) as T;
    },
    validate({ spec }) {
      const errors: FieldError[] = [];
      validateBindingParts(spec, errors);
      own.validate?.(spec, errors);
      return errors;
    },
    columns: [
      nameColumn,
      { name: "PolicyName", type: "string", cell: ({ spec }) => spec.policyName ?? "" },
      { name: "ParamRef", type: "string", cell: ({ spec }) => paramRefCell(spec.paramRef) },
      ageColumn,
    ],
  });
}
