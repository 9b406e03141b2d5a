/**
 * The keyed, indexed copy of one resource that an informer keeps. Upstream: client-go tools/cache/thread_safe_store.go.
 */
import { controllerOf } from "../api/meta/object.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Lister } from "./informer.ts";

/**
 * Objects of one index value. An update keeps an object's place, so the order is that of arrival.
 * `snapshot` is the answer last given out and is thrown away by any change: who holds one never sees it move.
 */
interface Bucket<T> {
  readonly objects: Map<string, T>;
  snapshot: readonly T[] | undefined;
}

interface Index<T> {
  readonly values: (object: T) => readonly string[];
  /** A bucket is present iff it holds an object. */
  readonly buckets: Map<string, Bucket<T>>;
}

const NOTHING: readonly never[] = [];

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Changing one object costs O(its index values), whatever the store's size. */
export class Store<T extends KubeObject> implements Lister<T> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, Index<T>>();

  constructor() {
    this.addIndex("namespace", (object) => {
      const { namespace } = object.metadata;
      return namespace === undefined ? NOTHING : [namespace];
    });
    this.addIndex("controller", (object) => {
      const owner = controllerOf(object);
      return owner === undefined ? NOTHING : [owner.uid];
    });
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(): Iterable<T> {
    return this.objects.values();
  }

  keys(): Iterable<string> {
    return this.objects.keys();
  }

  byIndex(name: string, value: string): readonly T[] {
    const bucket = this.indexes.get(name)?.buckets.get(value);
    if (bucket === undefined) return NOTHING;
    return (bucket.snapshot ??= [...bucket.objects.values()]);
  }

  /** Objects already present are indexed at once. The first index of a name stays. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.indexes.has(name)) return;
    const index: Index<T> = { values, buckets: new Map() };
    this.indexes.set(name, index);
    for (const [key, object] of this.objects) for (const value of values(object)) put(index, value, { key, object });
  }

  /** Adds or replaces; `old` is what `get(key)` gives now. */
  set(key: string, object: T, old: T | undefined): void {
    this.objects.set(key, object);
    for (const index of this.indexes.values()) {
      const after = index.values(object);
      const before = old === undefined ? NOTHING : index.values(old);
      if (!sameValues(before, after)) for (const value of before) if (!after.includes(value)) drop(index, value, key);
      for (const value of after) put(index, value, { key, object });
    }
  }

  delete(key: string): T | undefined {
    const old = this.objects.get(key);
    if (old === undefined) return undefined;
    this.objects.delete(key);
    for (const index of this.indexes.values()) for (const value of index.values(old)) drop(index, value, key);
    return old;
  }

  /** Forgets all objects; the indexes stay defined. */
  clear(): void {
    this.objects.clear();
    for (const index of this.indexes.values()) index.buckets.clear();
  }
}

function put<T>(index: Index<T>, value: string, entry: { key: string; object: T }): void {
  let bucket = index.buckets.get(value);
  if (bucket === undefined) {
    bucket = { objects: new Map(), snapshot: undefined };
    index.buckets.set(value, bucket);
  }
  bucket.objects.set(entry.key, entry.object);
  bucket.snapshot = undefined;
}

function drop<T>(index: Index<T>, value: string, key: string): void {
  const bucket = index.buckets.get(value);
  if (bucket === undefined) return;
  bucket.objects.delete(key);
  bucket.snapshot = undefined;
  if (bucket.objects.size === 0) index.buckets.delete(value);
}
