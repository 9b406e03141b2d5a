/** Carries out scale steps. Upstream: scaleReplicaSet in pkg/controller/deployment/sync.go. */
import type { Deployment, ReplicaSet } from "../../api/generated/types.ts";
import { replicaSets } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { replicasAnnotations, replicasAnnotationsNeedUpdate } from "./annotations.ts";
import { replicasOf } from "./fenceposts.ts";
import type { ScaleStep } from "./rolling.ts";

export const SCALING = "ScalingReplicaSet";

/** Returns the replica set as it is now. The event tells of a new size only, not of new annotations. */
export function scaleReplicaSet(ctx: ControllerContext, deployment: Deployment, step: ScaleStep): ReplicaSet {
  const { replicaSet, replicas } = step;
  const { metadata, spec } = replicaSet;
  const before = replicasOf(replicaSet);
  const wanted = replicasAnnotations(deployment);
  if (before === replicas && !replicasAnnotationsNeedUpdate(replicaSet, wanted)) return replicaSet;
  const annotations = { ...metadata.annotations, ...wanted };
  const next = { ...replicaSet, metadata: { ...metadata, annotations }, spec: { ...spec, replicas } };
  const scaled = ctx.client.resource<ReplicaSet>(replicaSets).update(next);
  if (before !== replicas) {
    const message = `Scaled ${before < replicas ? "up" : "down"} replica set ${metadata.name} from ${before} to ${replicas}`;
    ctx.events.event(deployment, "Normal", { reason: SCALING, message });
  }
  return scaled;
}

/** Takes all steps; returns `list` with the scaled ones in their new version. */
export function scaleAll(
  ctx: ControllerContext,
  deployment: Deployment,
  { list, steps }: { list: readonly ReplicaSet[]; steps: readonly ScaleStep[] },
): readonly ReplicaSet[] {
  if (steps.length === 0) return list;
  const scaled = new Map(steps.map((step) => [step.replicaSet, scaleReplicaSet(ctx, deployment, step)]));
  return list.map((replicaSet) => scaled.get(replicaSet) ?? replicaSet);
}
