/** Tells a pod's status that it could not be scheduled. Upstream: schedule_one.go (handleSchedulingFailure, updatePod). */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/core/pod/index.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { formatTime } from "../base/time.ts";
import type { Client } from "../client/client.ts";

/**
 * Writes the condition PodScheduled=False unless it says so already. `nominatedNodeName`: the node that the pod waits for
 * from now on, "" for none; undefined leaves it.
 */
export function recordUnschedulable(
  client: Client,
  pod: Pod,
  what: { reason: string; message: string; now: number; nominatedNodeName?: string | undefined },
): void {
  const { reason, message, now, nominatedNodeName = pod.status?.nominatedNodeName ?? "" } = what;
  const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  const observedGeneration = pod.metadata.generation;
  const isSame =
    before?.status === "False" &&
    before.reason === reason &&
    before.message === message &&
    before.observedGeneration === observedGeneration;
  const staysNominated = nominatedNodeName === (pod.status?.nominatedNodeName ?? "");
  if (isSame && staysNominated) return;
  const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : formatTime(now);
  const condition = { type: "PodScheduled", status: "False", lastProbeTime: null, lastTransitionTime, reason, message };
  patchStatus(client, pod, {
    ...(!isSame && { conditions: [{ ...condition, observedGeneration }] }),
    ...(!staysNominated && { nominatedNodeName: nominatedNodeName === "" ? null : nominatedNodeName }),
  });
}

/** The pod waits for no node any more. Upstream: clearNominatedNodeName. */
export function clearNomination(client: Client, pod: Pod): void {
  patchStatus(client, pod, { nominatedNodeName: null });
}

function patchStatus(client: Client, pod: Pod, status: object): void {
  const { namespace, name } = pod.metadata;
  try {
    client.resource(pods).patch(namespace, name, { status }, { subresource: "status" });
  } catch (error) {
    // The pod is gone, or the server is: the next attempt writes it.
    if (!(error instanceof StatusError)) throw error;
  }
}
