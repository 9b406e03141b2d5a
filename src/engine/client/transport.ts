import type { KubeObject } from "../api/meta/object.ts";
import type { ResourceCatalog } from "../api/meta/resource-catalog.ts";
import type { ApiRequest, ApiResponse, WatchEvent } from "../api/meta/request.ts";

/** Receives a watch's events; each batch arrives at one instant, in the order of revisions. */
export interface WatchHandler<T extends KubeObject = KubeObject> {
  onEvents(events: readonly WatchEvent<T>[]): void;
  /** The server ended the watch: list again and start over. */
  onEnd(reason: "expired" | "closed"): void;
}

/**
 * How a client reaches the API server. Requests are function calls that return or throw a `StatusError`; a server that
 * is down throws `StatusError` 503 `ServiceUnavailable`. Watch events come later, as simulation events.
 */
export interface Transport {
  /** What the server serves at the moment. */
  readonly catalog: ResourceCatalog;
  request<T = unknown>(request: ApiRequest): ApiResponse<T>;
  /** Starts at `options.resourceVersion` (exclusive). Returns the function that stops it. */
  watch<T extends KubeObject>(request: ApiRequest, handler: WatchHandler<T>): () => void;
}
