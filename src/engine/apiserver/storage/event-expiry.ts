/**
 * Events live for a while after their last write. Upstream: the `--event-ttl` of kube-apiserver, kept by etcd leases.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { Store } from "../../etcd/store.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { storagePrefix } from "./storage-keys.ts";

export class EventExpiry {
  private readonly sim: Simulation;
  private readonly store: Store<KubeObject>;
  private readonly ttl: () => number;
  /** Those of one lifetime each: the last one takes in what is written now. */
  private queue: ExpiryQueue;

  /** `ttl`: in milliseconds, asked at each write. What is stored already gets all of it from now. */
  constructor(sim: Simulation, store: Store<KubeObject>, { events, ttl }: { events: Resource; ttl: () => number }) {
    this.sim = sim;
    this.store = store;
    this.ttl = ttl;
    this.queue = new ExpiryQueue(sim, store, ttl());
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
    const ttl = this.ttl();
    if (ttl !== this.queue.ttl) this.queue = new ExpiryQueue(this.sim, this.store, ttl);
    this.queue.expect(key, revision);
    return true;
  }
}

class ExpiryQueue {
  readonly ttl: number;
  private readonly sim: Simulation;
  private readonly store: Store<KubeObject>;
  /**
   * What was written, at which revision and when it ends: three lists side by side in the order of their ends, because a
   * large cluster has a million. Those written again meanwhile are passed over.
   */
  private keys: string[] = [];
  private revisions: number[] = [];
  private ends: number[] = [];
  /** A timer runs iff the lists aren't empty. */
  private waiting = false;

  constructor(sim: Simulation, store: Store<KubeObject>, ttl: number) {
    this.sim = sim;
    this.store = store;
    this.ttl = ttl;
  }

  expect(key: string, revision: number): void {
    this.keys.push(key);
    this.revisions.push(revision);
    this.ends.push(this.sim.now + this.ttl);
    this.wait();
  }

  private wait(): void {
    const [first] = this.ends;
    if (this.waiting || first === undefined) return;
    this.waiting = true;
    this.sim.because(0, () => this.sim.after(first - this.sim.now, () => this.expire(), { background: true }));
  }

  private expire(): void {
    this.waiting = false;
    let count = 0;
    const { keys, revisions, ends } = this;
    for (; count < ends.length && (ends[count] as number) <= this.sim.now; count++) {
      const key = keys[count] as string;
      if (this.store.get(key)?.modRevision === revisions[count]) this.store.delete(key);
    }
    this.keys = keys.slice(count);
    this.revisions = revisions.slice(count);
    this.ends = ends.slice(count);
    this.wait();
  }
}
