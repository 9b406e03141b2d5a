/** Which pods go first when there are too many. Upstream: ActivePodsWithRanks in pkg/controller/controller_utils.go. */
import type { Pod } from "../../api/generated/types.ts";
import { parseTime } from "../../base/time.ts";
import { isPodActive, isPodReady, getPodCondition } from "../../api/core/pod/conditions.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

export interface RankedPod {
  pod: Pod;
  /** How many related pods share its node. */
  rank: number;
}

const PHASES = new Map([
  ["Pending", 0],
  ["Unknown", 1],
  ["Running", 2],
]);

/** Negative: `a` is deleted before `b`. */
export function comparePodsForDeletion(a: RankedPod, b: RankedPod, now: number): number {
  const readyA = isPodReady(a.pod);
  const readyB = isPodReady(b.pod);
  return (
    compareBooleans(isAssigned(a.pod), isAssigned(b.pod)) ||
    phaseOf(a.pod) - phaseOf(b.pod) ||
    compareBooleans(readyA, readyB) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.rank - a.rank ||
    (readyA && readyB ? compareAges(a.pod, b.pod, { time: readyTime, now }) : 0) ||
    compareRestarts(a.pod, b.pod) ||
    compareAges(a.pod, b.pod, { time: creationTime, now })
  );
}

/** The pods to delete, first one first. `related` are the pods that count for how crowded a node is. */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  { count, now }: { count: number; now: number },
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const onNode = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = pod.spec.nodeName ?? "";
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: onNode.get(pod.spec.nodeName ?? "") ?? 0 }));
  ranked.sort((a, b) => comparePodsForDeletion(a, b, now));
  return ranked.slice(0, count).map(({ pod }) => pod);
}

function compareBooleans(a: boolean, b: boolean): number {
  return Number(a) - Number(b);
}

function isAssigned(pod: Pod): boolean {
  return (pod.spec.nodeName ?? "") !== "";
}

function phaseOf(pod: Pod): number {
  return PHASES.get(pod.status.phase ?? "") ?? 0;
}

/** An annotation that is not a whole number counts as 0. */
function deletionCost(pod: Pod): number {
  const value = pod.metadata.annotations?.[DELETION_COST];
  return value !== undefined && /^(0|-?[1-9]\d*)$/.test(value) ? Number(value) : 0;
}

function readyTime(pod: Pod): number | undefined {
  const time = getPodCondition(pod.status, "Ready")?.lastTransitionTime;
  return time === undefined ? undefined : parseTime(time);
}

function creationTime(pod: Pod): number | undefined {
  const { creationTimestamp } = pod.metadata;
  // Pods that have not been to the server have none.
  return (creationTimestamp as string | undefined) === undefined ? undefined : parseTime(creationTimestamp);
}

/** Unknown first, then younger first; ages that have the same power of two count as equal, and then the uid decides, which is chance. */
function compareAges(a: Pod, b: Pod, { time, now }: { time(pod: Pod): number | undefined; now: number }): number {
  const timeA = time(a);
  const timeB = time(b);
  if (timeA === timeB) return 0;
  if (timeA === undefined || timeB === undefined) return timeA === undefined ? -1 : 1;
  const difference = ageClass(timeA, now) - ageClass(timeB, now);
  if (difference !== 0) return difference;
  return a.metadata.uid < b.metadata.uid ? -1 : Number(a.metadata.uid !== b.metadata.uid);
}

/** The power of two of an age in nanoseconds. */
function ageClass(time: number, now: number): number {
  const age = now - time;
  return age <= 0 ? -1 : Math.floor(Math.log2(age * 1_000_000));
}

/** More restarts first: of the containers, then of the sidecars. */
function compareRestarts(a: Pod, b: Pod): number {
  const restartsA = maxRestarts(a);
  const restartsB = maxRestarts(b);
  return restartsB.containers - restartsA.containers || restartsB.sidecars - restartsA.sidecars;
}

function maxRestarts(pod: Pod): { containers: number; sidecars: number } {
  const sidecarNames = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name }) => name),
  );
  let containers = 0;
  let sidecars = 0;
  for (const { restartCount } of pod.status.containerStatuses ?? []) containers = Math.max(containers, restartCount);
  for (const { name, restartCount } of pod.status.initContainerStatuses ?? []) {
    if (sidecarNames.has(name)) sidecars = Math.max(sidecars, restartCount);
  }
  return { containers, sidecars };
}
