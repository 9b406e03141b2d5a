/**
 * A map of so many entries at most: the one that was used longest ago makes room for a new one. A Map alone could do it,
 * but finding its eldest key walks over the places of all those that were taken out.
 */
interface Entry<K, V> {
  readonly key: K;
  value: V;
  /** The neighbours in the order of use; undefined at the ends. */
  older: Entry<K, V> | undefined;
  newer: Entry<K, V> | undefined;
}

export class LruMap<K, V> {
  private readonly capacity: number;
  /** An entry is in `entries` iff it is reached from `oldest` by `newer`. */
  private readonly entries = new Map<K, Entry<K, V>>();
  private oldest: Entry<K, V> | undefined;
  private newest: Entry<K, V> | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Finds a value, which counts as a use. */
  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) this.moveToEnd(entry);
    return entry?.value;
  }

  /** Finds a value, and leaves the order as it is. */
  peek(key: K): V | undefined {
    return this.entries.get(key)?.value;
  }

  set(key: K, value: V): void {
    const known = this.entries.get(key);
    if (known !== undefined) {
      known.value = value;
      this.moveToEnd(known);
      return;
    }
    if (this.oldest !== undefined && this.entries.size >= this.capacity) {
      this.entries.delete(this.oldest.key);
      this.unlink(this.oldest);
    }
    const entry: Entry<K, V> = { key, value, older: undefined, newer: undefined };
    this.entries.set(key, entry);
    this.append(entry);
  }

  clear(): void {
    this.entries.clear();
    this.oldest = undefined;
    this.newest = undefined;
  }

  private moveToEnd(entry: Entry<K, V>): void {
    if (entry === this.newest) return;
    this.unlink(entry);
    this.append(entry);
  }

  private append(entry: Entry<K, V>): void {
    entry.older = this.newest;
    entry.newer = undefined;
    if (this.newest === undefined) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
  }

  private unlink({ older, newer }: Entry<K, V>): void {
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
  }
}
