/**
 * PUT of an object or its status. Upstream: apiserver pkg/endpoints/handlers/update.go, pkg/registry/rest/update.go,
 * Update of pkg/registry/generic/registry/store.go.
 */
import type { ObjectMeta } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { invalid, invalidValue, type FieldError } from "../../api/meta/field-error.ts";
import type { ObjectPart, Resource } from "../../api/meta/resource.ts";
import { badRequest, conflict, notFound } from "../../api/meta/status-error.ts";
import { deepEqual } from "../../base/json.ts";
import type { AdmissionRequest } from "../admission/admission.ts";
import { sameManaged, type Managed } from "../managed-fields/managed.ts";
import { managedOf, noteManaged, noteUpdate } from "../managed-fields/ownership.ts";
import { managedBySaid } from "../managed-fields/said-owners.ts";
import { writerOf } from "../managed-fields/writer.ts";
import { metadataForUpdate } from "../metadata.ts";
import type { ServerContext } from "../server-context.ts";
import { checkValid, metadataErrors } from "../validation.ts";
import { servedResource } from "../served-resource.ts";
import { toServed } from "../versions.ts";
import { create } from "./create.ts";
import { existing } from "./get.ts";

export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export function update(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  const next = request.body as KubeObject;
  const said = next.metadata?.name ?? "";
  if (said !== "" && said !== request.name) {
    throw badRequest(`the name of the object (${said}) does not match the name on the URL (${request.name})`);
  }
  const namespace = next.metadata?.namespace ?? "";
  if (request.resource.namespaced && namespace !== "" && namespace !== request.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (request.resource.createsOnUpdate === true && isMissing(context, request)) return createByUpdate(context, request);
  if (needsVersion(request.resource) && !next.metadata?.resourceVersion) {
    existing(context, request);
    const detail = "must be specified for an update";
    throw invalid(request.resource, request.name, [invalidValue("metadata.resourceVersion", 0, detail)]);
  }
  return replace(context, request, next);
}

function needsVersion(resource: Resource): boolean {
  return resource.needsVersion === true || resource.custom !== undefined;
}

function isMissing(context: ServerContext, { resource, namespace, name, subresource }: ApiRequest): boolean {
  return subresource === "" && context.objects.get(resource, namespace, name) === undefined;
}

/** A PUT that finds nothing: whoever sends it has to be allowed to create, too. */
function createByUpdate(context: ServerContext, request: ApiRequest): ApiResponse<KubeObject> {
  const { resource, name } = request;
  const next = request.body as KubeObject;
  const uid = next.metadata?.uid ?? "";
  if (uid !== "") {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: `);
  }
  const creation: ApiRequest = { ...request, verb: "create", body: { ...next, metadata: { ...next.metadata, name } } };
  context.authorizer.checkRequest({ ...creation, resource: servedResource(request) });
  return create(context, creation);
}

/** Subresources whose update changes status alone. */
const STATUS_PARTS: ReadonlySet<string> = new Set(["status", "approval"]);

/** Stores `next` over what is stored now; update and patch both end here. */
export function replace(
  context: ServerContext,
  request: ApiRequest,
  next: KubeObject,
  managed?: Managed,
): ApiResponse<KubeObject> {
  const { resource } = request;
  const old = existing(context, request);
  checkPreconditions(resource, next.metadata, old);
  const part = resource.parts?.[request.subresource];
  if (part !== undefined) return replacePart(context, request, { next, old, managed, part });
  return STATUS_PARTS.has(request.subresource)
    ? replaceStatus(context, request, { next, old, managed })
    : replaceAll(context, request, { next, old, managed });
}

/** Throws a conflict when the client speaks of another object or an older version. */
export function checkPreconditions(resource: Resource, said: Partial<ObjectMeta>, old: KubeObject): void {
  const { name, resourceVersion, uid } = old.metadata;
  if (said.uid !== undefined && said.uid !== "" && said.uid !== uid) {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${said.uid}, UID in object meta: ${uid}`);
  }
  const version = said.resourceVersion ?? "";
  if (version !== "" && version !== "0" && version !== resourceVersion) throw conflict(resource, name, MODIFIED);
}

interface Versions {
  next: KubeObject;
  old: KubeObject;
  /** Of an apply: who owns what afterwards. */
  managed: Managed | undefined;
}

function replaceAll(context: ServerContext, request: ApiRequest, versions: Versions): ApiResponse<KubeObject> {
  const { resource, options } = request;
  const { next, old } = versions;
  const metadata = metadataForUpdate(next.metadata, old.metadata);
  let object: KubeObject = { ...next, apiVersion: resource.apiVersion, kind: resource.kind, metadata };
  if (servedResource(request).hasStatus) setStatus(object, (old as WithParts).status);
  if (resource.defaults !== undefined) object = resource.defaults(object);
  const wanted = object;
  const managed = versions.managed ?? managedBySaid(context, request, { said: next, before: old, wanted });
  const warnings: string[] = [];
  const attributes: AdmissionRequest = { operation: "update", request, name: request.name, old, context, warnings };
  object = context.admission.mutate(object, attributes);
  if (resource.prepareForUpdate !== undefined) {
    object = resource.prepareForUpdate(object, old, { now: context.sim.now });
  }
  object = countGeneration(resource, { object, old }, metadata);
  const dryRun = options.dryRun ?? false;
  const hooks = context.hooks.get(resource.id);
  if (hooks?.beginUpdate !== undefined) object = hooks.beginUpdate(object, old, dryRun);
  try {
    const errors = kindErrors(request, object, old);
    const more = errors.length === 0 ? (hooks?.validate?.(object) ?? errors) : errors;
    checkValid(resource, object, metadataErrors(resource, object, old), more);
    if (resource.warnings !== undefined) warnings.push(...resource.warnings(object, old));
    context.admission.validate(object, attributes);
  } catch (error) {
    hooks?.rollback?.();
    throw error;
  }
  return store(context, request, { object, old, metadata, wanted, managed, warnings });
}

