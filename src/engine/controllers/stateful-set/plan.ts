/**
 * What one pass over a stateful set does. Upstream: updateStatefulSet in pkg/controller/statefulset/stateful_set_control.go.
 *
 * OrderedReady takes one step at a time, lowest ordinal first, and waits until what it did is available; Parallel takes
 * all steps at once. Missing pods come first, then surplus ones go (highest ordinal first), and only a set that is
 * complete, or Parallel, moves pods to the new revision.
 */
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../api/generated/types.ts";
import { assert } from "../../base/assert.ts";
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { isClaimStale, wantedOwners } from "./claim-owners.ts";
import type { ClaimUser } from "./claim-owners.ts";
import {
  claimDrafts,
  identityMatches,
  isInRange,
  ordinalOf,
  podName,
  startOrdinal,
  storageMatches,
} from "./identity.ts";
import { isAvailable, isGoing, isReady, isUnavailable } from "./pods.ts";
import type { Availability, Occupant } from "./pods.ts";
import { podsToUpdate } from "./rolling-update.ts";

export type Action =
  | { type: "create"; ordinal: number }
  | { type: "delete"; pod: Pod; forUpdate: boolean }
  /** Makes the claims that are missing and gives all their owners. */
  | { type: "provide-claims"; pod: Pod }
  /** Puts back labels, volumes and the owners of claims, and says so. */
  | { type: "restore"; pod: Pod }
  /** Gives the claims their owners. */
  | { type: "own-claims"; pod: Pod };

/** What the pass knows. */
export interface Observed {
  set: StatefulSet;
  pods: readonly Pod[];
  /** The set's update revision. */
  update: string;
  claim(name: string): PersistentVolumeClaim | undefined;
  now: number;
}

/** Steps of a phase are tried together; after a failure no other phase begins. */
export interface Plan {
  phases: readonly (readonly Action[])[];
}

/** What to do about one pod, and whether an ordered pass stops there. */
interface Step {
  actions: readonly Action[];
  stop: boolean;
}

const WAIT: Step = { actions: [], stop: true };

export function planStatefulSet(observed: Observed): Plan {
  const { set, pods } = observed;
  if (set.metadata.deletionTimestamp !== undefined) return { phases: [] };
  const ordered = set.spec.podManagementPolicy !== "Parallel";
  const replicas = placesOf(set, pods);
  const condemned = pods
    .filter((pod) => ordinalOf(pod) >= 0 && !isInRange(set, ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const firstUnavailable = [...replicas.entries()].find(([, pod]) => isUnavailable(pod, availabilityOf(observed)));
  const blocker =
    firstUnavailable === undefined
      ? condemned.toReversed().find((pod) => isUnavailable(pod, availabilityOf(observed)))
      : firstUnavailable[1];

  const phases: (readonly Action[])[] = [];
  const run = (steps: Iterable<Step>): boolean => {
    const actions: Action[] = [];
    let stopped = false;
    for (const step of steps) {
      actions.push(...step.actions);
      stopped = ordered && step.stop;
      if (stopped) break;
    }
    if (actions.length > 0) phases.push(actions);
    return stopped;
  };
  const start = startOrdinal(set);
  if (run(steps(replicas, (pod, index) => stepForReplica(observed, pod, start + index)))) return { phases };
  run(steps(condemned, (pod) => ({ actions: retentionActions(observed, pod), stop: false })));
  if (run(steps(condemned, (pod) => stepForCondemned(observed, pod, blocker)))) return { phases };
  const updates = podsToUpdate(set, replicas, { ...availabilityOf(observed), update: observed.update });
  run(steps(updates, (pod) => ({ actions: [{ type: "delete", pod, forUpdate: true }], stop: false })));
  return { phases };
}

function* steps<T>(items: readonly T[], stepFor: (item: T, index: number) => Step): Iterable<Step> {
  for (const [index, item] of items.entries()) yield stepFor(item, index);
}

export function availabilityOf({ set, now }: { set: StatefulSet; now: number }): Availability {
  return { minReadySeconds: set.spec.minReadySeconds ?? 0, now };
}

/** By ordinal, lowest first: who is there. */
function placesOf(set: StatefulSet, pods: readonly Pod[]): readonly Occupant[] {
  const places: Occupant[] = Array.from({ length: set.spec.replicas ?? 1 });
  for (const pod of pods) if (isInRange(set, ordinalOf(pod))) places[ordinalOf(pod) - startOrdinal(set)] = pod;
  return places;
}

function stepForReplica(observed: Observed, pod: Occupant, ordinal: number): Step {
  if (pod === undefined) return stepForMissing(observed, ordinal);
  if (isPodTerminal(pod)) {
    // Its place is filled again once it is gone.
    return isGoing(pod) ? WAIT : { actions: [{ type: "delete", pod, forUpdate: false }], stop: true };
  }
  const actions: Action[] = [];
  if (pod.status.phase === "Pending" && needsClaims(observed, pod)) actions.push({ type: "provide-claims", pod });
  if (isGoing(pod) || !isReady(pod) || !isAvailable(pod, availabilityOf(observed))) {
    if (observed.set.spec.podManagementPolicy !== "Parallel") return { actions, stop: true };
  }
  const { set } = observed;
  const isRight = identityMatches(set, pod) && storageMatches(set, pod) && retentionActions(observed, pod).length === 0;
  if (!isRight && actions.length === 0) actions.push({ type: "restore", pod });
  return { actions, stop: false };
}

function stepForMissing({ set, claim }: Observed, ordinal: number): Step {
  const user = { name: podName(set, ordinal), uid: "", ordinal };
  for (const { metadata } of claimDrafts(set, ordinal)) {
    assert(metadata.name !== undefined, "a claim without a name", set.metadata.name);
    const present = claim(metadata.name);
    if (present !== undefined && isClaimStale(set, present, user)) return WAIT;
  }
  return { actions: [{ type: "create", ordinal }], stop: true };
}

/** An ordered set takes away the highest one first, and only if no other is in trouble. */
function stepForCondemned(observed: Observed, pod: Pod, blocker: Occupant): Step {
  if (isGoing(pod)) return WAIT;
  const ordered = observed.set.spec.podManagementPolicy !== "Parallel";
  const isHealthy = isReady(pod) && isAvailable(pod, availabilityOf(observed));
  if (ordered && !isHealthy && pod !== blocker) return WAIT;
  return { actions: [{ type: "delete", pod, forUpdate: false }], stop: true };
}

export function userOf(pod: Pod): ClaimUser {
  return { name: pod.metadata.name, uid: pod.metadata.uid, ordinal: ordinalOf(pod) };
}

/** The claims of a pod that are there. */
function presentClaims({ set, claim }: Observed, pod: Pod): readonly PersistentVolumeClaim[] {
  return claimDrafts(set, ordinalOf(pod)).flatMap(({ metadata }) => claim(metadata.name ?? "") ?? []);
}

function needsClaims(observed: Observed, pod: Pod): boolean {
  const present = presentClaims(observed, pod);
  const count = observed.set.spec.volumeClaimTemplates?.length ?? 0;
  const isOwned = present.every((claim) => wantedOwners(observed.set, claim, userOf(pod)) === undefined);
  return present.length < count || !isOwned;
}

function retentionActions(observed: Observed, pod: Pod): readonly Action[] {
  const present = presentClaims(observed, pod);
  const isOwned = present.every((claim) => wantedOwners(observed.set, claim, userOf(pod)) === undefined);
  return isOwned ? [] : [{ type: "own-claims", pod }];
}
