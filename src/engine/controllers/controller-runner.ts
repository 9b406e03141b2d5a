/**
 * Runs one controller: feeds its queue from informers and takes one key at a time.
 * Upstream: the workers of each controller in pkg/controller, and client-go util/workqueue.
 * Simplified: one worker a controller, a reconcile costs a fixed virtual time, and the client's rate limit
 * (`--kube-api-qps` 20, burst 30) holds for the reconciles of one key instead of for requests.
 */
import { controllerOf, keyOf } from "../api/meta/object.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/contracts.ts";
import type { InformerFactory } from "../client/informer-factory.ts";
import type { Lister } from "../client/informer.ts";
import { WorkQueue } from "../client/work-queue.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { ControllerContext, ControllerDefinition } from "./define-controller.ts";

const RECONCILE_MS = 1;
/** 20 a second after a burst of 30. */
const PACE_MS = 50;
const PACE_BURST_MS = 30 * PACE_MS;
/** A retry this far away doesn't keep the cluster from being idle. */
const PATIENT_RETRY_MS = 5_000;

export class ControllerRunner implements ControllerContext {
  readonly sim: Simulation;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly definition: ControllerDefinition;
  private readonly informers: InformerFactory;
  private readonly queue: WorkQueue;
  /** Set iff the next reconcile is due. */
  private worker: Timer | undefined;
  private readonly timers = new Set<Timer>();
  private running = false;
  private cleanUp: (() => void) | undefined;
  /** When a key's burst would be all paid for, had it none left; absent: in the past. */
  private readonly paid = new Map<string, number>();

  constructor(
    definition: ControllerDefinition,
    parts: { sim: Simulation; client: Client; events: EventRecorder; informers: InformerFactory },
  ) {
    this.definition = definition;
    this.sim = parts.sim;
    this.client = parts.client;
    this.events = parts.events;
    this.informers = parts.informers;
    this.queue = new WorkQueue(parts.sim, () => this.schedule());
    this.subscribe();
  }

  get busy(): boolean {
    return this.queue.length > 0;
  }

  /** Begins to take keys: call it once the informers are synced. */
  run(): void {
    this.running = true;
    this.schedule();
  }

  stop(): void {
    this.running = false;
    this.cleanUp?.();
    this.cleanUp = undefined;
    this.sim.cancel(this.worker);
    this.worker = undefined;
    this.queue.clear();
    for (const timer of this.timers) this.sim.cancel(timer);
    this.timers.clear();
  }

  lister<T extends KubeObject>(resource: Resource<T>): Lister<T> {
    return this.informers.informer(resource).lister;
  }

  enqueue(key: string, afterMs = 0): void {
    if (afterMs > 0) {
      this.queue.addAfter(key, afterMs);
      return;
    }
    if (this.queue.has(key)) return;
    const wait = (this.paid.get(key) ?? 0) - PACE_BURST_MS - this.sim.now;
    if (wait <= 0) this.queue.add(key, this.changeLine());
    else if (!this.queue.isDelayed(key, wait))
      this.sim.because(this.changeLine(), () => this.queue.addAfter(key, wait));
  }

  timer(afterMs: number, act: () => void): () => void {
    const run = (): void => {
      this.timers.delete(timer);
      act();
    };
    const timer = this.sim.after(afterMs, run, { background: true });
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
      this.sim.cancel(timer);
    };
  }

  /** The journal line of the change that is being delivered, written only when it leads to work. */
  private changeLine(): number {
    const { delivery } = this.informers;
    if (!delivery.active) return this.sim.journal.cause;
    const subject = `${delivery.resource}/${delivery.key}`;
    return this.sim.record("watch", { actor: this.definition.name, subject, detail: delivery.type });
  }

  private subscribe(): void {
    const { definition } = this;
    const keys = (object: KubeObject) => definition.keys?.(object, this) ?? [keyOf(object)];
    this.watch(definition.for, keys, definition.isRelevant?.bind(definition));
    for (const owned of definition.owns ?? []) this.watch(owned, (object) => this.ownerKey(object));
    for (const { resource, keys } of definition.watches ?? []) {
      const keysOf = keys as (object: KubeObject, ctx: ControllerContext) => readonly string[];
      this.watch(resource, (object) => keysOf(object, this));
    }
    this.cleanUp = definition.setup?.(this.informers, this) ?? undefined;
  }

  private watch(
    resource: Resource,
    keys: (object: KubeObject) => readonly string[],
    isRelevant: (object: KubeObject, old: KubeObject) => boolean = () => true,
  ): void {
    const enqueue = (object: KubeObject): void => {
      for (const key of keys(object)) this.enqueue(key);
    };
    this.informers.informer(resource).addHandler({
      onAdd: enqueue,
      onUpdate: (object, old) => {
        if (!isRelevant(object, old)) return;
        enqueue(object);
        enqueue(old);
      },
      onDelete: enqueue,
    });
  }

  private ownerKey(object: KubeObject): readonly string[] {
    const owner = controllerOf(object);
    const { kind, apiVersion } = this.definition.for;
    if (owner === undefined || owner.kind !== kind || owner.apiVersion !== apiVersion) return [];
    const { namespace } = object.metadata;
    return [namespace === undefined ? owner.name : `${namespace}/${owner.name}`];
  }

  private schedule(): void {
    if (!this.running || this.worker !== undefined || this.queue.length === 0) return;
    this.worker = this.sim.after(RECONCILE_MS, () => {
      this.worker = undefined;
      this.next();
      this.schedule();
    });
  }

  private next(): void {
    const item = this.queue.get();
    if (item === undefined) return;
    const { key, cause } = item;
    this.pay(key);
    try {
      const subject = this.subject(key);
      const line = this.sim.because(cause, () =>
        this.sim.record("reconcile", { actor: this.definition.name, subject }),
      );
      this.sim.because(line, () => this.reconcile(key));
    } finally {
      this.queue.done(key);
    }
  }

  private reconcile(key: string): void {
    try {
      const result = this.definition.reconcile(this, key);
      this.queue.forget(key);
      if (result?.requeueAfter === undefined) return;
      this.queue.addAfter(key, result.requeueAfter, { background: result.background ?? false });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const delay = this.queue.addRateLimited(key, PATIENT_RETRY_MS);
      this.sim.record("reconcile", {
        actor: this.definition.name,
        subject: this.subject(key),
        detail: `error: ${error.message}; again in ${delay}ms`,
      });
    }
  }

  private subject(key: string): string {
    return this.definition.subject?.(key) ?? `${this.definition.for.plural}/${key}`;
  }

  private pay(key: string): void {
    const { now } = this.sim;
    if (this.paid.size > 1000) for (const [other, until] of this.paid) if (until <= now) this.paid.delete(other);
    this.paid.set(key, Math.max(this.paid.get(key) ?? 0, now) + PACE_MS);
  }
}
