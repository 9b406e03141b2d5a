/**
 * One entrance for the API server's PATCH: applies a body of any kind to an object and turns failures into `Status`.
 * Upstream: apiserver pkg/endpoints/handlers/patch.go. Server-side apply is not among them.
 */
import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { cannotUnmarshal } from "../../base/json-kind.ts";
import { badRequest, StatusError } from "../meta/status-error.ts";
import { applyJsonPatch, parseJsonPatch } from "./json-patch.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { PatchError, patchTypeOf } from "./patch-schema.ts";
import { applyStrategicPatch } from "./strategic-apply.ts";

const UNPROCESSABLE = "the server rejected our request due to an error in our request";

/**
 * `original` patched, sharing what the patch leaves alone; not yet decoded, defaulted or validated.
 * `structure` is the kind's name in `generated/structure.ts`. Throws a `StatusError`.
 */
export function applyPatch(
  type: "json" | "merge" | "strategic",
  structure: string,
  documents: { original: object; patch: unknown },
): object {
  const original = documents.original as JsonObject;
  const { patch } = documents;
  try {
    if (type === "json") return asObject(applyJsonPatch(original, parseJsonPatch(patch)));
    if (!isObject(patch)) {
      throw badRequest(cannotUnmarshal(patch, "map[string]interface {}"));
    }
    if (type === "merge") return asObject(applyMergePatch(original, patch as JsonObject));
    return applyStrategicPatch(original, patch as JsonObject, patchTypeOf(structure));
  } catch (error) {
    if (error instanceof PatchError) throw statusOf(error);
    throw error;
  }
}

function asObject(value: Json): JsonObject {
  if (isObject(value)) return value as JsonObject;
  throw new PatchError(UNPROCESSABLE, "unprocessable");
}

function statusOf(error: PatchError): StatusError {
  if (error.kind === "format") return badRequest(error.message);
  // Upstream keeps the reason to its log.
  if (error.kind === "unprocessable") return new StatusError(422, "Invalid", UNPROCESSABLE);
  return new StatusError(500, "InternalError", error.message);
}
