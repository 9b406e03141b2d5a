/** A `DeleteOptions` body as request options. Upstream: apimachinery pkg/apis/meta/v1, DeleteOptions. */
import type { PropagationPolicy, RequestOptions } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { isObject } from "../../base/json.ts";

const POLICIES = new Set(["Background", "Foreground", "Orphan"]);

export function optionsFromBody(body: unknown): RequestOptions {
  if (!isObject(body)) return {};
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun, orphanDependents } = body;
  const options: RequestOptions = {};
  if (typeof gracePeriodSeconds === "number") options.gracePeriodSeconds = gracePeriodSeconds;
  if (typeof propagationPolicy === "string" && propagationPolicy !== "") {
    options.propagationPolicy = checkPolicy(propagationPolicy);
  } else if (typeof orphanDependents === "boolean") {
    options.propagationPolicy = orphanDependents ? "Orphan" : "Background";
  }
  if (isObject(preconditions)) options.preconditions = preconditions as { uid?: string; resourceVersion?: string };
  if (dryRun !== undefined && dryRun !== null) options.dryRun = checkDryRun(Array.isArray(dryRun) ? dryRun : [dryRun]);
  return options;
}

export function checkPolicy(text: string): PropagationPolicy {
  if (POLICIES.has(text)) return text as PropagationPolicy;
  throw new StatusError(
    422,
    "Invalid",
    `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${JSON.stringify(text)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
  );
}

/** `dryRun` is a list with the one possible value "All". */
export function checkDryRun(values: readonly unknown[]): boolean {
  const wrong = values.find((value) => value !== "All" && value !== "");
  if (wrong !== undefined) throw badRequest(`invalid dryRun value ${JSON.stringify(wrong)}: supported values: "All"`);
  return values.includes("All");
}
