/**
 * PATCH of an object, its status or its scale. Upstream: apiserver pkg/endpoints/handlers/patch.go.
 * Simplified: no server-side apply.
 */
import { decodeBody, type DecodableKind } from "../../api/meta/decode.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { applyPatch } from "../../api/patch/apply-patch.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import type { ServerContext } from "../server-context.ts";
import { withRequiredFields } from "../required-fields.ts";
import { servedResource, toServed, toStored } from "../versions.ts";
import { existing } from "./get.ts";
import { replace } from "./update.ts";

export const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
] as const;

export function patch(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  const served = servedResource(request);
  const old = toServed(served, existing(context, request));
  const { object, warnings } = patchedBody<KubeObject>(request, old, served);
  if (object.metadata.name !== request.name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${request.name})`,
    );
  }
  const stored = replace(context, request, toStored(served, object));
  return warnings.length === 0 ? stored : { ...stored, warnings: [...warnings, ...stored.warnings] };
}

/** `original` with the request's patch applied, decoded as `kind`. */
export function patchedBody<T>(
  request: ApiRequest,
  original: object,
  kind: DecodableKind,
): { object: T; warnings: string[] } {
  const { patchType = "strategic", body, options } = request;
  if (patchType === "apply") throw unsupportedPatch();
  const patched = applyPatch(patchType, kind.structure, { original, patch: body });
  const { fieldValidation = "Warn" } = options;
  const decoded = decodeBody<T>(kind, patched, { strict: fieldValidation === "Strict" });
  const warnings =
    fieldValidation === "Warn" ? decoded.unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`) : [];
  return { object: withRequiredFields(kind.structure, decoded.object as object) as T, warnings };
}

export function unsupportedPatch(): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(", ")}`,
  );
}
