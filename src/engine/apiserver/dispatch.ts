/** From a request that is understood to the verb that answers it. */
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import { methodNotSupported, StatusError } from "../api/meta/status-error.ts";
import type { ServerContext } from "./server-context.ts";
import type { Resource } from "../api/meta/resource.ts";
import { answerReview } from "./auth/reviews.ts";
import { createToken } from "./subresources/token.ts";
import { evict } from "./subresources/eviction.ts";
import { finalize } from "./subresources/finalize.ts";
import { getScale, patchScale, updateScale } from "./subresources/scale.ts";
import { deleteCollection } from "./verbs/delete-collection.ts";
import { patch } from "./verbs/patch.ts";
import { bind, bindByItself } from "./subresources/binding.ts";
import { create } from "./verbs/create.ts";
import { deleteObject } from "./verbs/delete.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { readComputed } from "./verbs/computed.ts";
import { update } from "./verbs/update.ts";
import { answerIn, atStorage } from "./versions.ts";

type VerbFunction = (context: ServerContext, request: ApiRequest) => ApiResponse;
type Verbs = Partial<Record<ApiRequest["verb"], VerbFunction>>;

const VERBS: Verbs = {
  create,
  get,
  list,
  update,
  patch,
  delete: deleteObject,
  deletecollection: deleteCollection,
};

const SUBRESOURCES: Readonly<Record<string, Verbs>> = {
  approval: { get, update, patch },
  status: { get, update, patch },
  scale: { get: getScale, update: updateScale, patch: patchScale },
  binding: { create: bind },
  eviction: { create: evict },
  finalize: { update: finalize },
  ephemeralcontainers: { get, update, patch },
  resize: { get, update, patch },
  token: { create: createToken },
};

/** 404 for a path that leads nowhere. */
export function unknownResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource");
}

/** The subresources that a resource offers; a namespace's `finalize` goes without saying. */
export function offersSubresource(resource: Resource, subresource: string): boolean {
  if (subresource === "finalize") return resource.id === "namespaces";
  return resource.subresources?.some((offered) => offered === subresource) ?? false;
}

function answer(context: ServerContext, request: ApiRequest): ApiResponse {
  return request.resource.id === "bindings" ? bindByItself(context, request) : answerReview(context, request);
}

export function dispatch(context: ServerContext, request: ApiRequest): ApiResponse {
  if (request.resource.remote === true) return context.askRemote(request);
  const act = verbOf(request);
  if (request.resource.answered === true) return answer(context, request);
  if (request.resource.computed === true) return readComputed(context, request);
  if (request.resource.storedAs === undefined) return act(context, request);
  return answerIn(request.resource, act(context, atStorage(request)));
}

function verbOf({ resource, verb, subresource }: ApiRequest): VerbFunction {
  if (subresource === "") {
    const act = VERBS[verb];
    if (act === undefined || resource.without?.some((missing) => missing === verb)) {
      throw methodNotSupported(resource, verb);
    }
    return act;
  }
  const verbs = SUBRESOURCES[subresource];
  if (verbs === undefined || !offersSubresource(resource, subresource)) throw unknownResource();
  const act = verbs[verb];
  if (act === undefined) throw methodNotSupported(resource, verb);
  return act;
}
