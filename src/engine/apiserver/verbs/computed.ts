/** GET of objects that are computed when somebody asks, not stored. Upstream: pkg/registry/core/componentstatus/rest.go. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, ObjectList } from "../../api/meta/request.ts";
import { methodNotSupported, notFound } from "../../api/meta/status-error.ts";
import { selectionOf } from "../selection.ts";
import type { ServerContext } from "../server-context.ts";

const NO_WARNINGS: readonly string[] = [];

export function readComputed(
  context: ServerContext,
  request: ApiRequest,
): ApiResponse<KubeObject | ObjectList<KubeObject>> {
  const { resource, verb, name, options } = request;
  const everywhere = context.computed.get(resource.id)?.() ?? [];
  const objects =
    request.namespace === ""
      ? everywhere
      : everywhere.filter(({ metadata }) => metadata.namespace === request.namespace);
  if (verb === "get") {
    const object = objects.find(({ metadata }) => metadata.name === name);
    if (object === undefined) throw notFound(resource, name);
    return { code: 200, object, warnings: NO_WARNINGS };
  }
  if (verb !== "list") throw methodNotSupported(resource, verb);
  const { matches } = selectionOf(resource, options);
  const items = matches === undefined ? [...objects] : objects.filter(matches);
  const { apiVersion, kind } = resource;
  const list = { apiVersion, kind: `${kind}List`, metadata: { resourceVersion: "" }, items };
  return { code: 200, object: list, warnings: NO_WARNINGS };
}
