/** Sums, orders and choices over a deployment's replica sets. Upstream: deployment/util/deployment_util.go, pkg/controller/controller_utils.go. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { parseTime } from "../../base/time.ts";
import { desiredReplicas, revisionOf } from "./annotations.ts";
import { isRollingUpdate, maxSurge, replicasOf } from "./fenceposts.ts";
import { makesSamePods } from "./same-template.ts";

export function totalReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0);
}

/** Pods that exist, by the replica sets' own counts. */
export function actualReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + status.replicas, 0);
}

export function readyReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status.readyReplicas ?? 0), 0);
}

export function availableReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
}

export function terminatingReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status.terminatingReplicas ?? 0), 0);
}

/** Those that should have pods. */
export function activeOf(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter((replicaSet) => replicasOf(replicaSet) > 0);
}

function created(replicaSet: ReplicaSet): number {
  const { creationTimestamp } = replicaSet.metadata;
  return (creationTimestamp as string | undefined) === undefined ? 0 : parseTime(creationTimestamp);
}

function byName(a: ReplicaSet, b: ReplicaSet): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

/** Oldest first. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  return created(a) - created(b) || byName(a, b);
}

/** Biggest first, then oldest. */
export function bySizeOlder(a: ReplicaSet, b: ReplicaSet): number {
  return replicasOf(b) - replicasOf(a) || byCreation(a, b);
}

/** Biggest first, then newest. */
export function bySizeNewer(a: ReplicaSet, b: ReplicaSet): number {
  return replicasOf(b) - replicasOf(a) || byCreation(b, a);
}

export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  return revisionOf(a) - revisionOf(b) || byCreation(a, b);
}

/** The oldest one whose template is the deployment's: should there be several, all passes agree on it. */
export function findNewReplicaSet(deployment: Deployment, all: readonly ReplicaSet[]): ReplicaSet | undefined {
  return all.toSorted(byCreation).find((candidate) => makesSamePods(candidate, deployment.spec.template));
}

/** The only one with pods, or with no such the newest; undefined when several have pods. */
export function findActiveOrLatest(newest: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const active = activeOf(newest === undefined ? old : [...old, newest]);
  if (active.length === 0) return newest ?? old.toSorted(byCreation).at(-1);
  return active.length === 1 ? active[0] : undefined;
}

/** True when the newest replica set is all that the deployment wants, and available. */
export function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  if (newest === undefined) return false;
  const wanted = replicasOf(deployment);
  return (
    replicasOf(newest) === wanted &&
    desiredReplicas(newest) === wanted &&
    (newest.status.availableReplicas ?? 0) === wanted
  );
}

/** How big the newest replica set may be now, given all replica sets (itself included unless it is yet to be created). */
export function newReplicaSetReplicas(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newest: { spec: { replicas?: number | undefined } },
): number {
  const wanted = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return wanted;
  const present = replicasOf(newest);
  const room = wanted + maxSurge(deployment) - totalReplicas(all);
  return room <= 0 ? present : present + Math.min(room, wanted - present);
}
