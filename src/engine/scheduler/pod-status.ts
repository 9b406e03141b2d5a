/** Tells a pod's status that it could not be scheduled. Upstream: schedule_one.go (handleSchedulingFailure, updatePod). */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/core/pod/index.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { formatTime } from "../base/time.ts";
import type { Client } from "../client/client.ts";

/** Writes the condition PodScheduled=False unless it says so already. */
export function recordUnschedulable(
  client: Client,
  pod: Pod,
  what: { reason: string; message: string; now: number },
): void {
  const { reason, message, now } = what;
  const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (before?.status === "False" && before.reason === reason && before.message === message) return;
  const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : formatTime(now);
  const condition = { type: "PodScheduled", status: "False", lastProbeTime: null, lastTransitionTime, reason, message };
  const { namespace, name } = pod.metadata;
  try {
    client.resource(pods).patch(namespace, name, { status: { conditions: [condition] } }, { subresource: "status" });
  } catch (error) {
    // The pod is gone, or the server is: the next attempt writes it.
    if (!(error instanceof StatusError)) throw error;
  }
}
