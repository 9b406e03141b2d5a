/** GET of a collection with `watch=true`. Upstream: apiserver pkg/endpoints/handlers/watch.go. */
import type { ApiRequest } from "../../api/meta/request.ts";
import { selectionOf } from "../selection.ts";
import type { WatchHandler } from "../watch/watch-handler.ts";
import type { WatchHub } from "../watch/watch-hub.ts";
import { parseVersion } from "./list.ts";

/** Starts after `options.resourceVersion`; "" or "0" begin with what exists, as ADDED events. Returns the stop. */
export function watch(hub: WatchHub, request: ApiRequest, handler: WatchHandler): () => void {
  const { resource, namespace, name, options } = request;
  const fieldSelector = name === "" ? options.fieldSelector : `metadata.name=${name}`;
  const selection = selectionOf(resource, { ...options, ...(fieldSelector !== undefined && { fieldSelector }) });
  const version = parseVersion(options.resourceVersion);
  return hub.watch(
    {
      resource,
      filter: { namespace, ...(selection.matches && { matches: selection.matches }) },
      trigger: selection.trigger,
      after: version === 0 ? undefined : version,
    },
    handler,
  );
}
