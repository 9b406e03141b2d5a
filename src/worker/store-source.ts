import type { KubeObject } from "../engine/api/meta/object.ts";
import type { WatchEvent } from "../engine/api/meta/request.ts";
import type { Resource } from "../engine/api/meta/resource.ts";
import { storagePrefix } from "../engine/apiserver/storage/storage-keys.ts";
import type { Cluster } from "../engine/index.ts";
import type { ObjectSource } from "../views/source.ts";

/** The simulated cluster's store as a source of objects: told at the write itself, so that looking costs no event. */
export function storeSource(cluster: Cluster): ObjectSource {
  const { store } = cluster;
  return {
    subscribe<T extends KubeObject>(
      resource: Resource<T>,
      onEvents: (events: readonly WatchEvent<T>[]) => void,
    ): () => void {
      const prefix = storagePrefix(resource);
      const present = store.range(prefix).items.map(({ value }) => ({ type: "ADDED" as const, object: value as T }));
      if (present.length > 0) onEvents(present);
      return store.watch({
        prefix,
        onEvents: (events) =>
          onEvents(
            events.map(({ current, previous }) => ({
              type: current === undefined ? "DELETED" : previous === undefined ? "ADDED" : "MODIFIED",
              object: (current ?? previous)?.value as T,
            })),
          ),
      });
    },
  };
}
