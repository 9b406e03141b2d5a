/**
 * Lists that are read by almost every request and written hardly ever: quotas, limits, classes, policies. Each is made when
 * first asked for and dropped by the write that changes it. Upstream: the shared informers that admission plugins read;
 * these are never behind.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { ObjectStore } from "./object-store.ts";
import { REGISTRY, storagePrefix } from "./storage-keys.ts";

const NO_OBJECTS: readonly never[] = [];

export class LiveLists {
  private readonly objects: ObjectStore;
  /** By the part of the key that names the resource; then by namespace. A list is there iff it is what is stored. */
  private readonly known = new Map<string, Map<string, readonly KubeObject[]>>();

  constructor(objects: ObjectStore) {
    this.objects = objects;
    objects.store.watch({
      prefix: REGISTRY,
      onEvents: (events) => {
        for (const { key } of events) this.forget(key);
      },
    });
  }

  /**
   * In the order of their names: all objects of a cluster-scoped resource, or those of one namespace. The same list until
   * one of them changes. Only for resources whose objects are few and change seldom.
   */
  list<T extends KubeObject>(resource: Resource<T>, namespace = ""): readonly T[] {
    const segment = segmentOf(storagePrefix(resource));
    let lists = this.known.get(segment);
    if (lists === undefined) this.known.set(segment, (lists = new Map()));
    let list = lists.get(namespace);
    if (list === undefined) {
      const { items } = this.objects.range(resource, namespace);
      list = items.length === 0 ? NO_OBJECTS : items.map(({ value }) => value);
      lists.set(namespace, list);
    }
    return list as readonly T[];
  }

  private forget(key: string): void {
    const lists = this.known.get(segmentOf(key));
    if (lists === undefined) return;
    if (lists.has("")) lists.delete("");
    if (lists.size === 0) return;
    const rest = key.indexOf("/", REGISTRY.length) + 1;
    lists.delete(key.slice(rest, key.indexOf("/", rest)));
  }
}

/** `/registry/pods/default/web` → `pods` */
function segmentOf(key: string): string {
  return key.slice(REGISTRY.length, key.indexOf("/", REGISTRY.length));
}
