/** GET of one object. Upstream: apiserver pkg/endpoints/handlers/get.go. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { notFound } from "../../api/meta/status-error.ts";
import type { ServerContext } from "../server-context.ts";

const NO_WARNINGS: readonly string[] = [];

/** Simplified: a resourceVersion only has to be one that was reached; the newest state always satisfies it. */
export function get(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  return { code: 200, object: existing(context, request), warnings: NO_WARNINGS };
}

/** The object that a request names; NotFound when there is none. */
export function existing(context: ServerContext, request: ApiRequest): KubeObject {
  const object = context.objects.get(request.resource, request.namespace, request.name);
  if (object === undefined) throw notFound(request.resource, request.name);
  return object;
}
