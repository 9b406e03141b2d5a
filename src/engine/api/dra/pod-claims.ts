/** A pod's claims to devices by their names. Upstream: dynamic-resource-allocation/resourceclaim/claim.go. */
import type { Pod, PodResourceClaim, ResourceResourceClaim } from "../generated/types.ts";

/** What keeps a claim that is allocated from going. */
export const CLAIM_FINALIZER = "resource.kubernetes.io/delete-protection";

/** The claim that one of the pod's stands for; undefined: it is still to be made from its template. */
export function claimNameOf({ status }: Pod, { name, resourceClaimName }: PodResourceClaim): string | undefined {
  return resourceClaimName ?? status?.resourceClaimStatuses?.find((made) => made.name === name)?.resourceClaimName;
}

/** `namespace/name` of each that is known by name. */
export function deviceClaimKeys(pod: Pod): readonly string[] {
  const keys: string[] = [];
  for (const claim of pod.spec.resourceClaims ?? []) {
    const name = claimNameOf(pod, claim);
    if (name !== undefined) keys.push(`${pod.metadata.namespace}/${name}`);
  }
  return keys;
}

export function isReservedFor({ status }: ResourceResourceClaim, pod: Pod): boolean {
  return status?.reservedFor?.some(({ uid }) => uid === pod.metadata.uid) === true;
}

/** The pod that a claim was made for from a template; undefined: none. */
export function owningPod({ metadata }: ResourceResourceClaim): { name: string; uid: string } | undefined {
  return metadata.ownerReferences?.find(
    ({ apiVersion, kind, controller }) => controller === true && apiVersion === "v1" && kind === "Pod",
  );
}
