/** Which claims a pod uses. Upstream: component-helpers/storage/ephemeral, volumebinding/binder.go (isVolumeBound). */
import type { PersistentVolumeClaim, Pod, Volume } from "../api/generated/types.ts";
import { controllerOf } from "../api/meta/object.ts";

export interface PodClaim {
  readonly name: string;
  /** Made for this pod from a template in its volume. */
  readonly ephemeral: boolean;
}

/** Name of the claim behind a volume; undefined for other kinds of volumes. */
export function claimOfVolume(pod: Pod, volume: Volume): PodClaim | undefined {
  const { persistentVolumeClaim, ephemeral } = volume;
  if (persistentVolumeClaim !== undefined) return { name: persistentVolumeClaim.claimName, ephemeral: false };
  return ephemeral === undefined ? undefined : { name: `${pod.metadata.name}-${volume.name}`, ephemeral: true };
}

export function podClaims(pod: Pod): readonly PodClaim[] {
  const { volumes } = pod.spec;
  // Few volumes are claims, and every pod is asked several times.
  if (volumes === undefined || !volumes.some(isClaim)) return NO_CLAIMS;
  return volumes.flatMap((volume) => claimOfVolume(pod, volume) ?? []);
}

const NO_CLAIMS: readonly PodClaim[] = [];

function isClaim({ persistentVolumeClaim, ephemeral }: Volume): boolean {
  return persistentVolumeClaim !== undefined || ephemeral !== undefined;
}

/** True iff the claim was made for an ephemeral volume of this pod. Upstream: VolumeIsForPod. */
export function isClaimOf(claim: PersistentVolumeClaim, pod: Pod): boolean {
  return claim.metadata.namespace === pod.metadata.namespace && controllerOf(claim)?.uid === pod.metadata.uid;
}
