/**
 * Pods that have pushed others off a node and wait for the room. Whoever is tried meanwhile must leave it to them.
 * Upstream: pkg/scheduler/backend/queue/nominator.go.
 */
import type { PodInfo } from "./pod-info.ts";

/** What waits for one node; the node itself knows it, too. */
export interface AwaitedNode {
  /** By uid; `NOBODY_WAITS` when nobody does. */
  awaitedBy: ReadonlyMap<string, PodInfo>;
}

export const NOBODY_WAITS: ReadonlyMap<string, PodInfo> = new Map();

export class Nominations {
  /** A pod is in `byNode` under a node iff `nodeOf` has that node for it. */
  private readonly byNode = new Map<string, Map<string, PodInfo>>();
  private readonly nodeOf = new Map<string, string>();
  /** How many of them want no other pods near them. */
  private particular = 0;
  private readonly changed: (node: string, pods: ReadonlyMap<string, PodInfo>) => void;

  /** `changed` is told who waits for a node after each change of that. */
  constructor(changed: (node: string, pods: ReadonlyMap<string, PodInfo>) => void) {
    this.changed = changed;
  }

  get empty(): boolean {
    return this.nodeOf.size === 0;
  }

  /** True iff nobody but the node can mind that they come to it: see `NodeFilters.movesOf`. */
  get plain(): boolean {
    return this.particular === 0;
  }

  /** The node that a pod waits for; "" for none. */
  nodeFor(uid: string): string {
    return this.nodeOf.get(uid) ?? "";
  }

  /** Those that wait for a node. */
  on(node: string): ReadonlyMap<string, PodInfo> {
    return this.byNode.get(node) ?? NOBODY_WAITS;
  }

  set(pod: PodInfo, node: string): void {
    if (this.nodeFor(pod.uid) !== node) this.delete(pod.uid);
    this.nodeOf.set(pod.uid, node);
    let pods = this.byNode.get(node);
    if (pods === undefined) this.byNode.set(node, (pods = new Map()));
    const before = pods.get(pod.uid);
    if (before !== undefined && isParticular(before)) this.particular--;
    pods.set(pod.uid, pod);
    if (isParticular(pod)) this.particular++;
    this.changed(node, pods);
  }

  /** True iff the pod was waiting for a node. */
  delete(uid: string): boolean {
    const node = this.nodeOf.get(uid);
    if (node === undefined) return false;
    this.nodeOf.delete(uid);
    const pods = this.byNode.get(node);
    const pod = pods?.get(uid);
    if (pod !== undefined && isParticular(pod)) this.particular--;
    pods?.delete(uid);
    if (pods?.size === 0) this.byNode.delete(node);
    this.changed(node, this.on(node));
    return true;
  }

  /** Pods that wait for the node and have to yield to `pod`. */
  after(pod: PodInfo, node: string): PodInfo[] {
    return [...this.on(node).values()].filter(({ uid, priority }) => uid !== pod.uid && priority < pod.priority);
  }
}

/** Those of `awaitedBy` that `pod` must yield to: of its own priority or a higher one, and not yet on a node. */
export function yieldsTo(
  pod: PodInfo,
  { awaitedBy }: AwaitedNode,
  isPlaced: (uid: string) => boolean,
): readonly PodInfo[] {
  if (awaitedBy.size === 0) return NO_PODS;
  const found: PodInfo[] = [];
  for (const other of awaitedBy.values()) {
    if (other.uid !== pod.uid && other.priority >= pod.priority && !isPlaced(other.uid)) found.push(other);
  }
  return found;
}

function isParticular({ antiAffinity }: PodInfo): boolean {
  return antiAffinity.required.length > 0;
}

const NO_PODS: readonly PodInfo[] = [];
