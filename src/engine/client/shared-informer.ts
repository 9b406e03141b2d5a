/** One resource's store with those who want to hear of changes. Upstream: client-go tools/cache/shared_informer.go. */
import { keyOf } from "../api/meta/object.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { WatchEvent } from "../api/meta/request.ts";
import type { Informer, InformerHandler, Lister } from "./informer.ts";
import type { ReflectorTarget } from "./reflector.ts";
import { Store } from "./store.ts";

/** The change that handlers are being told of now, or the last one. */
export interface Delivery {
  /** True iff a handler is running. */
  active: boolean;
  /** Plural of the resource. */
  resource: string;
  type: "ADDED" | "MODIFIED" | "DELETED";
  key: string;
}

export class SharedInformer<T extends KubeObject> implements Informer<T>, ReflectorTarget<T> {
  private readonly store = new Store<T>();
  /** Replaced, never changed, so that a handler may add or remove handlers while it is called. */
  private handlers: readonly InformerHandler<T>[] = [];
  private listed = false;
  private readonly resource: string;
  private readonly delivery: Delivery;
  private readonly onSynced: () => void;

  /** `delivery` is shared by all informers of a factory and kept up to date. */
  constructor(resource: string, delivery: Delivery, onSynced: () => void) {
    this.resource = resource;
    this.delivery = delivery;
    this.onSynced = onSynced;
  }

  get lister(): Lister<T> {
    return this.store;
  }

  get synced(): boolean {
    return this.listed;
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.handlers = [...this.handlers, handler];
    if (handler.onAdd !== undefined) for (const object of [...this.store.list()]) handler.onAdd(object);
    return () => {
      this.handlers = this.handlers.filter((kept) => kept !== handler);
    };
  }

  addIndex(name: string, values: (object: T) => readonly string[], unchanged?: (object: T, old: T) => boolean): void {
    this.store.addIndex(name, values, unchanged);
  }

  /** Forgets everything without telling anybody: the component that owned this copy is gone. */
  reset(): void {
    this.store.clear();
    this.listed = false;
  }

  replace(items: readonly T[]): void {
    const gone = new Set(this.store.keys());
    for (const item of items) gone.delete(keyOf(item));
    for (const key of gone) this.remove(key);
    for (const item of items) {
      const old = this.store.get(keyOf(item));
      if (old === undefined || old.metadata.resourceVersion !== item.metadata.resourceVersion) this.put(item);
    }
    if (this.listed) return;
    this.listed = true;
    this.onSynced();
  }

  apply(event: WatchEvent<T>): void {
    if (event.type === "DELETED") this.remove(keyOf(event.object), event.object);
    else this.put(event.object);
  }

  private put(object: T): void {
    const key = keyOf(object);
    let old = this.store.set(key, object);
    // Another object under the same name: the first one's end was missed.
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.store.delete(key);
      this.deliver({ type: "DELETED", key, object: old, old });
      this.store.set(key, object);
      old = undefined;
    }
    if (this.handlers.length > 0) this.deliver({ type: old === undefined ? "ADDED" : "MODIFIED", key, object, old });
  }

  /** Handlers get the last state: the one that came with the deletion, else the one that was in the store. */
  private remove(key: string, last?: T): void {
    const old = this.store.delete(key);
    if (old === undefined) return;
    this.deliver({ type: "DELETED", key, object: last ?? old, old });
  }

  /** `old` is there for all but what is added. */
  private deliver({
    type,
    key,
    object,
    old,
  }: {
    type: Delivery["type"];
    key: string;
    object: T;
    old: T | undefined;
  }): void {
    const { delivery } = this;
    delivery.active = true;
    delivery.resource = this.resource;
    delivery.type = type;
    delivery.key = key;
    try {
      for (const handler of this.handlers) {
        if (old === undefined) handler.onAdd?.(object);
        else if (type === "DELETED") handler.onDelete?.(object, old);
        else handler.onUpdate?.(object, old);
      }
    } finally {
      delivery.active = false;
    }
  }
}
