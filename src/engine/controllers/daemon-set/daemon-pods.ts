/** A daemon set's pods by their nodes. Upstream: getNodesToDaemonPods in pkg/controller/daemon/daemon_controller.go. */
import { isPodTerminal, untilAvailable } from "../../api/core/pod/conditions.ts";
import type { DaemonSet, Pod } from "../../api/generated/types.ts";
import { targetNode } from "./pod-template.ts";

export type PodsByNode = ReadonlyMap<string, readonly Pod[]>;

/** Without those that have ended and are being deleted; each node's are sorted, the one that counts first. */
export function podsByNode(pods: readonly Pod[]): PodsByNode {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    if (isPodTerminal(pod) && isGoing(pod)) continue;
    const node = targetNode(pod);
    if (node === undefined) continue;
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [pod]);
    else list.push(pod);
  }
  for (const list of byNode.values()) if (list.length > 1) list.sort(comparePods);
  return byNode;
}

/** Bound ones first, then the oldest. */
function comparePods(a: Pod, b: Pod): number {
  return (
    Number(isBound(b)) - Number(isBound(a)) ||
    compareTexts(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareTexts(a.metadata.name, b.metadata.name)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function isBound({ spec }: Pod): boolean {
  return (spec.nodeName ?? "") !== "";
}

export function isGoing({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function isAvailable(pod: Pod, daemonSet: DaemonSet, now: number): boolean {
  return untilAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, now) === 0;
}
