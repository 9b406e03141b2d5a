/**
 * Generic ephemeral volumes: a claim of the pod's own, which a controller makes. Upstream: CreateVolumeSpec of
 * desired_state_of_world_populator.go, component-helpers/storage/ephemeral.
 */
import type { Volume } from "../api/generated/types.ts";
import { claimVolume } from "./persistent-volume-claim.ts";
import { UnknownVolumeError } from "./volume-plugin.ts";
import type { VolumeHost, VolumePlace, VolumePlugin } from "./volume-plugin.ts";

export const ephemeralVolume: VolumePlugin = { kind: "ephemeral", place };

function place({ name }: Volume, host: VolumeHost): VolumePlace {
  const { pod, config } = host;
  const { namespace = "", uid } = pod.metadata;
  const claimName = `${pod.metadata.name}-${name}`;
  const claim = config.claim(namespace, claimName);
  const isOwn =
    claim?.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;
  if (claim !== undefined && !isOwn) {
    const text = `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
    throw new UnknownVolumeError(`error processing PVC ${namespace}/${claimName}: ${text}`);
  }
  return claimVolume(claimName, host, name);
}
