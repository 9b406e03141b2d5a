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

export class EventExpiry {
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
    this.keys.push(key);
    this.revisions.push(revision);
    this.ends.push(this.sim.now + EVENT_TTL);
    this.wait();
    return true;
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
