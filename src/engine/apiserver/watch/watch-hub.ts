/**
 * Fans the store's changes out to all watches. Upstream: apiserver pkg/storage/cacher.
 * Simplified: no bookmarks of its own (the HTTP front makes those that a client asks for), and a watch is never dropped for being slow.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { WatchEvent } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import type { StoreEvent } from "../../etcd/key-value.ts";
import { EtcdError } from "../../etcd/errors.ts";
import type { Store } from "../../etcd/store.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { inheritOwners } from "../managed-fields/ownership.ts";
import { stamp } from "../storage/object-store.ts";
import { REGISTRY, storagePrefix } from "../storage/storage-keys.ts";
import { isHeartbeat } from "./heartbeat.ts";
import type { WatchHandler } from "./watch-handler.ts";
import { WatchIndex } from "./watch-index.ts";
import type { FieldTrigger } from "./watch-index.ts";
import { WATCH_DELAY, Watcher } from "./watcher.ts";
import type { Delivery, WatchFilter } from "./watcher.ts";

export interface WatchStart {
  resource: Resource;
  filter: WatchFilter;
  trigger: FieldTrigger | undefined;
  /** Events after this revision; undefined: first everything that exists, as ADDED. */
  after: number | undefined;
}

/** The three forms in which a change can reach a watcher, each made when first needed. */
interface Change {
  readonly event: StoreEvent<KubeObject>;
  readonly cause: number;
  readonly due: number;
  readonly background: boolean;
  added: Delivery | undefined;
  modified: Delivery | undefined;
  deleted: Delivery | undefined;
}

export class WatchHub {
  private readonly sim: Simulation;
  private readonly store: Store<KubeObject>;
  /** By kind, then by version: a lookup makes no text. */
  private readonly indexes = new Map<string, Map<string, WatchIndex>>();
  private readonly stopListening: () => void;

  constructor(sim: Simulation, store: Store<KubeObject>) {
    this.sim = sim;
    this.store = store;
    this.stopListening = store.watch({
      prefix: REGISTRY,
      onEvents: (events) => {
        for (const event of events) this.publish(event);
      },
    });
  }

  /** Where the store stands. */
  get revision(): number {
    return this.store.revision;
  }

  watch(start: WatchStart, handler: WatchHandler): () => void {
    const watcher = new Watcher(this.sim, start.filter, handler);
    try {
      for (const change of this.missed(start)) offer(watcher, change);
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== "compacted") throw error;
      const timer = this.sim.after(WATCH_DELAY, () => watcher.end("expired"));
      return () => {
        this.sim.cancel(timer);
        watcher.stop();
      };
    }
    const remove = this.indexOf(start.resource).add(watcher, start.trigger);
    return () => {
      remove();
      watcher.stop();
    };
  }

  /** Ends every watch and hears no more. */
  close(): void {
    this.stopListening();
    const indexes = [...this.indexes.values()].flatMap((byVersion) => [...byVersion.values()]);
    const watchers = indexes.flatMap((index) => index.all());
    this.indexes.clear();
    for (const watcher of watchers) watcher.end("closed");
  }

  private publish(event: StoreEvent<KubeObject>): void {
    const object = (event.current ?? event.previous)?.value;
    const index = object && this.indexes.get(object.kind)?.get(object.apiVersion);
    if (index === undefined) return;
    const change = this.change(event, this.sim.journal.cause);
    index.visit(event.current?.value, event.previous?.value, (watcher) => offer(watcher, change));
  }

  private change(event: StoreEvent<KubeObject>, cause: number): Change {
    const { current, previous } = event;
    const background = current !== undefined && previous !== undefined && isHeartbeat(current.value, previous.value);
    const due = this.sim.now + WATCH_DELAY;
    return { event, cause, due, background, added: undefined, modified: undefined, deleted: undefined };
  }

  private missed(start: WatchStart): Change[] {
    const { cause } = this.sim.journal;
    const prefix = storagePrefix(start.resource, start.filter.namespace);
    if (start.after !== undefined) {
      // A version that is still to come: what comes is news.
      if (start.after > this.store.revision) return [];
      const events = this.store.since(start.after).filter((event) => event.key.startsWith(prefix));
      return events.map((event) => this.change(event, cause));
    }
    return this.store.range(prefix).items.map((current) => {
      const { key, modRevision: revision } = current;
      return this.change({ type: "put", key, revision, current, previous: undefined }, cause);
    });
  }

  private indexOf({ kind, apiVersion }: Resource): WatchIndex {
    let byVersion = this.indexes.get(kind);
    if (byVersion === undefined) this.indexes.set(kind, (byVersion = new Map()));
    let index = byVersion.get(apiVersion);
    if (index === undefined) byVersion.set(apiVersion, (index = new WatchIndex()));
    return index;
  }
}

/** Gives the change to a watcher in the form that its filter sees: an object that stops matching is deleted to it. */
function offer(watcher: Watcher, change: Change): void {
  const { current, previous } = change.event;
  const sees = seenBy(watcher.filter, current?.value);
  const saw = seenBy(watcher.filter, previous?.value);
  if (sees) watcher.push(saw ? modified(change) : added(change));
  else if (saw) watcher.push(deleted(change));
}

function seenBy(filter: WatchFilter, object: KubeObject | undefined): boolean {
  if (object === undefined) return false;
  if (filter.namespace !== "" && object.metadata.namespace !== filter.namespace) return false;
  return filter.matches?.(object) ?? true;
}

function added(change: Change): Delivery {
  return (change.added ??= delivery(change, "ADDED", change.event.current?.value as KubeObject));
}

function modified(change: Change): Delivery {
  return (change.modified ??= delivery(change, "MODIFIED", change.event.current?.value as KubeObject));
}

/** A deleted object is shown in its last state that matched, at the revision of the change. */
function deleted(change: Change): Delivery {
  if (change.deleted !== undefined) return change.deleted;
  const last = change.event.previous?.value as KubeObject;
  const shown = stamp(last, String(change.event.revision), undefined);
  inheritOwners(shown, last);
  return (change.deleted = delivery(change, "DELETED", shown));
}

function delivery(change: Change, type: WatchEvent<KubeObject>["type"], object: KubeObject): Delivery {
  const { due, cause, background } = change;
  return { events: [{ type, object }], due, cause, background };
}
