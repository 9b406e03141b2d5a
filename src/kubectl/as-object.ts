/** Between objects of the API and the JSON that they are. */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { JsonObject } from "../engine/base/json.ts";

/** An object is JSON; its interface has no index signature. */
export function asJson(object: object): JsonObject {
  return object as JsonObject;
}

/** The way back: JSON that is known to be an object of the API. */
export function asObject(value: object): KubeObject {
  return value as KubeObject;
}
