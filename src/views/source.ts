import type { KubeObject } from "../engine/api/meta/object.ts";
import type { WatchEvent } from "../engine/api/meta/request.ts";
import type { Resource } from "../engine/api/meta/resource.ts";

/**
 * Where a projection gets its objects: the simulated cluster's store, or a watch on a real one. What is there at
 * `subscribe` comes as ADDED, before it returns or later; changes follow in order. Returns the function that ends it.
 */
export interface ObjectSource {
  subscribe<T extends KubeObject>(
    resource: Resource<T>,
    onEvents: (events: readonly WatchEvent<T>[]) => void,
  ): () => void;
}
