/** Kubernetes' own groups need an approval. Upstream: apiextensions-apiserver pkg/apihelpers/helpers.go. */
import type { CustomResourceDefinition } from "../generated/types.ts";
import { invalidValue, required, type FieldError } from "../meta/field-error.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

export interface Approval {
  state: "missing" | "bypassed" | "approved" | "invalid";
  reason: string;
}

export function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const said = metadata.annotations?.[ANNOTATION];
  if (said === undefined || said === "") {
    return { state: "missing", reason: `protected groups must have approval annotation "${ANNOTATION}", ${SEE}` };
  }
  if (said.startsWith("unapproved")) return { state: "bypassed", reason: `not approved: "${said}"` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+/i.test(said)) return { state: "approved", reason: `approved in ${said}` };
  const either = `with either a URL or a reason starting with "unapproved"`;
  return {
    state: "invalid",
    reason: `protected groups must have approval annotation "${ANNOTATION}" ${either}, ${SEE}`,
  };
}

export function validateApproval(definition: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(definition.spec.group ?? "")) return [];
  const { state, reason } = approvalOf(definition);
  if (old !== undefined && approvalOf(old).state === state) return [];
  const path = `metadata.annotations[${ANNOTATION}]`;
  if (state === "missing") return [required(path, reason)];
  return state === "invalid" ? [invalidValue(path, definition.metadata.annotations?.[ANNOTATION], reason)] : [];
}
