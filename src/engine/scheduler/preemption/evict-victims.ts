/** Does what was decided: victims are marked and deleted. Upstream: pkg/scheduler/framework/preemption (PreemptPod). */
import type { Pod } from "../../api/generated/types.ts";
import { markDisrupted } from "../../api/core/pod/mark-disrupted.ts";
import { pods } from "../../api/core/pod/index.ts";
import { isNotFound } from "../../api/meta/status-error.ts";
import type { Client } from "../../client/client.ts";
import type { PodEvents } from "../pod-events.ts";
import type { PodInfo } from "../pod-info.ts";
import { PREEMPTION_BY_SCHEDULER } from "./default-preemption.ts";
import type { Candidate } from "./pick-candidate.ts";

/**
 * Victims that are on their way out are left alone. Throws what the server answers.
 */
export function evictVictims(
  { node, victims }: Candidate,
  preemptor: PodInfo,
  by: { client: Client; events: PodEvents; now: number },
): void {
  const scheduler = preemptor.pod.spec.schedulerName ?? "default-scheduler";
  const why = {
    reason: PREEMPTION_BY_SCHEDULER,
    message: `${scheduler}: preempting to accommodate a higher priority pod`,
  };
  for (const victim of victims.pods) {
    if (victim.terminating || !evict(victim.pod, by, why)) continue;
    by.events.preempted(victim, { preemptor, node: node.name });
  }
}

/** False when the pod was gone, or going. */
function evict(
  pod: Pod,
  { client, now }: { client: Client; now: number },
  why: { reason: string; message: string },
): boolean {
  const { namespace, name, uid } = pod.metadata;
  const resource = client.resource(pods);
  try {
    // Another pod of the same instant may have pushed it out already.
    const current = resource.get(namespace, name);
    if (current.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined) return false;
    const { conditions } = markDisrupted(current, now, {
      ...why,
      observedGeneration: current.metadata.generation,
    }).status;
    if (conditions !== current.status.conditions) {
      resource.patch(namespace, name, { metadata: { uid }, status: { conditions } }, { subresource: "status" });
    }
    resource.delete(namespace, name);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
