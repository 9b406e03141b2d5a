/** The informers of one component. Upstream: client-go informers/factory.go. */
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client } from "./client.ts";
import type { Informers } from "./contracts.ts";
import type { Informer } from "./informer.ts";
import { Reflector } from "./reflector.ts";
import { SharedInformer } from "./shared-informer.ts";
import type { Delivery } from "./shared-informer.ts";

interface Entry {
  readonly informer: SharedInformer<never>;
  readonly reflector: Reflector<never>;
}

/**
 * Start it when its component starts: informers asked for later start at once. Stop it when the component dies:
 * the stores are dropped and a new start lists again; handlers and indexes stay.
 */
export class InformerFactory implements Informers {
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly entries = new Map<Resource, Map<string, Entry>>();
  /** What its informers tell of at this moment: lets a queue name the change that put a key into it. */
  readonly delivery: Delivery = { active: false, resource: "", type: "ADDED", key: "" };
  private running = false;
  /** True iff it was found that all are synced, and none has come or begun anew since. */
  private known = false;
  private waiting: (() => void)[] = [];

  constructor(sim: Simulation, client: Client) {
    this.sim = sim;
    this.client = client;
  }

  informer<T extends KubeObject>(resource: Resource<T>, options: { fieldSelector?: string } = {}): Informer<T> {
    const selector = options.fieldSelector ?? "";
    let bySelector = this.entries.get(resource);
    if (bySelector === undefined) {
      bySelector = new Map();
      this.entries.set(resource, bySelector);
    }
    let entry = bySelector.get(selector);
    if (entry === undefined) {
      entry = this.create(resource, options.fieldSelector);
      bySelector.set(selector, entry);
      if (this.running) entry.reflector.start();
    }
    return entry.informer as Informer<T>;
  }

  forget(resource: Resource): void {
    for (const { informer, reflector } of this.entries.get(resource)?.values() ?? []) {
      reflector.stop();
      informer.replace([]);
    }
    this.entries.delete(resource);
  }

  /** True iff every informer asked for so far has its first list. */
  get synced(): boolean {
    if (this.known) return true;
    for (const entry of this.all()) if (!entry.informer.synced) return false;
    this.known = true;
    return true;
  }

  /** Calls `act` once all informers are synced: now, if they are. Forgotten at a stop. */
  whenSynced(act: () => void): void {
    if (this.running && this.synced) act();
    else this.waiting.push(act);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    for (const entry of this.all()) entry.reflector.start();
  }

  stop(): void {
    this.running = false;
    this.known = false;
    this.waiting = [];
    for (const { reflector, informer } of this.all()) {
      reflector.stop();
      informer.reset();
    }
  }

  private create<T extends KubeObject>(resource: Resource<T>, fieldSelector: string | undefined): Entry {
    this.known = false;
    const informer = new SharedInformer<T>(resource.plural, this.delivery, () => this.wake());
    const reflector = new Reflector(this.sim, this.client, { resource, fieldSelector, target: informer });
    return { informer, reflector } as unknown as Entry;
  }

  private wake(): void {
    if (!this.synced) return;
    const waiting = this.waiting;
    this.waiting = [];
    for (const act of waiting) act();
  }

  private *all(): Iterable<Entry> {
    for (const bySelector of this.entries.values()) yield* bySelector.values();
  }
}
