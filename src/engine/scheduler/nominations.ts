/**
 * Pods that have pushed others off a node and wait for the room. Whoever is tried meanwhile must leave it to them.
 * Upstream: pkg/scheduler/backend/queue/nominator.go.
 */
import type { PodInfo } from "./pod-info.ts";

export class Nominations {
  /** A pod is in `byNode` under a node iff `nodeOf` has that node for it. */
  private readonly byNode = new Map<string, Map<string, PodInfo>>();
  private readonly nodeOf = new Map<string, string>();

  get empty(): boolean {
    return this.nodeOf.size === 0;
  }

  /** The names of nodes that pods wait for. */
  get nodes(): Iterable<string> {
    return this.byNode.keys();
  }

  /** The node that a pod waits for; "" for none. */
  nodeFor(uid: string): string {
    return this.nodeOf.get(uid) ?? "";
  }

  set(pod: PodInfo, node: string): void {
    if (this.nodeFor(pod.uid) !== node) this.delete(pod.uid);
    this.nodeOf.set(pod.uid, node);
    const pods = this.byNode.get(node);
    if (pods === undefined) this.byNode.set(node, new Map([[pod.uid, pod]]));
    else pods.set(pod.uid, pod);
  }

  /** True iff the pod was waiting for a node. */
  delete(uid: string): boolean {
    const node = this.nodeOf.get(uid);
    if (node === undefined) return false;
    this.nodeOf.delete(uid);
    const pods = this.byNode.get(node);
    pods?.delete(uid);
    if (pods?.size === 0) this.byNode.delete(node);
    return true;
  }

  /** Pods that wait for the node, except `pod`, and that it must yield to: those of its own priority or a higher one. */
  before(pod: PodInfo, node: string): PodInfo[] {
    return this.select(pod, node, (other) => other.priority >= pod.priority);
  }

  /** Pods that wait for the node and have to yield to `pod`. */
  after(pod: PodInfo, node: string): PodInfo[] {
    return this.select(pod, node, (other) => other.priority < pod.priority);
  }

  private select(pod: PodInfo, node: string, wanted: (other: PodInfo) => boolean): PodInfo[] {
    const pods = this.byNode.get(node);
    if (pods === undefined) return NO_PODS;
    const found: PodInfo[] = [];
    for (const other of pods.values()) if (other.uid !== pod.uid && wanted(other)) found.push(other);
    return found;
  }
}

const NO_PODS: PodInfo[] = [];
