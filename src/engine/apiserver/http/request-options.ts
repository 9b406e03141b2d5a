/** Query parameters as request options. Upstream: apimachinery pkg/apis/meta/v1 (ListOptions, DeleteOptions …). */
import type { RequestOptions } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { checkDryRun, checkPolicy } from "../verbs/delete-options.ts";
import type { Query } from "./url.ts";

const TEXTS = ["labelSelector", "fieldSelector", "resourceVersion", "continue", "fieldManager"] as const;
const NUMBERS = ["limit", "timeoutSeconds", "gracePeriodSeconds"] as const;
const FIELD_VALIDATIONS = new Set(["Strict", "Warn", "Ignore"]);

export function optionsFromQuery(query: Query): RequestOptions {
  const options: RequestOptions = {};
  for (const name of TEXTS) {
    const value = query.get(name);
    if (value !== undefined && value !== "") options[name] = value;
  }
  for (const name of NUMBERS) {
    const value = query.get(name);
    if (value !== undefined && value !== "") options[name] = whole(value);
  }
  const match = query.get("resourceVersionMatch") ?? "";
  if (match === "Exact" || match === "NotOlderThan") options.resourceVersionMatch = match;
  else if (match !== "") throw unsupported("ListOptions", "resourceVersionMatch", match);
  if (query.get("dryRun") !== undefined) options.dryRun = checkDryRun(query.all("dryRun"));
  const validation = query.get("fieldValidation") ?? "";
  if (validation !== "") {
    if (!FIELD_VALIDATIONS.has(validation)) throw unsupported("CreateOptions", "fieldValidation", validation);
    options.fieldValidation = validation as "Strict";
  }
  const policy = query.get("propagationPolicy") ?? "";
  if (policy !== "") options.propagationPolicy = checkPolicy(policy);
  if (query.flag("allowWatchBookmarks")) options.allowWatchBookmarks = true;
  if (query.flag("force")) options.force = true;
  return options;
}

function whole(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function unsupported(kind: string, field: string, value: string): StatusError {
  const supported = field === "fieldValidation" ? `"", "Ignore", "Strict", "Warn"` : `"", "Exact", "NotOlderThan"`;
  return new StatusError(
    422,
    "Invalid",
    `${kind}.meta.k8s.io "" is invalid: ${field}: Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
  );
}
