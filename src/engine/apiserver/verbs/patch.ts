/** PATCH of an object, its status or its scale. Upstream: apiserver pkg/endpoints/handlers/patch.go. */
import { decode, DecodeError, strictDecodingError, unknownField } from "../../api/meta/decode.ts";
import type { DecodableKind, Decoded } from "../../api/meta/decode.ts";
import { invalid, invalidValue } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { applyPatch } from "../../api/patch/apply-patch.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { badRequest, StatusError } from "../../api/meta/status-error.ts";
import { isObject } from "../../base/json.ts";
import type { ServerContext } from "../server-context.ts";
import { completeBody } from "../required-fields.ts";
import { withOwners } from "../managed-fields/ownership.ts";
import { servedResource } from "../served-resource.ts";
import { toServed, toStored } from "../versions.ts";
import { apply } from "./apply.ts";
import { existing } from "./get.ts";
import { replace } from "./update.ts";

export const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;

export function patch(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  if (request.patchType === "apply") return apply(context, request);
  const served = servedResource(request);
  const live = toServed(served, existing(context, request));
  const old = speaksOfOwners(request.body) ? withOwners(live) : live;
  const { object, warnings } = patchedBody<KubeObject>(request, old, served);
  if (object.metadata.name !== request.name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${request.name})`,
    );
  }
  const stored = replace(context, request, toStored(served, object));
  return warnings.length === 0 ? stored : { ...stored, warnings: [...warnings, ...stored.warnings] };
}

/** Owners are shown to the few patches that change them. */
function speaksOfOwners(body: unknown): boolean {
  if (Array.isArray(body)) {
    return body.some((operation: { path?: unknown } | null) => String(operation?.path).startsWith(OWNERS_PATH));
  }
  return (body as { metadata?: { managedFields?: unknown } } | undefined)?.metadata?.managedFields !== undefined;
}

const OWNERS_PATH = "/metadata/managedFields";

/** `original` with the request's patch applied, decoded as `kind`. */
export function patchedBody<T>(
  request: ApiRequest,
  original: object,
  kind: DecodableKind,
): { object: T; warnings: string[] } {
  const { patchType = "strategic", body, options } = request;
  if (patchType === "apply") throw new Error("an apply is no patch of a body");
  if (patchType === "strategic" && kind.custom !== undefined) throw noStrategicPatch();
  const patched = applyPatch(patchType, kind.structure, { original, patch: body });
  const refuse = (problem: string): StatusError => {
    const shown = patchType === "strategic" ? goMapText(body) : JSON.stringify(patched);
    return invalid({ group: "", kind: "" }, "", [invalidValue("patch", shown, problem)]);
  };
  const { object, unknownFields } = decodePatched<T>(kind, { patched, original }, (error) =>
    refuse(patchType === "strategic" ? error.unstructured : error.message),
  );
  const result = completeBody(kind, object as object, original) as T;
  const { fieldValidation = "Warn" } = options;
  if (fieldValidation === "Ignore") return { object: result, warnings: [] };
  const found = [...(request.complaints ?? []), ...unknownFields.map(unknownField)];
  if (fieldValidation === "Strict" && found.length > 0) throw refuse(strictDecodingError(found));
  return { object: result, warnings: found };
}

function decodePatched<T>(
  kind: DecodableKind,
  { patched, original }: { patched: object; original: object },
  refuse: (error: DecodeError) => StatusError,
): Decoded<T> {
  try {
    return decode<T>(kind, patched, original);
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error) : error;
  }
}

/** A JSON value as Go prints it: `map[spec:map[replicas:2]]`. */
function goMapText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMapText).join(" ")}]`;
  if (!isObject(value)) return value === null ? "<nil>" : String(value);
  const pairs = Object.keys(value).sort();
  return `map[${pairs.map((key) => `${key}:${goMapText(value[key])}`).join(" ")}]`;
}

/** Custom resources have no merge keys. */
function noStrategicPatch(): StatusError {
  const accepted = PATCH_TYPES.filter((type) => !type.includes("strategic")).join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

export function unsupportedPatch(): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPES.join(", ")}`,
  );
}
