/** How the pods of a controller stand. Upstream: kubectl pkg/describe/describe.go (getPodStatusForController). */
import { controllerOf, type KubeObject } from "../../engine/api/meta/object.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { listPods } from "../pick-pod.ts";

/** `2 Running / 1 Waiting / 0 Succeeded / 0 Failed` */
export function* podCounts(call: Invocation, owner: KubeObject, labelSelector: string): Call<string> {
  const pods = yield* listPods(call, { namespace: owner.metadata.namespace ?? "", labelSelector });
  const counts = { Running: 0, Pending: 0, Succeeded: 0, Failed: 0, Unknown: 0 };
  for (const pod of pods) {
    if (controllerOf({ ...pod, apiVersion: "v1", kind: "Pod" })?.uid !== owner.metadata.uid) continue;
    counts[(pod.status?.phase ?? "Unknown") as keyof typeof counts]++;
  }
  return `${counts.Running} Running / ${counts.Pending} Waiting / ${counts.Succeeded} Succeeded / ${counts.Failed} Failed`;
}
