/**
 * Events live for an hour after their last write. Upstream: the `--event-ttl` of kube-apiserver, kept by etcd leases.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { HOUR } from "../../base/time.ts";
import type { Store } from "../../etcd/store.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { storagePrefix } from "./storage-keys.ts";

export const EVENT_TTL = HOUR;

interface Expiry {
  readonly key: string;
  readonly revision: number;
  readonly due: number;
}

export class EventExpiry {
  private readonly sim: Simulation;
  private readonly store: Store<KubeObject>;
  /** In the order of their ends; those written again meanwhile are passed over. */
  private queue: Expiry[] = [];
  /** A timer runs iff the queue isn't empty. */
  private waiting = false;

  /** What is stored already gets a full hour from now. */
  constructor(sim: Simulation, store: Store<KubeObject>, events: Resource) {
    this.sim = sim;
    this.store = store;
    const prefix = storagePrefix(events);
    store.scan(prefix, {}, ({ key, modRevision }) => this.expect(key, modRevision));
    store.watch({
      prefix,
      onEvents: (changes) => {
        for (const { key, current } of changes) if (current !== undefined) this.expect(key, current.modRevision);
      },
    });
  }

  private expect(key: string, revision: number): boolean {
    this.queue.push({ key, revision, due: this.sim.now + EVENT_TTL });
    this.wait();
    return true;
  }

  private wait(): void {
    const first = this.queue[0];
    if (this.waiting || first === undefined) return;
    this.waiting = true;
    this.sim.because(0, () => this.sim.after(first.due - this.sim.now, () => this.expire(), { background: true }));
  }

  private expire(): void {
    this.waiting = false;
    let count = 0;
    for (const { key, revision, due } of this.queue) {
      if (due > this.sim.now) break;
      count++;
      if (this.store.get(key)?.modRevision === revision) this.store.delete(key);
    }
    this.queue = this.queue.slice(count);
    this.wait();
  }
}
