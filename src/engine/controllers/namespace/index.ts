/**
 * Empties a namespace that is being deleted, then lets it go. Upstream: pkg/controller/namespace.
 * Pods go first, everything else only when they are gone.
 */
import type { Namespace, Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { isConflict, isNotFound, StatusError } from "../../api/meta/status-error.ts";
import { namespaces, pods } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { SECOND, parseTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { deletionConditions, discoveryFailure } from "./conditions.ts";
import type { Remaining } from "./conditions.ts";

const FINALIZER = "kubernetes";
/** Others that watch the namespace get so long to see that it is going. */
const DELETION_GRACE_MS = 5 * SECOND;
/** Content with finalizers is looked at again after half of this, and a second more. */
const FINALIZER_ESTIMATE_SECONDS = 15;

export function namespaceController(): ControllerDefinition<Namespace> {
  return defineController<Namespace>({
    name: "namespace-controller",
    for: namespaces,
    keys: ({ metadata }) => (metadata.deletionTimestamp === undefined ? [] : [metadata.name]),
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, name: string): ReconcileResult {
  const namespace = ctx.lister(namespaces).get(name);
  if (namespace?.metadata.deletionTimestamp === undefined) return {};
  const { finalizers = [] } = namespace.spec;
  if (finalizers.length === 0) return {};
  const wait = parseTime(namespace.metadata.deletionTimestamp) + DELETION_GRACE_MS - ctx.sim.now;
  if (wait > 0) return { requeueAfter: wait };
  const { remaining, estimateSeconds } = deleteContent(ctx, name);
  writeConditions(ctx, namespace, remaining);
  const { undiscovered } = remaining;
  const failure = remaining.failure ?? (undiscovered.length > 0 ? discoveryFailure(undiscovered) : undefined);
  if (failure !== undefined) throw new StatusError(500, "InternalError", failure);
  if (remaining.resources.size > 0) return { requeueAfter: (estimateSeconds / 2 + 1) * SECOND };
  if (finalizers.includes(FINALIZER)) finalize(ctx, name);
  return {};
}

function deleteContent(ctx: ControllerContext, namespace: string): { remaining: Remaining; estimateSeconds: number } {
  const left = new Map<string, number>();
  const finalizers = new Map<string, number>();
  let failure: string | undefined;
  let estimateSeconds = 0;
  const empty = (resource: Resource): void => {
    try {
      for (const object of deleteAll(ctx, resource, namespace)) {
        const name = `${resource.plural}.${resource.group}`;
        left.set(name, (left.get(name) ?? 0) + 1);
        for (const finalizer of object.metadata.finalizers ?? []) {
          finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
        }
        estimateSeconds = Math.max(estimateSeconds, estimate(object));
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      failure ??= error.message;
    }
  };
  empty(pods);
  if (left.size === 0) {
    for (const resource of ctx.client.transport.catalog.stored()) {
      if (resource.namespaced && resource.without?.includes("deletecollection") !== true) empty(resource);
    }
  }
  const undiscovered = ctx.client.transport.catalog.remote
    .filter(({ available }) => !available)
    .map(({ group, version }) => `${group}/${version}`);
  return { remaining: { resources: left, finalizers, failure, undiscovered }, estimateSeconds };
}

/** Asks for the deletion of everything of one resource; returns what is still there. */
function deleteAll(ctx: ControllerContext, resource: Resource, namespace: string): readonly KubeObject[] {
  const client = ctx.client.resource(resource);
  if (client.list(namespace).items.length === 0) return [];
  const target = { namespace, name: "", options: { propagationPolicy: "Background" as const } };
  ctx.client.transport.request(ctx.client.build(resource, "deletecollection", target));
  return client.list(namespace).items;
}

/** Seconds until it makes sense to look again. */
function estimate(object: KubeObject): number {
  if ((object.metadata.finalizers ?? []).length > 0) return FINALIZER_ESTIMATE_SECONDS;
  if (object.kind !== "Pod") return FINALIZER_ESTIMATE_SECONDS;
  const { metadata, spec } = object as Pod;
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? FINALIZER_ESTIMATE_SECONDS;
}

function writeConditions(ctx: ControllerContext, namespace: Namespace, remaining: Remaining): void {
  const isKnown = (namespace.status.conditions ?? []).length > 0;
  const { resources, failure, undiscovered } = remaining;
  const isClean = resources.size === 0 && failure === undefined && undiscovered.length === 0;
  if (isClean && !isKnown) return;
  const conditions = deletionConditions(namespace.status.conditions ?? [], remaining, ctx.sim.now);
  if (deepEqual(conditions, namespace.status.conditions)) return;
  try {
    ctx.client.resource(namespaces).updateStatus({ ...namespace, status: { ...namespace.status, conditions } });
  } catch (error) {
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}

function finalize(ctx: ControllerContext, name: string): void {
  try {
    const fresh = ctx.client.resource(namespaces).get("", name);
    const finalizers = (fresh.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    const target = { namespace: "", name, options: {} };
    const request: ApiRequest = ctx.client.build(namespaces, "update", target);
    const body = { ...fresh, spec: { ...fresh.spec, finalizers } };
    ctx.client.transport.request({ ...request, subresource: "finalize", body });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
