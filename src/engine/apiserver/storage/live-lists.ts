/**
 * Lists that are read by almost every request and written hardly ever: quotas, limits, classes, policies. Each is made when
 * first asked for and dropped by the write that changes it. Upstream: the shared informers that admission plugins read;
 * these are never behind.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { ObjectStore } from "./object-store.ts";
import { REGISTRY } from "./storage-keys.ts";

const NO_OBJECTS: readonly never[] = [];

/** What is known of one resource, by namespace; "" for all of them. A list is there iff it is what is stored. */
type Lists = Map<string, readonly KubeObject[]>;

/**
 * Found by the resource and dropped by the kind, which both are at hand: each write asks six times and more, and to cut a
 * name out of a key and hash it for each was two percent of all that a pod's start costs.
 */
export class LiveLists {
  private readonly objects: ObjectStore;
  private readonly known = new Map<Resource, Lists>();
  /** The same lists. Several resources may have kinds of one name: then a write drops the lists of them all. */
  private readonly byKind = new Map<string, Lists[]>();

  constructor(objects: ObjectStore) {
    this.objects = objects;
    objects.store.watch({
      prefix: REGISTRY,
      onEvents: (events) => {
        for (const { current, previous } of events) this.forget((current ?? previous)?.value);
      },
    });
  }

  /**
   * In the order of their names: all objects of a cluster-scoped resource, or those of one namespace. The same list until
   * one of them changes. Only for resources whose objects are few and change seldom.
   */
  list<T extends KubeObject>(resource: Resource<T>, namespace = ""): readonly T[] {
    const lists = this.known.get(resource as Resource) ?? this.enter(resource as Resource);
    let list = lists.get(namespace);
    if (list === undefined) {
      const { items } = this.objects.range(resource as Resource, namespace);
      list = items.length === 0 ? NO_OBJECTS : items.map(({ value }) => value);
      lists.set(namespace, list);
    }
    return list as readonly T[];
  }

  private enter(resource: Resource): Lists {
    const lists: Lists = new Map();
    this.known.set(resource, lists);
    const others = this.byKind.get(resource.kind);
    if (others === undefined) this.byKind.set(resource.kind, [lists]);
    else others.push(lists);
    return lists;
  }

  private forget(object: KubeObject | undefined): void {
    const kept = object && this.byKind.get(object.kind);
    if (kept === undefined) return;
    for (const lists of kept) {
      lists.delete("");
      lists.delete(object?.metadata.namespace ?? "");
    }
  }
}
