import type { StoreEvent } from "./key-value.ts";

export interface StoreWatch<V> {
  readonly prefix: string;
  /** Events after this revision; default: from now on. */
  readonly after?: number;
  /** The changes of one revision (or, first, of several), in order. Must not write to the store. */
  onEvents(events: readonly StoreEvent<V>[]): void;
}

/** Who wants to hear of writes. Each hears of every commit exactly once, in the order of revisions. */
export class Watchers<V> {
  private readonly watches = new Set<StoreWatch<V>>();

  add(watch: StoreWatch<V>): () => void {
    this.watches.add(watch);
    return () => void this.watches.delete(watch);
  }

  notify(events: readonly StoreEvent<V>[]): void {
    const only = events.length === 1 ? events[0] : undefined;
    for (const watch of this.watches) {
      if (only !== undefined) {
        if (only.key.startsWith(watch.prefix)) watch.onEvents(events);
        continue;
      }
      const wanted = events.filter((event) => event.key.startsWith(watch.prefix));
      if (wanted.length > 0) watch.onEvents(wanted);
    }
  }
}
