/**
 * Query parameters as request options, checked as upstream checks them.
 * Upstream: apimachinery pkg/apis/meta/v1/validation, pkg/apis/meta/internalversion/validation.
 */
import { forbiddenField, invalid, invalidValue, notSupported, required } from "../../api/meta/field-error.ts";
import type { FieldError } from "../../api/meta/field-error.ts";
import type { PatchType, RequestOptions, Verb } from "../../api/meta/request.ts";
import { badRequest } from "../../api/meta/status-error.ts";
import { checkedDeleteOptions, dryRunErrors } from "../verbs/delete-options.ts";
import type { Query } from "./url.ts";

const TEXTS = ["labelSelector", "fieldSelector", "resourceVersion", "continue", "fieldManager"] as const;
const NUMBERS = ["limit", "timeoutSeconds", "gracePeriodSeconds"] as const;
const FIELD_VALIDATIONS = ["", "Ignore", "Strict", "Warn"];
const MAX_MANAGER_LENGTH = 128;

const OPTION_KINDS = { create: "CreateOptions", update: "UpdateOptions", patch: "PatchOptions" } as const;

/** Throws 400 for what can't be read and 422 for what may not be. */
export function optionsFromQuery(query: Query, verb: Verb, patchType?: PatchType): RequestOptions {
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
  if (match !== "") options.resourceVersionMatch = match as "Exact";
  if (query.has("sendInitialEvents")) options.sendInitialEvents = query.flag("sendInitialEvents");
  const validation = query.get("fieldValidation") ?? "";
  if (validation !== "") options.fieldValidation = validation as "Strict";
  if (query.flag("allowWatchBookmarks")) options.allowWatchBookmarks = true;
  if (query.has("force")) options.force = query.flag("force");
  const dryRun = query.all("dryRun").filter((value) => value !== "");
  switch (verb) {
    case "get":
      return options;
    case "list":
      refuse("ListOptions", listErrors(options));
      return options;
    case "watch":
      refuse("ListOptions", watchErrors(options));
      return options;
    case "deletecollection":
      refuse("ListOptions", listErrors(options));
      return { ...options, ...deleteOptions(query, options, dryRun) };
    case "delete":
      return { ...options, ...deleteOptions(query, options, dryRun) };
    default:
      refuse(OPTION_KINDS[verb], writeErrors(options, dryRun, patchType));
      return dryRun.length > 0 ? { ...options, dryRun: true } : options;
  }
}

/** A body of delete options takes the place of what the query says of them. */
function deleteOptions(query: Query, options: RequestOptions, dryRun: readonly string[]): RequestOptions {
  return checkedDeleteOptions({
    gracePeriodSeconds: options.gracePeriodSeconds,
    propagationPolicy: query.get("propagationPolicy"),
    orphanDependents: query.has("orphanDependents") ? query.flag("orphanDependents") : undefined,
    dryRun,
  });
}

function whole(text: string): number {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** `ListOptions.meta.k8s.io "" is invalid: …` */
function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
}

function listErrors(options: RequestOptions): FieldError[] {
  const { resourceVersion = "", continue: next, sendInitialEvents } = options;
  const match = options.resourceVersionMatch as string | undefined;
  const errors: FieldError[] = [];
  if (match !== undefined) {
    const forbid = (why: string): void => void errors.push(forbiddenField("resourceVersionMatch", why));
    if (resourceVersion === "") forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (next !== undefined) forbid("resourceVersionMatch is forbidden when continue is provided");
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    }
    if (match === "Exact" && resourceVersion === "0") {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return errors;
}

function watchErrors(options: RequestOptions): FieldError[] {
  const { continue: next, sendInitialEvents } = options;
  const match = options.resourceVersionMatch as string | undefined;
  const errors: FieldError[] = [];
  const forbid = (why: string): void => void errors.push(forbiddenField("resourceVersionMatch", why));
  if (sendInitialEvents !== undefined && match !== "NotOlderThan") {
    forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (match === undefined) return errors;
  if (sendInitialEvents === undefined) {
    forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  if (next !== undefined) forbid("resourceVersionMatch is forbidden when continue is provided");
  return errors;
}

function writeErrors(options: RequestOptions, dryRun: readonly string[], patchType?: PatchType): FieldError[] {
  const { fieldManager = "", force, fieldValidation = "" } = options;
  const errors: FieldError[] = [];
  if (patchType === "apply") {
    if (fieldManager === "") errors.push(required("fieldManager", "is required for apply patch"));
  } else if (patchType !== undefined && force !== undefined) {
    errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  }
  errors.push(...managerErrors(fieldManager), ...dryRunErrors(dryRun));
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(notSupported("fieldValidation", fieldValidation, FIELD_VALIDATIONS));
  }
  return errors;
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (manager.length > MAX_MANAGER_LENGTH) {
    const detail = `may not be more than ${MAX_MANAGER_LENGTH} bytes`;
    errors.push({ type: "FieldValueTooLong", field: "fieldManager", badValue: "", detail });
  }
  const at = [...manager].findIndex((character) => !/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character));
  if (at >= 0) {
    errors.push(invalidValue("fieldManager", manager, "should only contain printable characters"));
  }
  return errors;
}
