/**
 * Makes the claims of pods' generic ephemeral volumes; they go with their pods.
 * Upstream: pkg/controller/volume/ephemeral/controller.go.
 */
import type { PersistentVolumeClaim, Pod, Volume } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { isAlreadyExists } from "../api/meta/status-error.ts";
import { persistentVolumeClaims, pods } from "../api/registry.ts";
import { sameSpec } from "../client/store.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ControllerWatch } from "./define-controller.ts";

/** Pods by the `namespace/name` of the claims that they should have. */
const CLAIMS = "ephemeral-claims";
const NONE: readonly string[] = [];
const FAILED = "FailedBinding";

const claimWatch: ControllerWatch<PersistentVolumeClaim> = {
  resource: persistentVolumeClaims,
  keys: (claim, ctx) => ctx.lister(pods).byIndex(CLAIMS, keyOf(claim)).map(keyOf),
};

export function ephemeralVolumeController(): ControllerDefinition<Pod> {
  return defineController<Pod>({
    name: "ephemeral-volume-controller",
    eventSource: "ephemeral_volume",
    for: pods,
    keys: (pod) => (isWanting(pod) ? [keyOf(pod)] : []),
    isRelevant: () => false,
    watches: [claimWatch as ControllerWatch],
    setup: (informers) => informers.informer(pods).addIndex(CLAIMS, claimKeys, sameSpec),
    reconcile,
  });
}

function isWanting({ metadata, spec }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined && spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true
  );
}

function claimKeys({ metadata, spec }: Pod): readonly string[] {
  if (spec.volumes?.some((volume) => volume.ephemeral !== undefined) !== true) return NONE;
  return spec.volumes
    .filter(({ ephemeral }) => ephemeral !== undefined)
    .map(({ name }) => `${metadata.namespace}/${metadata.name}-${name}`);
}

function reconcile(ctx: ControllerContext, key: string): void {
  const pod = ctx.lister(pods).get(key);
  if (pod === undefined || !isWanting(pod)) return;
  for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral !== undefined) provide(ctx, pod, volume);
}

function provide(ctx: ControllerContext, pod: Pod, { name, ephemeral }: Volume): void {
  const { namespace, name: podName, uid } = pod.metadata;
  const claimName = `${podName}-${name}`;
  const present = ctx.lister(persistentVolumeClaims).get(`${namespace}/${claimName}`);
  if (present !== undefined) {
    const isOwn = present.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid);
    if (isOwn === true) return;
    const why = `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${podName} (pod is not owner)`;
    ctx.events.event(pod, "Warning", { reason: FAILED, message: `ephemeral volume ${name}: ${why}` });
    return;
  }
  const { metadata, spec } = ephemeral?.volumeClaimTemplate ?? {};
  if (spec === undefined) return;
  const owner = { apiVersion: "v1", kind: "Pod", name: podName, uid, controller: true, blockOwnerDeletion: true };
  try {
    ctx.client.resource(persistentVolumeClaims).create({
      metadata: {
        name: claimName,
        namespace,
        ownerReferences: [owner],
        ...(metadata?.labels !== undefined && { labels: metadata.labels }),
        ...(metadata?.annotations !== undefined && { annotations: metadata.annotations }),
      },
      spec,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
