/** When and how often what an event tells of was seen: those of events.k8s.io say it in their series. */
import { parseTime } from "../../base/time.ts";
import type { Event } from "../generated/types.ts";

export function firstSeen({ firstTimestamp, eventTime }: Event): string | undefined {
  return firstTimestamp ?? eventTime ?? undefined;
}

export function lastSeen(event: Event): string | undefined {
  return event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);
}

export function timesSeen({ series, count }: Event): number {
  return series?.count ?? (count || 1);
}

/** Which comes later was seen later. */
export function compareSeen(a: Event, b: Event): number {
  const at = (event: Event): number => parseTime(lastSeen(event) ?? event.metadata.creationTimestamp);
  return at(a) - at(b);
}
