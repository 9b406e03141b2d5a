/**
 * Requests in a version that is stored as another one. Past `dispatch` a request's `resource` is the stored one, and
 * objects have its form; `servedAs` is the version that the client speaks.
 * Upstream: the scheme's conversions around each verb of apiserver pkg/endpoints/handlers.
 */
import type { Conversion } from "../api/meta/conversion.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { ApiRequest, ApiResponse, ObjectList } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import { inheritOwners } from "./managed-fields/ownership.ts";

/** The request as one for the resource that is stored, its body converted. The same one for most. */
export function atStorage(request: ApiRequest): ApiRequest {
  const { resource, verb, subresource } = request;
  if (resource.storedAs === undefined) return request;
  const converted = { ...request, resource: resource.storedAs.resource, servedAs: resource };
  if ((verb !== "create" && verb !== "update") || (subresource !== "" && subresource !== "status")) return converted;
  return { ...converted, body: toStored(resource, request.body as KubeObject) };
}

/** An object that a client sent in the version `served`, defaulted there, as it is stored. */
export function toStored(served: Resource, object: KubeObject): KubeObject {
  if (served.storedAs === undefined) return object;
  return served.storedAs.toStorage(served.defaults?.(object) ?? object);
}

/** An object in stored form, perhaps not stored yet, in the form of the version `served`. */
export function toServed(served: Resource, object: KubeObject): KubeObject {
  return served.storedAs === undefined ? object : served.storedAs.fromStorage(object);
}

/** A stored object as the version shows it, with its owners. */
export function shownAs(version: Conversion<KubeObject>, stored: KubeObject): KubeObject {
  const object = version.show(stored);
  if (object.metadata !== stored.metadata) inheritOwners(object, stored);
  return object;
}

/** The answer in the version `served`: objects and lists are converted, statuses and scales stay. */
export function answerIn(served: Resource, response: ApiResponse): ApiResponse {
  const { storedAs } = served;
  if (storedAs === undefined) return response;
  const { apiVersion, kind } = response.object as KubeObject;
  if (apiVersion !== storedAs.resource.apiVersion) return response;
  if (kind === storedAs.resource.kind) {
    return { ...response, object: shownAs(storedAs, response.object as KubeObject) };
  }
  if (kind !== `${storedAs.resource.kind}List`) return response;
  const list = response.object as ObjectList<KubeObject>;
  const items = list.items.map((item) => shownAs(storedAs, item));
  return {
    ...response,
    object: { ...list, apiVersion: served.apiVersion, kind: served.custom?.listKind ?? `${served.kind}List`, items },
  };
}
