/** What can happen in a cluster that may let a waiting pod run. Upstream: pkg/scheduler/framework/events.go. */
import type {
  CSIStorageCapacity,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceResourceClaim,
  StorageClass,
} from "../api/generated/types.ts";
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
  /** The pod that waits was itself changed; only plugins that rejected it are asked. */
  | { readonly type: "pod-update"; readonly pod: PodInfo; readonly old: PodInfo }
  | { readonly type: "claim-add"; readonly claim: PersistentVolumeClaim }
  | { readonly type: "claim-update"; readonly claim: PersistentVolumeClaim; readonly old: PersistentVolumeClaim }
  | { readonly type: "volume-add"; readonly volume: PersistentVolume }
  | { readonly type: "volume-update"; readonly volume: PersistentVolume; readonly old: PersistentVolume }
  | { readonly type: "class-add"; readonly storageClass: StorageClass }
  | { readonly type: "class-update"; readonly storageClass: StorageClass; readonly old: StorageClass }
  /** What a node's drivers can attach became known, or changed. */
  | { readonly type: "csi-node" }
  /** A driver no longer keeps track of its capacity, or it has more. */
  | { readonly type: "csi-driver" }
  | {
      readonly type: "csi-capacity";
      readonly capacity: CSIStorageCapacity;
      readonly old: CSIStorageCapacity | undefined;
    }
  /** `freed`: its devices are nobody's now. */
  | { readonly type: "resource-claim"; readonly claim: ResourceResourceClaim; readonly freed: boolean }
  /** A driver has published devices, or taken some back. */
  | { readonly type: "resource-slice" }
  | { readonly type: "device-class" }
  /** A volume was detached from a node. */
  | { readonly type: "attachment-delete" };

/** The node that `event` brought or changed. */
export function changedNode(event: ClusterEvent): Node | undefined {
  return event.type === "node-add" || event.type === "node-update" ? event.node : undefined;
}
