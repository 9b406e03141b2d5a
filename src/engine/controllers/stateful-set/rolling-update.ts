/** Which pods go so that they come back in the new revision. Upstream: updateStatefulSetAfterInvariantEstablished. */
import type { IntOrString, Pod, StatefulSet } from "../../api/generated/types.ts";
import { scaledFromPercent } from "../../api/meta/int-or-string.ts";
import { isGoing, isUnavailable, revisionOf } from "./pods.ts";
import type { Availability, Occupant } from "./pods.ts";

/** A share is rounded down; never less than 1. */
export function maxUnavailableOf(value: IntOrString | undefined, replicas: number): number {
  return Math.max(1, scaledFromPercent(value ?? 1, replicas, "down"));
}

/**
 * The highest ordinals first, down to the partition, as many as may be unavailable besides those that already are.
 * `replicas` are the set's places, lowest ordinal first.
 */
export function podsToUpdate(
  set: StatefulSet,
  replicas: readonly Occupant[],
  { update, ...availability }: Availability & { update: string },
): readonly Pod[] {
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === "OnDelete") return [];
  const { partition = 0, maxUnavailable } = updateStrategy?.rollingUpdate ?? {};
  const unavailable = replicas.filter((pod) => isUnavailable(pod, availability)).length;
  const budget = maxUnavailableOf(maxUnavailable, replicas.length) - unavailable;
  const chosen: Pod[] = [];
  for (let index = replicas.length - 1; index >= partition && chosen.length < budget; index--) {
    const pod = replicas[index];
    if (pod !== undefined && revisionOf(pod) !== update && !isGoing(pod)) chosen.push(pod);
  }
  return chosen;
}
