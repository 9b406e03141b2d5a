/** POST of a collection. Upstream: apiserver pkg/endpoints/handlers/create.go, pkg/registry/rest/create.go. */
import type { FieldError } from "../../api/meta/field-error.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { alreadyExists, badRequest, StatusError } from "../../api/meta/status-error.ts";
import type { AdmissionRequest } from "../admission/admission.ts";
import type { Managed } from "../managed-fields/managed.ts";
import { noteManaged, noteUpdate } from "../managed-fields/ownership.ts";
import { writerOf } from "../managed-fields/writer.ts";
import { metadataForCreate } from "../metadata.ts";
import type { ServerContext } from "../server-context.ts";
import { checkValid, metadataErrors } from "../validation.ts";
import { toServed } from "../versions.ts";

/** `managed` when the request was an apply: who owns what of the new object. */
export function create(context: ServerContext, request: ApiRequest, managed?: Managed): ApiResponse<KubeObject> {
  const { resource, options } = request;
  const draft = request.body as KubeObject;
  const namespace = targetNamespace(request, draft);
  const taken = (name: string): boolean => context.objects.get(resource, namespace, name) !== undefined;
  const metadata = metadataForCreate(context.sim, resource, { metadata: draft.metadata ?? {}, namespace, taken });
  const { name } = metadata;
  const { apiVersion, kind } = resource;
  let object: KubeObject = { ...draft, apiVersion, kind, metadata };
  if (resource.defaults !== undefined) object = resource.defaults(object);
  const wanted = object;

  const warnings: string[] = [];
  const attributes: AdmissionRequest = { operation: "create", request, name, old: undefined, context, warnings };
  object = context.admission.mutate(object, attributes);
  if (resource.prepareForCreate !== undefined)
    object = resource.prepareForCreate(object, { now: context.sim.now, user: request.user });
  if (taken(name))
    throw (draft.metadata?.name ?? "") === "" ? noUniqueName(resource, name) : alreadyExists(resource, name);
  const dryRun = options.dryRun ?? false;
  const hooks = context.hooks.get(resource.id);
  if (hooks?.beginCreate !== undefined) object = hooks.beginCreate(object, dryRun);
  try {
    const errors = kindErrors(request, object) ?? [];
    const more = errors.length === 0 ? (hooks?.validate?.(object) ?? errors) : errors;
    checkValid(resource, object, metadataErrors(resource, object), more);
    if (resource.warnings !== undefined) warnings.push(...resource.warnings(object, undefined));
    context.admission.validate(object, attributes);
  } catch (error) {
    hooks?.rollback?.();
    throw error;
  }
  const note = (made: KubeObject): void => {
    if (managed !== undefined) noteManaged(made, managed);
    else noteUpdate(made, { before: undefined, wanted }, writerOf(context, request));
  };
  if (dryRun) note(object);
  else {
    const write = { resource, user: request.user, verb: "create", fresh: metadata, note };
    object = context.objects.put(object, write);
  }
  if (!dryRun) hooks?.afterCreate?.(object);
  return { code: 201, object, warnings };
}

/** Eight drawn names were taken. */
function noUniqueName(resource: Resource, name: string): StatusError {
  const { code, reason, message, details } = alreadyExists(resource, name);
  const why = "the server was not able to generate a unique name for the object";
  return new StatusError(code, reason, `${message}, ${why}`, { ...details, retryAfterSeconds: 1 });
}

function kindErrors({ resource, servedAs }: ApiRequest, object: KubeObject): readonly FieldError[] | undefined {
  if (servedAs?.validate !== undefined) return servedAs.validate(toServed(servedAs, object));
  return resource.validate?.(object);
}

/** Namespace of the URL, which the body may repeat but not contradict. */
function targetNamespace(request: ApiRequest, draft: KubeObject): string {
  const said = draft.metadata?.namespace ?? "";
  if (!request.resource.namespaced) return "";
  if (request.namespace === "") {
    throw badRequest("an empty namespace may not be set during creation");
  }
  if (said !== "" && said !== request.namespace) {
    throw new StatusError(
      400,
      "BadRequest",
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  return request.namespace;
}
