/**
 * A multi-version key-value store: one global revision that rises with each write, every version readable until it is
 * compacted away. Upstream: etcd server/storage/mvcc/{kvstore,index,watchable_store}.go, and the compactor that the API
 * server runs (apiserver pkg/storage/etcd3/compact.go).
 * Simplified: one member (no Raft), no leases (the API server expires its objects itself), values are shared frozen objects.
 */
import { assert } from "../base/assert.ts";
import { freeze } from "../base/freeze.ts";
import { SortedMap } from "../base/sorted-map.ts";
import { MINUTE } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";
import { EtcdError } from "./errors.ts";
import type { Compare, KeyValue, Operation, RangeResult, Snapshot, StoreEvent, Transaction } from "./key-value.ts";
import { Watchers } from "./watchers.ts";
import type { StoreWatch } from "./watchers.ts";

/** The API server compacts once in this time, to where the store stood at the time before. */
export const COMPACTION_INTERVAL = 5 * MINUTE;
/** Beyond this many versions the oldest are compacted at once: a bound on memory, not upstream's. */
export const HISTORY_LIMIT = 10_000;

/** A version in the chain of its key, which is what the store gives out too: there are millions. */
class Version<V> implements KeyValue<V> {
  readonly key: string;
  readonly value: V;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** The version before; undefined when there is none or it was compacted away. */
  #older: Version<V> | undefined;

  /** `found.version` is 0 for a deletion, which has no value. */
  constructor(found: KeyValue<V>, older: Version<V> | undefined) {
    this.key = found.key;
    this.value = found.value;
    this.createRevision = found.createRevision;
    this.modRevision = found.modRevision;
    this.version = found.version;
    this.#older = older;
  }

  /** What the key holds; undefined after a deletion. */
  get current(): KeyValue<V> | undefined {
    return this.version === 0 ? undefined : this;
  }

  /** Of `newest` and the versions before it the one that `revision` sees. */
  static at<T>(newest: Version<T>, revision: number): Version<T> | undefined {
    let version: Version<T> | undefined = newest;
    while (version !== undefined && version.modRevision > revision) version = version.#older;
    return version;
  }

  forgetOlder(): void {
    this.#older = undefined;
  }

  /** The same of what the store gave out. */
  static forgetBefore<T>(found: KeyValue<T>): void {
    if (found instanceof Version) found.forgetOlder();
  }
}

/** A key has an entry iff it exists or its deletion is not yet compacted. */
interface Entry<V> {
  readonly key: string;
  newest: Version<V>;
}

export class Store<V = unknown> {
  private readonly sim: Simulation;
  private readonly historyLimit: number;
  private readonly entries = new Map<string, Entry<V>>();
  /** Entries of keys that exist; `dead` has the others. */
  private readonly index = new SortedMap<Entry<V>>();
  private readonly dead = new SortedMap<Entry<V>>();
  /** Every change after `compacted`, in order. */
  private log: StoreEvent<V>[] = [];
  private readonly watchers = new Watchers<V>();
  private current = 1;
  private compacted = 0;
  /** Where the store stood when the compaction timer last ran. */
  private lastTick = 0;
  private ticking = false;

  constructor(sim: Simulation, options: { historyLimit?: number } = {}) {
    this.sim = sim;
    this.historyLimit = options.historyLimit ?? HISTORY_LIMIT;
  }

  /** Revision of the newest write; 1 for a store that was never written. */
  get revision(): number {
    return this.current;
  }

  /** The oldest revision that can still be read. */
  get compactRevision(): number {
    return this.compacted;
  }

  /** Keys that exist now. */
  get size(): number {
    return this.index.size;
  }

  get(key: string, revision?: number): KeyValue<V> | undefined {
    this.checkReadable(revision);
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    return revision === undefined ? entry.newest.current : Version.at(entry.newest, revision)?.current;
  }

  /** Keys that start with `prefix`, in order, from `from` on, as of `revision` (default: now). */
  range(prefix: string, options: { revision?: number; limit?: number; from?: string } = {}): RangeResult<V> {
    const { limit = 0 } = options;
    const items: KeyValue<V>[] = [];
    let more = false;
    this.scan(prefix, options, (found) => {
      more = limit > 0 && items.length === limit;
      if (!more) items.push(found);
      return !more;
    });
    return { items, more, revision: this.current };
  }

