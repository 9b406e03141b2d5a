/** Rolls out pods by way of replica sets. Upstream: pkg/controller/deployment/deployment_controller.go. */
import type { Deployment, Pod, ReplicaSet } from "../../api/generated/types.ts";
import { controllerOf, keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { deployments, pods, replicaSets } from "../../api/registry.ts";
import { claim, indexOrphans, orphanHandler } from "../claim.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { syncDeployment } from "./sync.ts";

export function deploymentController(): ControllerDefinition<Deployment> {
  return defineController<Deployment>({
    name: "deployment-controller",
    for: deployments,
    owns: [replicaSets as never],
    setup(informers, ctx) {
      indexOrphans(informers, replicaSets);
      informers.informer(replicaSets).addHandler(orphanHandler((replicaSet) => adopters(ctx, replicaSet), ctx));
      informers.informer(pods).addHandler({ onDelete: (pod) => onPodGone(ctx, pod) });
    },
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const deployment = ctx.lister(deployments).get(key);
  if (deployment === undefined) return {};
  const owned = claim(ctx, {
    owner: deployment,
    ownerResource: deployments,
    resource: replicaSets,
    selector: labelSelectorAsSelector(deployment.spec.selector),
  });
  return syncDeployment({ ctx, deployment, owned });
}

function adopters(ctx: ControllerContext, replicaSet: ReplicaSet): Deployment[] {
  return ctx
    .lister(deployments)
    .byIndex("namespace", replicaSet.metadata.namespace)
    .filter((candidate) => labelSelectorAsSelector(candidate.spec.selector).matches(replicaSet.metadata.labels));
}

/** A Recreate deployment goes on when its last old pod is gone. */
function onPodGone(ctx: ControllerContext, pod: Pod): void {
  const owner = controllerOf(pod);
  if (owner?.kind !== "ReplicaSet") return;
  const replicaSet = ctx.lister(replicaSets).get(`${pod.metadata.namespace}/${owner.name}`);
  const parent = replicaSet && controllerOf(replicaSet);
  if (replicaSet === undefined || parent?.kind !== "Deployment") return;
  const deployment = ctx.lister(deployments).get(`${pod.metadata.namespace}/${parent.name}`);
  if (deployment?.spec.strategy?.type !== "Recreate") return;
  if (ctx.lister(pods).byIndex("controller", replicaSet.metadata.uid).length === 0) ctx.enqueue(keyOf(deployment));
}
