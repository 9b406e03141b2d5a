/**
 * Lists and watches one resource, and starts over whenever that breaks. Upstream: client-go tools/cache/reflector.go.
 * Simplified: a closed watch that the server can still continue is continued without a wait.
 */
import type { KubeObject } from "../api/meta/object.ts";
import type { ObjectList, RequestOptions, WatchEvent } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import { StatusError } from "../api/meta/status-error.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { Client } from "./client.ts";

const FIRST_RETRY_MS = 800;
const LAST_RETRY_MS = 30_000;

/** Where a reflector delivers. */
export interface ReflectorTarget<T extends KubeObject> {
  /** A whole new list: whatever is not in it is gone. */
  replace(items: readonly T[]): void;
  apply(event: WatchEvent<T>): void;
}

export class Reflector<T extends KubeObject> {
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly resource: Resource<T>;
  private readonly fieldSelector: string | undefined;
  private readonly target: ReflectorTarget<T>;
  private running = false;
  private timer: Timer | undefined;
  private stopWatch: (() => void) | undefined;
  /** The last version seen, from the list, an event or a bookmark; "" means that the next step is a list. */
  private version = "";
  private retryMs = FIRST_RETRY_MS;
  /** Counts watches: what an ended one still delivers is ignored. */
  private generation = 0;

  constructor(
    sim: Simulation,
    client: Client,
    source: { resource: Resource<T>; fieldSelector: string | undefined; target: ReflectorTarget<T> },
  ) {
    this.sim = sim;
    this.client = client;
    this.resource = source.resource;
    this.fieldSelector = source.fieldSelector;
    this.target = source.target;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.retryMs = FIRST_RETRY_MS;
    this.timer = this.sim.after(0, () => this.connect());
  }

  stop(): void {
    this.running = false;
    this.sim.cancel(this.timer);
    this.endWatch();
    this.version = "";
  }

  private endWatch(): void {
    this.generation++;
    const stop = this.stopWatch;
    this.stopWatch = undefined;
    stop?.();
  }

  private connect(): void {
    if (!this.running) return;
    try {
      if (this.version === "") this.list();
      this.watch();
      this.retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.code === 410) this.version = "";
      this.retry();
    }
  }

  private options(): RequestOptions {
    return this.fieldSelector === undefined ? {} : { fieldSelector: this.fieldSelector };
  }

  private list(): void {
    const target = { namespace: "", name: "", options: this.options() };
    const request = this.client.build(this.resource, "list", target);
    const { object } = this.client.transport.request<ObjectList<T>>(request);
    this.version = object.metadata.resourceVersion;
    this.target.replace(object.items);
  }

  private watch(): void {
    const options = { ...this.options(), resourceVersion: this.version, allowWatchBookmarks: true };
    const request = this.client.build(this.resource, "watch", { namespace: "", name: "", options });
    this.endWatch();
    const mine = this.generation;
    const stop = this.client.transport.watch<T>(request, {
      onEvents: (events) => {
        for (const event of events) if (mine === this.generation) this.onEvent(event);
      },
      onEnd: (reason) => {
        if (mine === this.generation) this.onEnd(reason);
      },
    });
    // A server may end or fill the watch while it starts it.
    if (mine === this.generation) this.stopWatch = stop;
    else stop();
  }

  private onEvent(event: WatchEvent<T>): void {
    if (event.type === "ERROR") {
      this.onEnd("expired");
      return;
    }
    this.version = event.object.metadata.resourceVersion;
    if (event.type !== "BOOKMARK") this.target.apply(event);
  }

  private onEnd(reason: "expired" | "closed"): void {
    this.endWatch();
    if (reason === "expired") this.version = "";
    this.timer = this.sim.after(0, () => this.connect());
  }

  /** A server that stays away doesn't keep the cluster from being idle once the waits are at their longest. */
  private retry(): void {
    const delay = this.retryMs + Math.floor(this.sim.random("reflector").float() * this.retryMs);
    const background = this.retryMs >= LAST_RETRY_MS;
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    this.timer = this.sim.after(delay, () => this.connect(), { background });
  }
}