  /** The same, one by one, until `visit` returns false. */
  scan(prefix: string, options: { revision?: number; from?: string }, visit: (found: KeyValue<V>) => boolean): void {
    const { revision, from = "" } = options;
    this.checkReadable(revision);
    if (revision === undefined || revision === this.current) {
      this.index.scan(prefix, from, ({ newest }) => newest.current === undefined || visit(newest.current));
      return;
    }
    for (const { newest } of this.everKnown(prefix, from)) {
      const found = Version.at(newest, revision)?.current;
      if (found !== undefined && !visit(found)) return;
    }
  }

  /** How many keys start with `prefix` now, from `from` on. */
  count(prefix: string, from = ""): number {
    return this.index.count(prefix, from);
  }

  /** Writes one key; returns the new revision. */
  put(key: string, value: V): number {
    this.commit([this.apply({ op: "put", key, value }, this.current + 1)]);
    return this.current;
  }

  /** Removes one key; false, and no new revision, when it doesn't exist. */
  delete(key: string): boolean {
    if (this.get(key) === undefined) return false;
    this.commit([this.apply({ op: "delete", key }, this.current + 1)]);
    return true;
  }

  /** All of `success` when every comparison holds, else all of `failure`; one revision for what it writes, none for nothing. */
  txn(transaction: Transaction<V>): { succeeded: boolean; revision: number } {
    const succeeded = transaction.compare.every((compare) => this.holds(compare));
    const operations = (succeeded ? transaction.success : transaction.failure) ?? [];
    const revision = this.current + 1;
    const seen = new Set<string>();
    const events: StoreEvent<V>[] = [];
    for (const operation of operations) {
      assert(!seen.has(operation.key), "duplicate key given in txn request", operation.key);
      seen.add(operation.key);
      if (operation.op === "put" || this.get(operation.key) !== undefined) {
        events.push(this.apply(operation, revision));
      }
    }
    if (events.length > 0) this.commit(events);
    return { succeeded, revision: this.current };
  }

  /**
   * Calls `watch.onEvents` for what happened to keys under `prefix` after revision `after` (default: now), then for each
   * write as it is committed, in the order of revisions. Throws "compacted" when some of it is gone. Returns the stop.
   */
  watch(watch: StoreWatch<V>): () => void {
    const { prefix, after } = watch;
    const missed = after === undefined ? [] : this.since(after).filter((event) => event.key.startsWith(prefix));
    if (missed.length > 0) watch.onEvents(missed);
    return this.watchers.add(watch);
  }

  /** All that exists now. */
  snapshot(): Snapshot<V> {
    return { revision: this.current, items: this.range("").items };
  }

  /**
   * Makes the store hold what a snapshot holds, at one new revision; `stamp` gives each value that changes by it its
   * revision. Versions that are still the newest stay. The revision rises and what was before counts as compacted, as after
   * `etcdutl snapshot restore --bump-revision … --mark-compacted`: nobody goes on with a watch across it.
   */
  restore(snapshot: Pick<Snapshot<V>, "items">, stamp: (value: V, revision: number) => V): number {
    const revision = this.current + 1;
    const wanted = new Map(snapshot.items.map((item) => [item.key, item]));
    const success: Operation<V>[] = [];
    this.scan("", {}, ({ key }) => {
      if (!wanted.has(key)) success.push({ op: "delete", key });
      return true;
    });
    for (const { key, value, modRevision } of snapshot.items) {
      if (this.get(key)?.modRevision !== modRevision) success.push({ op: "put", key, value: stamp(value, revision) });
    }
    this.txn({ compare: [], success });
    if (success.length > 0) this.compact(this.current);
    return this.current;
  }

  /** Every change after `revision`, in order. */
  since(revision: number): readonly StoreEvent<V>[] {
    if (revision < this.compacted) throw new EtcdError("compacted");
    if (revision > this.current) throw new EtcdError("future-revision");
    if (revision === this.current) return [];
    return this.log.slice(this.logIndex(revision));
  }

