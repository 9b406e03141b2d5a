/**
 * The keyed, indexed copy of one resource that an informer keeps. Upstream: client-go tools/cache/thread_safe_store.go.
 */
import { controllerOf } from "../api/meta/object.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Lister } from "./informer.ts";

/** One stored object. It is in a bucket iff that bucket is in `buckets`. */
interface Entry<T> {
  readonly key: string;
  object: T;
  /** What each index said of `object`, in the order of the indexes. */
  readonly values: (readonly string[])[];
  buckets: Bucket<T>[];
}

/**
 * Entries of one index value, in the order of arrival; an update keeps an entry's place. `snapshot` is the answer last
 * given out and is dropped by any change: who holds one never sees it move.
 */
interface Bucket<T> {
  readonly index: Index<T>;
  readonly value: string;
  readonly entries: Set<Entry<T>>;
  snapshot: readonly T[] | undefined;
}

interface Index<T> {
  readonly values: (object: T) => readonly string[];
  /** A bucket is present iff it holds an entry. */
  readonly buckets: Map<string, Bucket<T>>;
}

const NOTHING: readonly never[] = [];

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Changing one object costs O(its index values), whatever the store's size; the common update touches no map but one. */
export class Store<T extends KubeObject> implements Lister<T> {
  private readonly entries = new Map<string, Entry<T>>();
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
    return this.entries.size;
  }

  get(key: string): T | undefined {
    return this.entries.get(key)?.object;
  }

  *list(): Iterable<T> {
    for (const entry of this.entries.values()) yield entry.object;
  }

  keys(): Iterable<string> {
    return this.entries.keys();
  }

  byIndex(name: string, value: string): readonly T[] {
    const bucket = this.indexes.get(name)?.buckets.get(value);
    if (bucket === undefined) return NOTHING;
    if (bucket.snapshot === undefined) {
      const snapshot: T[] = [];
      for (const entry of bucket.entries) snapshot.push(entry.object);
      bucket.snapshot = snapshot;
    }
    return bucket.snapshot;
  }

  /** Objects already present are indexed at once. The first index of a name stays. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.indexes.has(name)) return;
    const index: Index<T> = { values, buckets: new Map() };
    this.indexes.set(name, index);
    for (const entry of this.entries.values()) this.enter(entry, index);
  }

  /** Adds, or puts in the place of the one with this key; returns that one. */
  set(key: string, object: T): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      const added: Entry<T> = { key, object, values: [], buckets: [] };
      this.entries.set(key, added);
      for (const index of this.indexes.values()) this.enter(added, index);
      return undefined;
    }
    const old = entry.object;
    entry.object = object;
    for (const bucket of entry.buckets) bucket.snapshot = undefined;
    let position = 0;
    for (const index of this.indexes.values()) {
      const after = index.values(object);
      const before = entry.values[position] as readonly string[];
      if (!sameValues(before, after)) {
        entry.values[position] = after;
        move(entry, index, after);
      }
      position++;
    }
    return old;
  }

  delete(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    for (const bucket of entry.buckets) leave(entry, bucket);
    return entry.object;
  }

  /** Forgets all objects; the indexes stay defined. */
  clear(): void {
    this.entries.clear();
    for (const index of this.indexes.values()) index.buckets.clear();
  }

  /** Enters an entry into an index that it was not in before; indexes come in the order of `indexes`. */
  private enter(entry: Entry<T>, index: Index<T>): void {
    const values = index.values(entry.object);
    entry.values.push(values);
    for (const value of values) join(entry, index, value);
  }
}

function join<T>(entry: Entry<T>, index: Index<T>, value: string): void {
  let bucket = index.buckets.get(value);
  if (bucket === undefined) {
    bucket = { index, value, entries: new Set(), snapshot: undefined };
    index.buckets.set(value, bucket);
  }
  if (bucket.entries.has(entry)) return;
  bucket.entries.add(entry);
  bucket.snapshot = undefined;
  entry.buckets.push(bucket);
}

function leave<T>(entry: Entry<T>, bucket: Bucket<T>): void {
  bucket.entries.delete(entry);
  bucket.snapshot = undefined;
  if (bucket.entries.size === 0) bucket.index.buckets.delete(bucket.value);
}

/** Takes an entry from the buckets of one index to those of its present values; where it may stay, it keeps its place. */
function move<T>(entry: Entry<T>, index: Index<T>, values: readonly string[]): void {
  entry.buckets = entry.buckets.filter((bucket) => {
    if (bucket.index !== index || values.includes(bucket.value)) return true;
    leave(entry, bucket);
    return false;
  });
  for (const value of values) join(entry, index, value);
}
