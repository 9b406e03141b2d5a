import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { UserInfo } from "../api/meta/user-info.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder, Informers } from "../client/contracts.ts";
import type { Lister } from "../client/informer.ts";
import type { Simulation } from "../sim/simulation.ts";

/** What a reconcile gets: readers for everything it watches, one client, one recorder. */
export interface ControllerContext {
  readonly sim: Simulation;
  readonly client: Client;
  readonly events: EventRecorder;
  /** The informer's copy of a resource that the controller names in `for`, `owns` or `watches`. */
  lister<T extends KubeObject>(resource: Resource<T>): Lister<T>;
  /** Puts a key (back) into this controller's queue, after a delay. */
  enqueue(key: string, afterMs?: number): void;
  /** A background timer that dies with the controller. Returns the function that cancels it. */
  timer(afterMs: number, act: () => void): () => void;
}

export interface ControllerWatch<T extends KubeObject = never> {
  resource: Resource<T>;
  /** Keys to reconcile when `object` appears, changes (both versions are asked) or goes. */
  keys(object: T, ctx: ControllerContext): readonly string[];
}

/**
 * undefined or {}: done. A number: reconcile again after so many virtual milliseconds; `background` when the wait
 * should not keep the cluster from being idle (deadlines, monitors). A thrown `StatusError`: again, with back-off.
 */
export type ReconcileResult = { requeueAfter?: number; background?: boolean } | undefined | void;

export interface ControllerDefinition<T extends KubeObject = KubeObject> {
  /** Upstream's name, e.g. `deployment-controller`: event source, journal actor. */
  name: string;
  /** The account of kube-system that it acts as, or the manager's own user. Default: the account of its name. */
  account?: string | UserInfo;
  /** What its events name as their source. Default: its name. */
  eventSource?: string;
  for: Resource<T>;
  /** Keys to reconcile when an object of `for` appears, changes or goes. Default: its own. */
  keys?(object: T, ctx: ControllerContext): readonly string[];
  /** Whether a change of an object of `for` is worth a reconcile. Default: any is, the echo of an own write too. */
  isRelevant?(object: T, old: T): boolean;
  /** What the journal calls a key. Default: `<plural of for>/<key>`. */
  subject?(key: string): string;
  /** Kinds whose controlling owner is a T: their changes reconcile the owner (both old and new owner when it changes). */
  owns?: readonly Resource<never>[];
  watches?: readonly ControllerWatch<never>[];
  /**
   * Adds indexes and handlers of its own before anything starts; for what `owns` and `watches` can't say. What it returns
   * runs when the controller stops.
   */
  setup?(informers: Informers, ctx: ControllerContext): (() => void) | void;
  reconcile(ctx: ControllerContext, key: string): ReconcileResult;
}

export function defineController<T extends KubeObject>(definition: ControllerDefinition<T>): ControllerDefinition<T> {
  return definition;
}
