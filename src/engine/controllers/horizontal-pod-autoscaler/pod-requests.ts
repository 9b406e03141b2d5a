/** What pods ask for of a resource, in thousandths. Upstream: calculatePodRequests in replica_calculator.go. */
import type { Container, Pod } from "../../api/generated/types.ts";
import { milliValue } from "../../api/meta/quantity.ts";

/** By the pod's name. Throws when a container that counts has no request. */
export function podRequests(
  pods: readonly Pod[],
  { resource, container }: { resource: string; container: string | undefined },
): Map<string, number> {
  const requests = new Map<string, number>();
  for (const pod of pods) requests.set(pod.metadata.name, requestOf(pod, resource, container));
  return requests;
}

function requestOf(pod: Pod, resource: string, container: string | undefined): number {
  const whole = container === undefined ? pod.spec.resources?.requests?.[resource] : undefined;
  if (whole !== undefined) return milliValue(whole);
  let sum = 0;
  for (const { name, resources } of longRunning(pod)) {
    if (container !== undefined && name !== container) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) {
      throw new Error(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
    }
    sum += milliValue(request);
  }
  return sum;
}

/** Containers, and the init containers that stay beside them. */
function longRunning({ spec }: Pod): readonly Container[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return sidecars.length === 0 ? spec.containers : [...spec.containers, ...sidecars];
}
