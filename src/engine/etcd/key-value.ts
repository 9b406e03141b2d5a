/** What the store holds and tells. Upstream: api/mvccpb/kv.proto. */

/** One version of one key. */
export interface KeyValue<V> {
  readonly key: string;
  readonly value: V;
  /** Revision that made the key (again, after a delete). */
  readonly createRevision: number;
  /** Revision that made this version. */
  readonly modRevision: number;
  /** 1 at creation, counts up with each put. */
  readonly version: number;
}

/** A change of one key. `previous` is the version before it, absent for a new key. */
export interface StoreEvent<V> {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  /** Absent for a delete. */
  readonly current: KeyValue<V> | undefined;
  readonly previous: KeyValue<V> | undefined;
}

export interface RangeResult<V> {
  readonly items: readonly KeyValue<V>[];
  /** True when `limit` cut the answer short. */
  readonly more: boolean;
  /** The store's revision when it answered. */
  readonly revision: number;
}

/** Everything that a store held at one revision. */
export interface Snapshot<V> {
  readonly revision: number;
  readonly items: readonly KeyValue<V>[];
}

export type Operation<V> =
  | { readonly op: "put"; readonly key: string; readonly value: V }
  | { readonly op: "delete"; readonly key: string };

/** Holds when the key's mod revision is this; 0: the key doesn't exist. */
export interface Compare {
  readonly key: string;
  readonly modRevision: number;
}

export interface Transaction<V> {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation<V>[];
  readonly failure?: readonly Operation<V>[];
}
