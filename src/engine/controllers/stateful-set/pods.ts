/** What a stateful set looks at in its pods. Upstream: pkg/controller/statefulset/stateful_set_utils.go. */
import { isPodReady, untilAvailable } from "../../api/core/pod/conditions.ts";
import type { Pod } from "../../api/generated/types.ts";
import { REVISION_LABEL } from "../history/revisions.ts";

/** What a place of the set is filled with; undefined: nothing yet. */
export type Occupant = Pod | undefined;

export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

export function isGoing(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isReady(pod: Pod): boolean {
  return pod.status.phase === "Running" && isPodReady(pod);
}

export interface Availability {
  minReadySeconds: number;
  now: number;
}

export function isAvailable(pod: Pod, { minReadySeconds, now }: Availability): boolean {
  return untilAvailable(pod, minReadySeconds, now) === 0;
}

/** Not there, on its way out, not ready, or not for long enough. */
export function isUnavailable(pod: Occupant, availability: Availability): boolean {
  return pod === undefined || isGoing(pod) || !isReady(pod) || !isAvailable(pod, availability);
}
