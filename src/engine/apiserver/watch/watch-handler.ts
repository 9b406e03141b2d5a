import type { KubeObject } from "../../api/meta/object.ts";
import type { WatchEvent } from "../../api/meta/request.ts";

/**
 * Receives a watch's events. All that is due at one instant arrives in one simulation event, in the order of revisions;
 * `onEvents` is called once for each write among it, with that write's journal line as the cause in force.
 */
export interface WatchHandler<T extends KubeObject = KubeObject> {
  onEvents(events: readonly WatchEvent<T>[]): void;
  /** "expired": history from there on is gone, list again. "closed": the server went away or the time is up. */
  onEnd(reason: "expired" | "closed"): void;
}
