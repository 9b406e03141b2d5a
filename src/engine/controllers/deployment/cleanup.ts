/** Old replica sets beyond the history limit. Upstream: cleanupDeployment in pkg/controller/deployment/sync.go. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { replicasOf } from "./fenceposts.ts";
import { byRevision } from "./replica-set-lists.ts";

/** Stands for "keep all". */
const UNLIMITED = 2 ** 31 - 1;

/** The oldest revisions above the limit; one that still has pods, or has not seen its last change, counts but stays. */
export function planCleanup({ spec }: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const { revisionHistoryLimit: limit } = spec;
  if (limit === undefined || limit === UNLIMITED) return [];
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return alive
    .toSorted(byRevision)
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      (replicaSet) =>
        replicaSet.status.replicas === 0 &&
        replicasOf(replicaSet) === 0 &&
        (replicaSet.metadata.generation ?? 0) <= (replicaSet.status.observedGeneration ?? 0),
    );
}
