/**
 * How many pods the controllers of some pods ask for. Upstream: getExpectedScale and the finders of
 * pkg/controller/disruption/disruption.go.
 * Simplified: custom resources with a scale are not asked.
 */
import type { Deployment, Pod, ReplicaSet } from "../../api/generated/types.ts";
import { controllerOf, type KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { deployments, replicaSets, replicationControllers, statefulSets } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";

/** Kinds whose scale is known, by version and kind. */
export const SCALED: Readonly<Record<string, Resource>> = Object.fromEntries(
  [replicationControllers, replicaSets, deployments, statefulSets].map((resource) => [
    `${resource.apiVersion} ${resource.kind}`,
    resource as Resource,
  ]),
);

export type ExpectedScale =
  | { readonly count: number; readonly unmanaged: readonly string[]; readonly failure?: undefined }
  | { readonly count?: undefined; readonly failure: string };

/** Each controller counts once, whatever the number of its pods here. */
export function expectedScale(ctx: ControllerContext, pods: readonly Pod[]): ExpectedScale {
  const byController = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (byController.has(owner.uid)) continue;
    const resource = SCALED[`${owner.apiVersion} ${owner.kind}`];
    if (resource === undefined) {
      const plural = `${owner.kind.toLowerCase()}s`;
      const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
      return { failure: `${plural}${group} does not implement the scale subresource` };
    }
    const top = topController(ctx, lookUp(ctx, resource, pod.metadata.namespace, owner.name));
    if (top === undefined) return { failure: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` };
    byController.set(owner.uid, 0);
    byController.set(top.metadata.uid, (top as Deployment).spec.replicas ?? 0);
  }
  let count = 0;
  for (const replicas of byController.values()) count += replicas;
  return { count, unmanaged };
}

/** A deployment stands for its replica sets. */
function topController(ctx: ControllerContext, object: KubeObject | undefined): KubeObject | undefined {
  if (object?.kind !== "ReplicaSet") return object;
  const owner = controllerOf(object as ReplicaSet);
  if (owner?.kind !== "Deployment") return object;
  return lookUp(ctx, deployments as Resource, object.metadata.namespace, owner.name);
}

function lookUp(
  ctx: ControllerContext,
  resource: Resource,
  namespace: string | undefined,
  name: string,
): KubeObject | undefined {
  return ctx.lister(resource).get(`${namespace}/${name}`);
}