  /** Forgets versions that only revisions before `revision` can see. */
  compact(revision: number): void {
    if (revision <= this.compacted) throw new EtcdError("compacted");
    if (revision > this.current) throw new EtcdError("future-revision");
    const end = this.logIndex(revision);
    for (let i = 0; i < end; i++) {
      const { key, current } = this.log[i] as StoreEvent<V>;
      // The version is at hand: nothing has to be looked up by its key, unless the key may have to go.
      if (current === undefined) this.truncate(key, revision);
      else Version.forgetBefore(current);
    }
    this.log = this.log.slice(end);
    this.compacted = revision;
  }

  private holds(compare: Compare): boolean {
    return (this.get(compare.key)?.modRevision ?? 0) === compare.modRevision;
  }

  private checkReadable(revision: number | undefined): void {
    if (revision === undefined) return;
    if (revision > this.current) throw new EtcdError("future-revision");
    if (revision < this.compacted) throw new EtcdError("compacted");
  }

  private apply(operation: Operation<V>, revision: number): StoreEvent<V> {
    const { key } = operation;
    const entry = this.entries.get(key);
    const previous = entry?.newest.current;
    const isPut = operation.op === "put";
    const version = new Version<V>(
      {
        key,
        value: isPut ? freeze(operation.value) : (undefined as V),
        createRevision: isPut ? (previous?.createRevision ?? revision) : 0,
        modRevision: revision,
        version: isPut ? (previous?.version ?? 0) + 1 : 0,
      },
      entry?.newest,
    );
    const { current } = version;
    this.place(key, entry, version);
    const event: StoreEvent<V> = { type: operation.op, key, revision, current, previous };
    this.log.push(event);
    return event;
  }

  private place(key: string, known: Entry<V> | undefined, version: Version<V>): void {
    const existed = known?.newest.current !== undefined;
    const exists = version.current !== undefined;
    const entry = known ?? { key, newest: version };
    entry.newest = version;
    if (known === undefined) this.entries.set(key, entry);
    if (exists === existed) return;
    if (known !== undefined) (existed ? this.index : this.dead).delete(key);
    (exists ? this.index : this.dead).set(entry);
  }

  /** Entries under a prefix, deleted ones too, in the order of their keys. */
  private everKnown(prefix: string, from: string): Entry<V>[] {
    const found: Entry<V>[] = [];
    const take = (entry: Entry<V>): boolean => found.push(entry) > 0;
    this.index.scan(prefix, from, take);
    this.dead.scan(prefix, from, take);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private commit(events: readonly StoreEvent<V>[]): void {
    this.current++;
    if (this.log.length > 2 * this.historyLimit) {
      this.compact((this.log[this.log.length - this.historyLimit - 1] as StoreEvent<V>).revision);
    }
    this.scheduleCompaction();
    this.watchers.notify(events);
  }

  /** Drops what `revision` and later ones can't see of a key, and the key when that is all of it. */
  private truncate(key: string, revision: number): void {
    const entry = this.entries.get(key);
    const oldest = entry && Version.at(entry.newest, revision);
    if (oldest === undefined) return;
    oldest.forgetOlder();
    if (oldest !== entry?.newest || oldest.current !== undefined) return;
    this.entries.delete(key);
    this.dead.delete(key);
  }

  /** Index in the log of the first change after `revision`. */
  private logIndex(revision: number): number {
    let low = 0;
    let high = this.log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.log[middle] as StoreEvent<V>).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The timer runs iff something was written since it last ran: a store at rest has none. */
  private scheduleCompaction(): void {
    if (this.ticking) return;
    this.ticking = true;
    this.lastTick = this.current - 1;
    const tick = (): void => {
      if (this.lastTick > this.compacted) this.compact(this.lastTick);
      this.ticking = this.lastTick < this.current;
      this.lastTick = this.current;
      if (this.ticking) this.sim.after(COMPACTION_INTERVAL, tick, { background: true });
    };
    this.sim.after(COMPACTION_INTERVAL, tick, { background: true });
  }
}
