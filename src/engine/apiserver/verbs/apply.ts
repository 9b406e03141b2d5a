/**
 * Server-side apply: PATCH with `application/apply-patch+yaml`. Creates what isn't there.
 * Upstream: applyPatcher of apiserver pkg/endpoints/handlers/patch.go.
 * Simplified: an entry of `managedFields` in another version than the one applied neither conflicts nor loses fields.
 */
import { decodeBody } from "../../api/meta/decode.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { badRequest, conflict, notFound, StatusError } from "../../api/meta/status-error.ts";
import { problemOfApplied } from "../../api/merge/check-applied.ts";
import { mergeTypeOfResource } from "../../api/merge/merge-type.ts";
import { isObject } from "../../base/json.ts";
import { cannotUnmarshal } from "../../base/json-kind.ts";
import { applyFields } from "../managed-fields/apply-fields.ts";
import { NOBODY } from "../managed-fields/managed.ts";
import { managedOf } from "../managed-fields/ownership.ts";
import { completeBody } from "../required-fields.ts";
import type { ServerContext } from "../server-context.ts";
import { servedResource } from "../served-resource.ts";
import { toServed, toStored } from "../versions.ts";
import { create } from "./create.ts";
import { replace } from "./update.ts";

export function apply(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  const { resource, subresource, namespace, name, options } = request;
  const served = servedResource(request);
  const stored = context.objects.get(resource, namespace, name);
  if (stored === undefined && subresource !== "") throw notFound(resource, name);
  const applied = appliedBody(served, request);
  if (stored === undefined) refuseUid(request, applied);
  const merged = applyFields({
    side: { resource: served, subresource },
    live: stored && toServed(served, stored),
    managed: stored === undefined ? NOBODY : managedOf(stored),
    applied,
    manager: options.fieldManager ?? "",
    force: options.force ?? false,
    now: context.sim.now,
  });
  const decoded = decodeBody<KubeObject>(served, merged.object, { strict: false }).object;
  const warnings = strictWarnings(request);
  const object = toStored(served, completeBody(served, decoded));
  const metadata = { ...object.metadata, name };
  const response =
    stored !== undefined
      ? replace(context, request, object, merged.managed)
      : create(context, { ...request, body: { ...object, metadata } }, merged.managed);
  return warnings.length === 0 ? response : { ...response, warnings: [...warnings, ...response.warnings] };
}

/** Keys that the text has twice: refused, told of or passed over. */
function strictWarnings({ complaints = [], options }: ApiRequest): readonly string[] {
  const { fieldValidation = "Warn" } = options;
  if (complaints.length === 0 || fieldValidation === "Ignore") return [];
  if (fieldValidation === "Strict") throw badRequest(`error strict decoding YAML: ${complaints.join(", ")}`);
  return complaints.map((text) => text.replace(/^yaml: unmarshal errors:\n\s*/, ""));
}

/** Throws unless the body is a configuration of the kind and of the object that the URL names. */
export function appliedBody(
  served: Pick<Resource, "apiVersion" | "kind" | "structure" | "custom" | "namespaced">,
  { body, name, namespace }: ApiRequest,
): Record<string, unknown> {
  if (!isObject(body)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: ${cannotUnmarshal(body, "map[string]interface {}")}`,
    );
  }
  const { apiVersion = "", kind = "", metadata = {} } = body;
  const wanted = `${served.apiVersion}, Kind=${served.kind}`;
  if (kind !== served.kind || apiVersion === "") {
    throw badRequest(`invalid object type: ${String(apiVersion)}, Kind=${String(kind)}`);
  }
  if (apiVersion !== served.apiVersion) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${String(apiVersion)}, expected: ${served.apiVersion}`,
    );
  }
  const said = isObject(metadata) ? metadata : {};
  if (said["managedFields"] !== undefined && said["managedFields"] !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const problem = problemOfApplied(mergeTypeOfResource(served), body);
  if (problem !== undefined) {
    const who = `${textOf(said["namespace"])}/${textOf(said["name"])}; ${wanted}`;
    // Upstream has no better reason for it either: a 500 without one.
    throw new StatusError(500, "", `failed to create typed patch object (${who}): ${problem}`);
  }
  const called = textOf(said["name"]);
  if (called !== "" && called !== name) {
    throw badRequest(`the name of the object (${called}) does not match the name on the URL (${name})`);
  }
  const home = textOf(said["namespace"]);
  if (served.namespaced && home !== "" && home !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return body;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Who names a uid means an object that exists. */
function refuseUid({ resource, name }: ApiRequest, applied: Record<string, unknown>): void {
  const { metadata } = applied;
  const uid = isObject(metadata) ? textOf(metadata["uid"]) : "";
  if (uid === "") return;
  throw conflict(
    resource,
    name,
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
}
