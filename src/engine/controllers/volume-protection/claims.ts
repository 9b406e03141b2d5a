/** Lets a deleted claim go once no pod uses it. Upstream: pkg/controller/volume/pvcprotection. */
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { CLAIM_PROTECTION } from "../../api/core/volume-protection.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/generated/types.ts";
import { persistentVolumeClaims, pods } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { claimKeysOf, indexPodsByClaim, podsOfClaim } from "../pods-by-claim.ts";

export function claimProtectionController(): ControllerDefinition<PersistentVolumeClaim> {
  return defineController<PersistentVolumeClaim>({
    name: "pvc-protection-controller",
    for: persistentVolumeClaims,
    keys: ({ metadata }) => (isHeld(metadata) ? [`${metadata.namespace}/${metadata.name}`] : []),
    setup(informers, ctx) {
      const enqueue = (pod: Pod): void => {
        for (const key of claimKeysOf(pod)) {
          const claim = ctx.lister(persistentVolumeClaims).get(key);
          if (claim !== undefined && isHeld(claim.metadata)) ctx.enqueue(key);
        }
      };
      indexPodsByClaim(informers);
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

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim === undefined || !isHeld(claim.metadata)) return {};
  const inUse = podsOfClaim(ctx, key)
    // Who has no node yet doesn't use it, who is done no more.
    .some((pod) => (pod.spec.nodeName ?? "") !== "" && !isPodTerminal(pod));
  if (inUse) return {};
  const finalizers = claim.metadata.finalizers?.filter((finalizer) => finalizer !== CLAIM_PROTECTION) ?? [];
  ctx.client.resource(persistentVolumeClaims).update({ ...claim, metadata: { ...claim.metadata, finalizers } });
  return {};
}
