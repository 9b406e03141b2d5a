/**
 * Who owns a claim, by the retention policy of its set: the set (goes with it), the pod (goes when scaled down) or nobody.
 * Upstream: isClaimOwnerUpToDate and updateClaimOwnerRefForSetAndPod in pkg/controller/statefulset/stateful_set_utils.go.
 */
import type { OwnerReference, PersistentVolumeClaim, StatefulSet } from "../../api/generated/types.ts";
import { controllerReference } from "../pod-control.ts";
import { isInRange } from "./identity.ts";

/** A pod that exists, or one that is yet to be made (uid ""). */
export interface ClaimUser {
  name: string;
  uid: string;
  ordinal: number;
}

interface Policy {
  goesWithSet: boolean;
  goesWhenScaled: boolean;
}

function policyOf(set: StatefulSet): Policy {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  return { goesWithSet: whenDeleted === "Delete", goesWhenScaled: whenScaled === "Delete" };
}

function isSet(reference: OwnerReference, set: StatefulSet): boolean {
  const { apiVersion, kind, name } = reference;
  return apiVersion === set.apiVersion && kind === set.kind && name === set.metadata.name;
}

function isUser({ apiVersion, kind, name }: OwnerReference, user: ClaimUser): boolean {
  return apiVersion === "v1" && kind === "Pod" && name === user.name;
}

/** A pod of that name owns the claim, but another one: the claim will go with it, so that a new pod must wait. */
export function isClaimStale(set: StatefulSet, claim: PersistentVolumeClaim, user: ClaimUser): boolean {
  if (!policyOf(set).goesWhenScaled) return false;
  return (claim.metadata.ownerReferences ?? []).some(
    (reference) => isUser(reference, user) && reference.uid !== user.uid,
  );
}

/** The references that the claim should have; undefined when it has them, or is none of the set's business. */
export function wantedOwners(
  set: StatefulSet,
  claim: PersistentVolumeClaim,
  user: ClaimUser,
): readonly OwnerReference[] | undefined {
  const references = claim.metadata.ownerReferences ?? [];
  const ours = references.filter((reference) => isSet(reference, set) || isUser(reference, user));
  const isStale = ours.some(({ uid }) => uid !== set.metadata.uid && uid !== user.uid);
  if (isStale) return undefined;
  const others = references.filter((reference) => !ours.includes(reference));
  const policy = policyOf(set);
  const isManaged = policy.goesWithSet || policy.goesWhenScaled;
  if (isManaged && others.some(({ controller }) => controller === true)) {
    return ours.length > 0 ? others : undefined;
  }
  const scaledDown = !isInRange(set, user.ordinal);
  const wanted: OwnerReference[] = [];
  if (policy.goesWithSet && !(policy.goesWhenScaled && scaledDown)) wanted.push(controllerReference(set));
  if (policy.goesWhenScaled && scaledDown) wanted.push(podReference(user));
  const isRight =
    ours.length === wanted.length &&
    wanted.every(({ uid }) => ours.some((owner) => owner.uid === uid && owner.controller === true));
  return isRight ? undefined : [...others, ...wanted];
}

function podReference({ name, uid }: ClaimUser): OwnerReference {
  return { apiVersion: "v1", kind: "Pod", name, uid, controller: true, blockOwnerDeletion: true };
}
