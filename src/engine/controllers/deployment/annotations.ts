/** The annotations by which a deployment and its replica sets keep their history. Upstream: deployment/util/deployment_util.go. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { maxSurge, replicasOf } from "./fenceposts.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
const MAX_HISTORY_LENGTH = 2000;

/** Of the deployment's annotations, these are not handed down. */
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Record<string, string>;

/** 0 when there is none. */
export function revisionOf(object: { metadata: { annotations?: Annotations | undefined } }): number {
  const text = object.metadata.annotations?.[REVISION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

export function maxRevision(replicaSets: readonly ReplicaSet[]): number {
  let max = 0;
  for (const replicaSet of replicaSets) max = Math.max(max, revisionOf(replicaSet));
  return max;
}

function integerAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The deployment's size when this replica set was last scaled. */
export function desiredReplicas(replicaSet: ReplicaSet): number | undefined {
  return integerAnnotation(replicaSet, DESIRED_REPLICAS);
}

/** The deployment's size and surge when this replica set was last scaled. */
export function maxReplicas(replicaSet: ReplicaSet): number | undefined {
  return integerAnnotation(replicaSet, MAX_REPLICAS);
}

export function replicasAnnotations(deployment: Deployment): Annotations {
  const desired = replicasOf(deployment);
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge(deployment)) };
}

export function replicasAnnotationsNeedUpdate(replicaSet: ReplicaSet, wanted: Annotations): boolean {
  return Object.entries(wanted).some(([name, value]) => replicaSet.metadata.annotations?.[name] !== value);
}

/**
 * The annotations that the newest replica set should have: the deployment's own, and a revision above all others.
 * Returns `present` itself when nothing changes. A revision that was given before (a rollback) goes into the history.
 */
export function newReplicaSetAnnotations(deployment: Deployment, present: Annotations, revision: number): Annotations {
  const next = { ...present };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(name)) next[name] = value;
  }
  const before = present[REVISION];
  if (Number(before ?? 0) < revision) {
    next[REVISION] = String(revision);
    if (before !== undefined) next[REVISION_HISTORY] = addToHistory(present[REVISION_HISTORY] ?? "", before);
  }
  const changed = Object.entries(next).some(([name, value]) => present[name] !== value);
  return changed ? next : present;
}

/** Comma-separated, oldest first; the oldest fall out when the text gets too long. */
function addToHistory(history: string, revision: string): string {
  if (history === "") return revision;
  const revisions = history.split(",");
  let text = `${history},${revision}`;
  while (text.length > MAX_HISTORY_LENGTH && revisions.length > 0) {
    revisions.shift();
    text = [...revisions, revision].join(",");
  }
  return text;
}
