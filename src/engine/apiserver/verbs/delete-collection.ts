/** DELETE of a collection. Upstream: DeleteCollection of apiserver pkg/registry/generic/registry/store.go. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, ObjectList, RequestOptions } from "../../api/meta/request.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import type { ServerContext } from "../server-context.ts";
import { deleteObject } from "./delete.ts";
import { list } from "./list.ts";

/** Deletes what a list with the same selectors finds; answers with that list. */
export function deleteCollection(context: ServerContext, request: ApiRequest): ApiResponse<ObjectList<KubeObject>> {
  const { labelSelector, fieldSelector, resourceVersion, ...rest } = request.options;
  const listOptions: RequestOptions = {
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  const found = list(context, { ...request, verb: "list", options: listOptions });
  for (const { metadata } of found.object.items) {
    const { namespace = "", name } = metadata;
    try {
      deleteObject(context, { ...request, verb: "delete", namespace, name, options: rest });
    } catch (error) {
      // Gone with another one that was just deleted.
      if (!isNotFound(error)) throw error;
    }
  }
  return found;
}
