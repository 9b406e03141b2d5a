/**
 * DELETE of one object. Upstream: apiserver pkg/registry/rest/delete.go, Delete of pkg/registry/generic/registry/store.go.
 * Three ways to go: at once; when its finalizers are gone; or, a pod, when its kubelet has stopped it and deletes it with
 * a grace period of 0.
 */
import type { ObjectMeta } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse, PropagationPolicy, RequestOptions } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { conflict } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import { formatTime } from "../../base/time.ts";
import { inheritOwners } from "../managed-fields/ownership.ts";
import type { ServerContext } from "../server-context.ts";
import { existing } from "./get.ts";
import { mayGoNow } from "./update.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";
const NO_WARNINGS: readonly string[] = [];

export function deleteObject(context: ServerContext, request: ApiRequest): ApiResponse {
  const object = existing(context, request);
  const { resource } = request;
  checkPreconditions(resource, request.options, object);
  const warnings: string[] = [];
  context.admission.validate(undefined, {
    operation: "delete",
    request,
    name: request.name,
    old: object,
    context,
    warnings,
  });
  const answer = remove(context, request, heldByHooks(context, resource, object));
  return warnings.length === 0 ? answer : { ...answer, warnings };
}

/** A delete that was admitted as something else: as an eviction. */
export function deleteAdmitted(context: ServerContext, request: ApiRequest): ApiResponse {
  const object = existing(context, request);
  checkPreconditions(request.resource, request.options, object);
  return remove(context, request, heldByHooks(context, request.resource, object));
}

/** The object with what its resource's hooks add before it goes. */
function heldByHooks(context: ServerContext, resource: Resource, object: KubeObject): KubeObject {
  const held = context.hooks.get(resource.id)?.beginDelete?.(object) ?? object;
  if (held !== object) inheritOwners(held, object);
  return held;
}

function remove(context: ServerContext, request: ApiRequest, object: KubeObject): ApiResponse {
  const { resource, options, user } = request;
  const grace = graceFor(resource, options, object);
  const marked = mark(context.sim.now, object, { grace, finalizers: finalizersFor(object, options.propagationPolicy) });
  const dryRun = options.dryRun ?? false;
  const write = { resource, user, fresh: marked === object ? undefined : marked.metadata };
  const waits = grace > 0 || !mayGoNow(withoutGrace(marked));
  if (waits) {
    if (marked !== object) inheritOwners(marked, object);
    if (dryRun || marked === object) return { code: 200, object: marked, warnings: NO_WARNINGS };
    const stored = context.objects.put(terminating(marked), {
      ...write,
      verb: "delete",
      note: (made) => inheritOwners(made, object),
    });
    return { code: 200, object: stored, warnings: NO_WARNINGS };
  }
  if (!dryRun) {
    context.objects.remove(object, { ...write, verb: "delete" });
    context.hooks.get(resource.id)?.afterDelete?.(object);
  }
  return { code: 200, object: successStatus(resource, object), warnings: NO_WARNINGS };
}

function checkPreconditions(resource: Resource, options: RequestOptions, object: KubeObject): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict(resource, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
    throw conflict(resource, metadata.name, why);
  }
}

/** Seconds that the object may still live; 0: none. A second delete may only shorten what the first one gave. */
function graceFor(resource: Resource, options: RequestOptions, object: KubeObject): number {
  if (resource.gracePeriodSeconds === undefined) return 0;
  const own = resource.gracePeriodSeconds(object);
  // 0 of the kind's own: nobody is there who would stop it gracefully.
  if (own === 0) return 0;
  const asked = options.gracePeriodSeconds ?? own;
  const grace = asked < 0 ? 1 : asked;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined) return grace;
  return options.gracePeriodSeconds === undefined
    ? deletionGracePeriodSeconds
    : Math.min(grace, deletionGracePeriodSeconds);
}

/** The finalizers that the garbage collector answers to, as the propagation policy wants them. */
function finalizersFor(object: KubeObject, policy: PropagationPolicy | undefined): string[] {
  const { finalizers = [] } = object.metadata;
  if (policy === undefined) return finalizers;
  const kept = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (policy === "Orphan") return [...kept, ORPHAN];
  if (policy === "Foreground") return [...kept, FOREGROUND];
  return kept;
}

/** The object with the marks of deletion; the same one when it has them already. */
function mark(now: number, object: KubeObject, marks: { grace: number; finalizers: string[] }): KubeObject {
  const { metadata } = object;
  const { grace, finalizers } = marks;
  const again = metadata.deletionTimestamp !== undefined;
  const sameGrace = again && metadata.deletionGracePeriodSeconds === grace;
  if (sameGrace && deepEqual(finalizers, metadata.finalizers ?? [])) return object;
  const fresh: ObjectMeta = { ...metadata };
  if (!sameGrace) {
    const requestedAt = again
      ? Date.parse(metadata.deletionTimestamp as string) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
      : now;
    fresh.deletionTimestamp = formatTime(requestedAt + grace * 1000);
    fresh.deletionGracePeriodSeconds = grace;
    if (!again && fresh.generation !== undefined) fresh.generation++;
  }
  if (finalizers.length > 0) fresh.finalizers = finalizers;
  else delete fresh.finalizers;
  return { ...object, metadata: fresh };
}

function withoutGrace(object: KubeObject): KubeObject {
  if (object.metadata.deletionGracePeriodSeconds === 0) return object;
  return { ...object, metadata: { ...object.metadata, deletionGracePeriodSeconds: 0 } };
}

/** A namespace shows at once that it is going. */
function terminating(object: KubeObject): KubeObject {
  if (object.kind !== "Namespace") return object;
  return { ...object, status: { ...(object as { status?: object }).status, phase: "Terminating" } } as KubeObject;
}

function successStatus(resource: Resource, object: KubeObject): unknown {
  const { name, uid } = object.metadata;
  const group = resource.group === "" ? {} : { group: resource.group };
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...group, kind: resource.plural, uid },
  };
}
