/**
 * Which pods go so that they come back in the new revision. Upstream: stateful_set_control.go, updateStatefulSet and
 * updateStatefulSetAfterInvariantEstablished.
 * **Simplified:** the second of them is behind the feature gate MaxUnavailableStatefulSet, off by default; here it is taken
 * for sets that name `maxUnavailable`.
 */
import type { IntOrString, Pod, StatefulSet } from "../../api/generated/types.ts";
import { scaledFromPercent } from "../../api/meta/int-or-string.ts";
import { isGoing, isUnavailable, revisionOf } from "./pods.ts";
import type { Availability, Occupant } from "./pods.ts";

/** A share is rounded down; never less than 1. */
export function maxUnavailableOf(value: IntOrString | undefined, replicas: number): number {
  return Math.max(1, scaledFromPercent(value ?? 1, replicas, "down"));
}

/**
 * The highest ordinals first, down to the partition: one at a time, or as many as may be unavailable besides those that
 * already are. `replicas` are the set's places, lowest ordinal first.
 */
export function podsToUpdate(
  set: StatefulSet,
  replicas: readonly Occupant[],
  { update, ...availability }: Availability & { update: string },
): readonly Pod[] {
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === "OnDelete") return [];
  const { partition = 0, maxUnavailable } = updateStrategy?.rollingUpdate ?? {};
  const candidates = replicas.slice(partition).reverse();
  const isOld = (pod: Occupant): pod is Pod => pod !== undefined && revisionOf(pod) !== update && !isGoing(pod);
  if (maxUnavailable === undefined) {
    // One that is old goes whatever its state: what can't get ready isn't waited for once there is something newer.
    const next = candidates.find((pod) => isOld(pod) || isUnavailable(pod, availability));
    return isOld(next) ? [next] : [];
  }
  const unavailable = replicas.filter((pod) => isUnavailable(pod, availability)).length;
  const budget = maxUnavailableOf(maxUnavailable, replicas.length) - unavailable;
  return candidates.filter(isOld).slice(0, Math.max(0, budget));
}
