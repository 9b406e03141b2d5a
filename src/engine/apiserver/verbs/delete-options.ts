/** Delete options of a body or of the query. Upstream: apimachinery pkg/apis/meta/v1, DeleteOptions and its validation. */
import { decodeBody } from "../../api/meta/decode.ts";
import { invalid, invalidValue, notSupported, notSupportedInOrder } from "../../api/meta/field-error.ts";
import type { FieldError } from "../../api/meta/field-error.ts";
import type { PropagationPolicy, RequestOptions } from "../../api/meta/request.ts";

const KIND = { group: "meta.k8s.io", version: "v1", kind: "DeleteOptions", structure: "DeleteOptions" };
const POLICIES = ["Foreground", "Background", "Orphan", "nil"];

/** As a client writes them. */
export interface DeleteOptions {
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: string | undefined;
  orphanDependents?: boolean | undefined;
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
  dryRun?: readonly string[] | undefined;
}

/** Throws 400 for a body that is none. */
export function optionsFromBody(body: unknown): RequestOptions {
  return checkedDeleteOptions(decodeBody<DeleteOptions>(KIND, body ?? {}, { strict: false }).object);
}

/** Throws 422 for options that may not be. */
export function checkedDeleteOptions(said: DeleteOptions): RequestOptions {
  const { gracePeriodSeconds, propagationPolicy = "", orphanDependents, preconditions, dryRun = [] } = said;
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== "") {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    errors.push(invalidValue("propagationPolicy", propagationPolicy, why));
  }
  if (propagationPolicy !== "" && (propagationPolicy === "nil" || !POLICIES.includes(propagationPolicy))) {
    errors.push(notSupportedInOrder("propagationPolicy", propagationPolicy, POLICIES));
  }
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw invalid(KIND, "", errors);
  const policy = propagationPolicy !== "" ? propagationPolicy : policyOf(orphanDependents);
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(policy !== undefined && { propagationPolicy: policy as PropagationPolicy }),
    ...(preconditions !== undefined && { preconditions }),
    ...(dryRun.length > 0 && { dryRun: true }),
  };
}

function policyOf(orphanDependents: boolean | undefined): PropagationPolicy | undefined {
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? "Orphan" : "Background";
}

/** `dryRun` is a list with the one possible value "All". */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === "All") ? [] : [notSupported("dryRun", values, ["All"])];
}
