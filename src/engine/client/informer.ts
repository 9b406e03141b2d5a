import type { KubeObject } from "../api/meta/object.ts";

/** Reads an informer's store: as old as the last delivery, never a request. Objects are frozen and shared. */
export interface Lister<T extends KubeObject> {
  /** By `namespace/name` or, cluster-scoped, `name`. */
  get(key: string): T | undefined;
  /** All, in the order of arrival. */
  list(): Iterable<T>;
  /** Objects whose index `name` has `value`; see `addIndex`. Empty when none. O(answer). */
  byIndex(name: string, value: string): readonly T[];
  readonly size: number;
}

export interface InformerHandler<T extends KubeObject> {
  onAdd?(object: T): void;
  onUpdate?(object: T, old: T): void;
  /** `object` is the last state known of, `old` what the store held. */
  onDelete?(object: T, old: T): void;
}

/** A shared, watched copy of one resource. Built-in indexes: `namespace`, `controller` (uid of the controlling owner). */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>;
  /** True once the first list is in the store. */
  readonly synced: boolean;
  /** Objects already in the store are handed to `onAdd` at once. Returns the function that removes the handler. */
  addHandler(handler: InformerHandler<T>): () => void;
  /**
   * Indexes by what `values` returns for an object; call it before the informer starts. Same name twice: the first stays.
   * `unchanged` says of two versions that they surely have the same values: then nobody works them out again.
   */
  addIndex(name: string, values: (object: T) => readonly string[], unchanged?: (object: T, old: T) => boolean): void;
}
