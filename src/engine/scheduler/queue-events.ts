/** What can happen in a cluster that may let a waiting pod run. Upstream: pkg/scheduler/framework/events.go. */
import type { Namespace, Node } from "../api/generated/types.ts";
import type { PodInfo } from "./pod-info.ts";

export type ClusterEvent =
  | { readonly type: "node-add"; readonly node: Node }
  | { readonly type: "node-update"; readonly node: Node; readonly old: Node }
  | { readonly type: "node-delete"; readonly node: Node }
  /** A pod is on a node now, or its labels changed there. */
  | { readonly type: "pod-add"; readonly pod: PodInfo }
  /**
   * A pod left its node, was finished, or no longer waits for it; then only pods that had to yield to it, of a priority of
   * `atMost`, are concerned.
   */
  | { readonly type: "pod-delete"; readonly pod: PodInfo; readonly atMost?: number }
  | { readonly type: "namespace-update"; readonly namespace: Namespace }
  /** A claim, a volume or a storage class appeared or changed. */
  | { readonly type: "storage" };

/** The node that `event` brought or changed. */
export function changedNode(event: ClusterEvent): Node | undefined {
  return event.type === "node-add" || event.type === "node-update" ? event.node : undefined;
}
