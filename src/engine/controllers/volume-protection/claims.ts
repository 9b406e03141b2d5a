/** Lets a deleted claim go once no pod uses it. Upstream: pkg/controller/volume/pvcprotection. */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { CLAIM_PROTECTION } from "../../api/core/volume-protection.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/generated/types.ts";
import { persistentVolumeClaims, pods } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

/** Pods by `namespace/claim`, one entry a volume that is one. */
const CLAIM = "claim";

export function claimProtectionController(): ControllerDefinition<PersistentVolumeClaim> {
  return defineController<PersistentVolumeClaim>({
    name: "pvc-protection-controller",
    for: persistentVolumeClaims,
    keys: ({ metadata }) => (isHeld(metadata) ? [`${metadata.namespace}/${metadata.name}`] : []),
    setup(informers, ctx) {
      const enqueue = (pod: Pod): void => {
        for (const key of claimsOf(pod)) {
          const claim = ctx.lister(persistentVolumeClaims).get(key);
          if (claim !== undefined && isHeld(claim.metadata)) ctx.enqueue(key);
        }
      };
      informers.informer(pods).addIndex(CLAIM, claimsOf);
      informers.informer(pods).addHandler({
        onUpdate: (pod, old) => {
          if (isPodTerminal(pod) && !isPodTerminal(old)) enqueue(pod);
        },
        onDelete: enqueue,
      });
    },
    reconcile,
  });
}

/** It is being deleted and waits for this controller. */
function isHeld({ deletionTimestamp, finalizers = [] }: PersistentVolumeClaim["metadata"]): boolean {
  return deletionTimestamp !== undefined && finalizers.includes(CLAIM_PROTECTION);
}

/** A pod's own ephemeral volume is a claim named after both. */
function claimsOf({ metadata, spec }: Pod): readonly string[] {
  if (spec.volumes === undefined) return [];
  return spec.volumes.flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`];
    return ephemeral === undefined ? [] : [`${metadata.namespace}/${metadata.name}-${name}`];
  });
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !isHeld(claim.metadata)) return {};
  const inUse = ctx
    .lister(pods)
    .byIndex(CLAIM, key)
    // Who has no node yet doesn't use it, who is done no more.
    .some((pod) => (pod.spec.nodeName ?? "") !== "" && !isPodTerminal(pod));
  if (inUse) return {};
  const finalizers = claim.metadata.finalizers?.filter((finalizer) => finalizer !== CLAIM_PROTECTION) ?? [];
  ctx.client.resource(persistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, finalizers } });
  return {};
}
