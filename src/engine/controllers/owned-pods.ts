/** Tells a controller of its pods: what it waits to see, and whom to reconcile. Upstream: addPod, updatePod and deletePod of each controller. */
import type { Pod } from "../api/generated/types.ts";
import { controllerOf, keyOf } from "../api/meta/object.ts";
import type { InformerHandler } from "../client/informer.ts";
import type { ControllerContext } from "./define-controller.ts";
import type { Expectations } from "./expectations.ts";

/** A pod that is being deleted counts as gone: it will not come back. `kind` is the owners'. */
export function ownedPodHandler(
  ctx: ControllerContext,
  { kind, expectations }: { kind: string; expectations: Expectations },
): InformerHandler<Pod> {
  const ownerKey = (pod: Pod): string | undefined => {
    const owner = controllerOf(pod);
    return owner?.kind === kind ? `${pod.metadata.namespace}/${owner.name}` : undefined;
  };
  const onDelete = (pod: Pod): void => {
    const key = ownerKey(pod);
    if (key === undefined) return;
    expectations.deletionObserved(key, keyOf(pod));
    ctx.enqueue(key);
  };
  return {
    onAdd(pod) {
      if (pod.metadata.deletionTimestamp !== undefined) return onDelete(pod);
      const key = ownerKey(pod);
      if (key === undefined) return;
      expectations.creationObserved(key);
      ctx.enqueue(key);
    },
    onUpdate(pod, old) {
      if (pod.metadata.deletionTimestamp !== undefined) return onDelete(pod);
      const key = ownerKey(pod);
      const oldKey = ownerKey(old);
      if (oldKey !== undefined && oldKey !== key) ctx.enqueue(oldKey);
      if (key !== undefined) ctx.enqueue(key);
    },
    onDelete,
  };
}