/** A kind that says nothing of updates checks the new object as if it were created. */
function kindErrors(request: ApiRequest, object: KubeObject, old: KubeObject): readonly FieldError[] {
  const { resource, servedAs } = request;
  if (servedAs?.validate !== undefined || servedAs?.validateUpdate !== undefined) {
    const versions = [toServed(servedAs, object), toServed(servedAs, old)] as const;
    return servedAs.validateUpdate?.(...versions) ?? servedAs.validate?.(versions[0]) ?? [];
  }
  if (resource.validateUpdate !== undefined) return resource.validateUpdate(object, old);
  return resource.validate?.(object) ?? [];
}

function replaceStatus(context: ServerContext, request: ApiRequest, versions: Versions): ApiResponse<KubeObject> {
  const { next, old, managed } = versions;
  const { resource, subresource } = request;
  if (!servedResource(request).hasStatus) throw notFound(resource, request.name);
  const metadata = { ...old.metadata };
  if (next.metadata.annotations !== undefined) metadata.annotations = next.metadata.annotations;
  let object: KubeObject = { ...old, metadata };
  setStatus(object, (next as WithParts).status);
  if (resource.defaults !== undefined) object = resource.defaults(object);
  if (resource.prepareForStatusUpdate !== undefined) {
    object = resource.prepareForStatusUpdate(object, old, { now: context.sim.now, subresource });
  }
  const warnings: string[] = [];
  const attributes: AdmissionRequest = { operation: "update", request, name: request.name, old, context, warnings };
  object = context.admission.mutateByInterceptors(object, attributes);
  const ofKind = resource.validateStatusUpdate?.(object, old, subresource);
  checkValid(resource, object, metadataErrors(resource, object, old), ofKind);
  context.admission.validate(object, attributes);
  return store(context, request, { object, old, metadata, wanted: object, managed, warnings });
}

function replacePart(
  context: ServerContext,
  request: ApiRequest,
  versions: Versions & { part: ObjectPart<KubeObject> },
): ApiResponse<KubeObject> {
  const { resource } = request;
  const { next, old, managed, part } = versions;
  const metadata = { ...old.metadata };
  let object: KubeObject = { ...part.take(next, old, { now: context.sim.now }), metadata };
  if (resource.defaults !== undefined) object = resource.defaults(object);
  const wanted = object;
  const warnings: string[] = [];
  const attributes: AdmissionRequest = { operation: "update", request, name: request.name, old, context, warnings };
  object = countGeneration(resource, { object: context.admission.mutate(object, attributes), old }, metadata);
  checkValid(resource, object, metadataErrors(resource, object, old), part.validate(object, old));
  context.admission.validate(object, attributes);
  return store(context, request, { object, old, metadata, wanted, managed, warnings });
}

interface WithParts {
  status?: unknown;
}

function setStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete (object as WithParts).status;
  else (object as WithParts).status = status;
}

/** Counts a new generation, unless the kind's own hook has. */
function countGeneration(
  resource: Resource,
  versions: { object: KubeObject; old: KubeObject },
  fresh: ObjectMeta,
): KubeObject {
  const { object, old } = versions;
  const { generation = 0 } = old.metadata;
  if (resource.bumpsGeneration === undefined || object.metadata.generation !== old.metadata.generation) return object;
  if (!resource.bumpsGeneration(object, old)) return object;
  if (object.metadata !== fresh) return { ...object, metadata: { ...object.metadata, generation: generation + 1 } };
  fresh.generation = generation + 1;
  return object;
}

interface Outcome extends Pick<ApiResponse, "warnings"> {
  object: KubeObject;
  old: KubeObject;
  metadata: ObjectMeta;
  /** The object as the client wants it, before the server's own changes: its fields are the client's. */
  wanted: KubeObject;
  /** Who owns what afterwards; undefined: the writer what it changed. */
  managed?: Managed | undefined;
}

/** Stores what changed, or removes what only waited for this. */
export function store(context: ServerContext, request: ApiRequest, outcome: Outcome): ApiResponse<KubeObject> {
  const { object, old, metadata, managed, warnings } = outcome;
  const { resource, options, user } = request;
  const isSame = deepEqual(object, old) && (managed === undefined || sameManaged(managed, managedOf(old)));
  if (isSame && !context.objects.atRest.isStale(resource, old)) {
    return { code: 200, object: old, warnings };
  }
  const note = (written: KubeObject): void => {
    if (managed !== undefined) noteManaged(written, managed);
    else noteUpdate(written, { before: old, wanted: outcome.wanted }, writerOf(context, request));
  };
  if (options.dryRun ?? false) {
    note(object);
    return { code: 200, object, warnings };
  }
  const write = { resource, user, verb: request.verb, fresh: metadata };
  if (mayGoNow(object)) {
    context.objects.remove(old, { ...write, verb: "delete" });
    context.hooks.get(resource.id)?.afterDelete?.(object);
    note(object);
    return { code: 200, object, warnings };
  }
  const stored = context.objects.put(object, { ...write, note });
  context.hooks.get(resource.id)?.afterUpdate?.(stored, old);
  return { code: 200, object: stored, warnings };
}

/** True iff the object waits for deletion and nothing holds it any more: this update took its last finalizer. */
export function mayGoNow(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds !== 0) return false;
  if (finalizers !== undefined && finalizers.length > 0) return false;
  const { spec } = object as { spec?: { finalizers?: string[] } };
  return object.kind !== "Namespace" || (spec?.finalizers ?? []).length === 0;
}
