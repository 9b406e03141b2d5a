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
  /** What each index said of `object`, in the order of the indexes. Exact lists: thousands of entries have them. */
  values: readonly (readonly string[])[];
  buckets: readonly Bucket<T>[];
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
  /** True when two versions of an object surely have the same values, so that nobody needs to work them out. */
  readonly unchanged: (object: T, old: T) => boolean;
  /** A bucket is present iff it holds an entry. */
  readonly buckets: Map<string, Bucket<T>>;
}

const NOTHING: readonly never[] = [];
const NO_VALUES: readonly never[] = [];
const NO_BUCKETS: readonly never[] = [];

/** Lists of one value each, the same list for the same value while it is asked for again and again. */
function singles(): (value: string) => readonly string[] {
  let last: readonly string[] = NOTHING;
  return (value) => {
    if (last[0] !== value) last = [value];
    return last;
  };
}

const namespaces = singles();
const owners = singles();

function namespaceOf({ metadata }: KubeObject): readonly string[] {
  return metadata.namespace === undefined ? NOTHING : namespaces(metadata.namespace);
}

function controllerUidOf(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? NOTHING : owners(owner.uid);
}

/** The uids of all owners; one list for neighbours that have one owner. */
export function ownerUids({ metadata: { ownerReferences } }: KubeObject): readonly string[] {
  if (ownerReferences === undefined) return NOTHING;
  const [first] = ownerReferences;
  return first !== undefined && ownerReferences.length === 1
    ? owners(first.uid)
    : ownerReferences.map(({ uid }) => uid);
}

/** For indexes by what owns an object. */
export function sameOwners(object: KubeObject, old: KubeObject): boolean {
  return object.metadata.ownerReferences === old.metadata.ownerReferences;
}

/** For indexes by the spec: a new status leaves it as it is. */
export function sameSpec(object: { spec: unknown }, old: { spec: unknown }): boolean {
  return object.spec === old.spec;
}

/** For indexes by labels. */
export function sameLabels(object: KubeObject, old: KubeObject): boolean {
  return object.metadata.labels === old.metadata.labels;
}

function never(): boolean {
  return false;
}

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
  /** The same indexes in the order of their making. */
  private readonly order: Index<T>[] = [];

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
    if (!this.indexes.has(name)) this.defineBuiltIn(name);
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
  addIndex(name: string, values: Index<T>["values"], unchanged: Index<T>["unchanged"] = never): void {
    if (!this.indexes.has(name)) this.define(name, values, unchanged);
  }

  /** Made when somebody first asks: most stores are never asked. */
  private defineBuiltIn(name: string): void {
    // The namespace is part of the key: it never changes.
    if (name === "namespace") this.define(name, namespaceOf, () => true);
    else if (name === "controller") this.define(name, controllerUidOf, sameOwners);
  }

  private define(name: string, values: Index<T>["values"], unchanged: Index<T>["unchanged"]): void {
    const index: Index<T> = { values, unchanged, buckets: new Map() };
    this.indexes.set(name, index);
    this.order.push(index);
    for (const entry of this.entries.values()) this.enter(entry, index);
  }

  /** Adds, or puts in the place of the one with this key; returns that one. */
  set(key: string, object: T): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.entries.set(key, this.newEntry(key, object));
      return undefined;
    }
    const old = entry.object;
    entry.object = object;
    for (const bucket of entry.buckets) bucket.snapshot = undefined;
    const { order } = this;
    for (let position = 0; position < order.length; position++) {
      const index = order[position] as Index<T>;
      if (index.unchanged(object, old)) continue;
      const after = index.values(object);
      const before = entry.values[position] as readonly string[];
      if (!sameValues(before, after)) {
        entry.values = entry.values.map((values, at) => (at === position ? after : values));
        move(entry, index, after);
      }
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
    entry.values = entry.values.concat([values]);
    joinAll(entry, index, values);
  }

  private newEntry(key: string, object: T): Entry<T> {
    const entry: Entry<T> = { key, object, values: NO_VALUES, buckets: NO_BUCKETS };
    const { order } = this;
    const all: (readonly string[])[] = Array.from({ length: order.length });
    const buckets: Bucket<T>[] = [];
    for (let i = 0; i < order.length; i++) {
      const index = order[i] as Index<T>;
      const values = index.values(object);
      all[i] = values;
      for (const value of values) {
        const bucket = join(entry, index, value);
        if (bucket !== undefined) buckets.push(bucket);
      }
    }
    entry.values = all;
    entry.buckets = buckets.slice();
    return entry;
  }
}

function joinAll<T>(entry: Entry<T>, index: Index<T>, values: readonly string[]): void {
  for (const value of values) {
    const bucket = join(entry, index, value);
    if (bucket !== undefined) entry.buckets = entry.buckets.concat(bucket);
  }
}

/** The bucket, when the entry was not in it before. */
function join<T>(entry: Entry<T>, index: Index<T>, value: string): Bucket<T> | undefined {
  let bucket = index.buckets.get(value);
  if (bucket === undefined) {
    bucket = { index, value, entries: new Set(), snapshot: undefined };
    index.buckets.set(value, bucket);
  }
  if (bucket.entries.has(entry)) return undefined;
  bucket.entries.add(entry);
  bucket.snapshot = undefined;
  return bucket;
}

function leave<T>(entry: Entry<T>, bucket: Bucket<T>): void {
  bucket.entries.delete(entry);
  bucket.snapshot = undefined;
  if (bucket.entries.size === 0) bucket.index.buckets.delete(bucket.value);
}

/** Takes an entry from the buckets of one index to those of its present values; where it may stay, it keeps its place. */
function move<T>(entry: Entry<T>, index: Index<T>, values: readonly string[]): void {
  const kept: Bucket<T>[] = [];
  for (const bucket of entry.buckets) {
    if (bucket.index !== index || values.includes(bucket.value)) kept.push(bucket);
    else leave(entry, bucket);
  }
  // A copy: a list that was added to keeps room for many, and there are thousands of entries.
  entry.buckets = kept.slice();
  joinAll(entry, index, values);
}
