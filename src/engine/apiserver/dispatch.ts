/** From a request that is understood to the verb that answers it. */
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import { methodNotSupported, StatusError } from "../api/meta/status-error.ts";
import type { ServerContext } from "./server-context.ts";
import { bind } from "./subresources/binding.ts";
import { create } from "./verbs/create.ts";
import { deleteObject } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { update } from "./verbs/update.ts";

type VerbFunction = (context: ServerContext, request: ApiRequest) => ApiResponse;

const VERBS: Partial<Record<ApiRequest["verb"], VerbFunction>> = { create, get, list, update, delete: deleteObject };
/** By subresource and verb. */
const SUBRESOURCES: Readonly<Record<string, Partial<Record<ApiRequest["verb"], VerbFunction>>>> = {
  status: { get, update },
  binding: { create: bind },
};

/** 404 for a path that leads nowhere. */
export function unknownResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource");
}

export function dispatch(context: ServerContext, request: ApiRequest): ApiResponse {
  const { resource, verb, subresource } = request;
  if (subresource === "") {
    const act = VERBS[verb];
    if (act === undefined || resource.without?.includes(verb as "create")) throw methodNotSupported(resource, verb);
    return act(context, request);
  }
  const verbs = SUBRESOURCES[subresource];
  if (verbs === undefined || !resource.subresources?.includes(subresource as "status")) throw unknownResource();
  const act = verbs[verb];
  if (act === undefined) throw methodNotSupported(resource, verb);
  return act(context, request);
}
