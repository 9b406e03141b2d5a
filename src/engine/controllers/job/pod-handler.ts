/** Tells the job controller of its pods. Upstream: addPod, updatePod and deletePod in pkg/controller/job/job_controller.go. */
import { isJobFinished } from "../../api/batch/job/conditions.ts";
import type { Job, Pod } from "../../api/generated/types.ts";
import { controllerOf, keyOf } from "../../api/meta/object.ts";
import { jobs } from "../../api/registry.ts";
import type { InformerHandler } from "../../client/informer.ts";
import type { ControllerContext } from "../define-controller.ts";
import { isTracked } from "./job-pods.ts";
import type { JobMemory } from "./memory.ts";

/** Keys of pods that no job counts any more begin so. */
export const ORPHAN_POD = "orphan pod ";

export function jobPodHandler(ctx: ControllerContext, memory: JobMemory, batchMs: number): InformerHandler<Pod> {
  const jobOf = (pod: Pod): Job | undefined => {
    const owner = controllerOf(pod);
    if (owner?.kind !== "Job") return undefined;
    const job = ctx.lister(jobs).get(`${pod.metadata.namespace}/${owner.name}`);
    return job?.metadata.uid === owner.uid ? job : undefined;
  };
  /** Undefined when no job is there that still counts. */
  const keyFor = (pod: Pod): string | undefined => {
    const job = jobOf(pod);
    const isHeld = job !== undefined && !isJobFinished(job);
    const isOurs = controllerOf(pod) === undefined || controllerOf(pod)?.kind === "Job";
    if (!isHeld && isOurs && isTracked(pod)) ctx.enqueue(ORPHAN_POD + keyOf(pod));
    return job && keyOf(job);
  };
  const onGoing = (pod: Pod, isGone: boolean): void => {
    const owner = controllerOf(pod);
    if (owner?.kind !== "Job") return;
    const key = `${pod.metadata.namespace}/${owner.name}`;
    memory.expectations.deletionObserved(key, keyOf(pod));
    if (isGone || !isTracked(pod)) memory.removalObserved(key, pod.metadata.uid);
    if (isGone ? jobOf(pod) !== undefined : keyFor(pod) !== undefined) ctx.enqueue(key, batchMs);
  };
  return {
    onAdd(pod) {
      if (pod.metadata.deletionTimestamp !== undefined) return onGoing(pod, false);
      const key = keyFor(pod);
      if (key === undefined) return;
      memory.expectations.creationObserved(key);
      ctx.enqueue(key, batchMs);
    },
    onUpdate(pod, old) {
      if (pod.metadata.deletionTimestamp !== undefined) return onGoing(pod, false);
      const key = keyFor(pod);
      const oldJob = jobOf(old);
      if (oldJob !== undefined) {
        if (!isTracked(pod)) memory.removalObserved(keyOf(oldJob), pod.metadata.uid);
        if (keyOf(oldJob) !== key) ctx.enqueue(keyOf(oldJob), batchMs);
      }
      if (key !== undefined) ctx.enqueue(key, batchMs);
    },
    onDelete: (pod) => onGoing(pod, true),
  };
}
