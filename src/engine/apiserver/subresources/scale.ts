/** `scale`: replicas by themselves. Upstream: ScaleREST of pkg/registry/apps/deployment/storage/storage.go. */
import type { LabelSelector, Scale } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { invalid, invalidValue } from "../../api/meta/field-error.ts";
import { conflict } from "../../api/meta/status-error.ts";
import type { CustomFacts, Resource } from "../../api/meta/resource.ts";
import { labelSelectorAsSelector, selectorFromLabels, type Selector } from "../../api/meta/selectors.ts";
import { isObject } from "../../base/json.ts";
import { applyFields } from "../managed-fields/apply-fields.ts";
import type { Managed } from "../managed-fields/managed.ts";
import { managedOf } from "../managed-fields/ownership.ts";
import type { ServerContext } from "../server-context.ts";
import { appliedBody } from "../verbs/apply.ts";
import { existing } from "../verbs/get.ts";
import { patchedBody } from "../verbs/patch.ts";
import { MODIFIED, replace } from "../verbs/update.ts";

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale", structure: "Scale" };

interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

export function getScale(context: ServerContext, request: ApiRequest): ApiResponse<Scale> {
  return answer(request.resource, existing(context, request) as Scalable);
}

export function updateScale(context: ServerContext, request: ApiRequest): ApiResponse<Scale> {
  return setScale(context, request, request.body as Partial<Scale>);
}

export function patchScale(context: ServerContext, request: ApiRequest): ApiResponse<Scale> {
  const live = existing(context, request) as Scalable;
  if (request.patchType === "apply") return applyScale(context, request, live);
  const { object, warnings } = patchedBody<Scale>(request, scaleOf(request.resource, live), SCALE);
  const scaled = setScale(context, request, object);
  return warnings.length === 0 ? scaled : { ...scaled, warnings: [...warnings, ...scaled.warnings] };
}

/** An applied scale applies the replicas of its object. */
function applyScale(context: ServerContext, request: ApiRequest, live: Scalable): ApiResponse<Scale> {
  const { resource, name, options } = request;
  const { spec } = appliedBody({ ...SCALE, apiVersion: "autoscaling/v1", namespaced: true }, request) as Partial<Scale>;
  const { apiVersion, kind } = resource;
  const merged = applyFields({
    side: { resource, subresource: "scale" },
    live,
    managed: managedOf(live),
    applied: {
      apiVersion,
      kind,
      metadata: { name },
      ...(spec?.replicas !== undefined && { spec: { replicas: spec.replicas } }),
    },
    manager: options.fieldManager ?? "",
    force: options.force ?? false,
    now: context.sim.now,
  });
  const { replicas = 0 } = (merged.object as Partial<Scalable>).spec ?? {};
  return setScale(context, request, { spec: { replicas } }, merged.managed);
}

function setScale(
  context: ServerContext,
  request: ApiRequest,
  scale: Partial<Scale>,
  managed?: Managed,
): ApiResponse<Scale> {
  const object = existing(context, request) as Scalable;
  const version = scale.metadata?.resourceVersion ?? "";
  if (version !== "" && version !== object.metadata.resourceVersion) {
    throw conflict(request.resource, request.name, MODIFIED);
  }
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const complaint = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid(SCALE, request.name, [complaint]);
  }
  const scaled = withReplicas(request.resource, object, replicas);
  const stored = replace(context, { ...request, subresource: "", writtenThrough: "scale" }, scaled, managed);
  return answer(request.resource, stored.object as Scalable);
}

function answer(resource: Resource, object: Scalable): ApiResponse<Scale> {
  return { code: 200, object: scaleOf(resource, object), warnings: [] };
}

/** A custom resource says where its replicas are: `.spec.replicas`. */
function withReplicas({ custom }: Resource, object: Scalable, replicas: number): Scalable {
  const path = pathOf(custom?.scale?.specReplicasPath ?? ".spec.replicas");
  return valueAt(object, path) === replicas ? object : (withValueAt(object, path, replicas) as Scalable);
}

function pathOf(text: string): string[] {
  return text.split(".").slice(1);
}

function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce((value, name) => (isObject(value) ? value[name] : undefined), object);
}

function withValueAt(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const fields = isObject(object) ? object : {};
  return { ...fields, [name]: withValueAt(fields[name], rest, value) };
}

/** A replication controller's selector is a map of labels, as they all were once. */
function selectorOf({ kind, spec }: Scalable): Selector {
  if (kind === "ReplicationController") return selectorFromLabels(spec.selector as Record<string, string>);
  return labelSelectorAsSelector(spec.selector as LabelSelector | undefined);
}

/** The scale of an object that has one. */
export function scaleOf(resource: Resource, scaled: KubeObject): Scale {
  const { custom } = resource;
  const object = scaled as Scalable;
  const { name, namespace = "", uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    ...(custom === undefined ? builtInNumbers(object) : customNumbers(custom, object)),
  };
}

function builtInNumbers(object: Scalable): Pick<Scale, "spec" | "status"> {
  return {
    spec: { replicas: object.spec.replicas ?? 0 },
    status: { replicas: object.status?.replicas ?? 0, selector: selectorOf(object).toString() },
  };
}

function customNumbers(
  { scale }: Pick<CustomFacts<KubeObject>, "scale">,
  object: Scalable,
): Pick<Scale, "spec" | "status"> {
  const number = (path = ""): number => {
    const value = valueAt(object, pathOf(path));
    return typeof value === "number" ? value : 0;
  };
  const selector = scale?.labelSelectorPath === undefined ? "" : valueAt(object, pathOf(scale.labelSelectorPath));
  return {
    spec: { replicas: number(scale?.specReplicasPath) },
    status: {
      replicas: number(scale?.statusReplicasPath),
      ...(typeof selector === "string" && selector !== "" && { selector }),
    },
  };
}
