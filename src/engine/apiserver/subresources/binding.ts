/**
 * POST pods/x/binding: the scheduler's decision. Upstream: assignPod of pkg/registry/core/pod/storage/storage.go.
 */
import type { Binding, Pod, PodCondition, PodSpec } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { invalid, notSupported, required } from "../../api/meta/field-error.ts";
import { conflict } from "../../api/meta/status-error.ts";
import { admitPosted, BINDING as BINDING_KIND } from "../admission/subresource-admission.ts";
import { inheritOwners } from "../managed-fields/ownership.ts";
import type { ServerContext } from "../server-context.ts";
import { formatTime } from "../../base/time.ts";
import { existing } from "../verbs/get.ts";

const BINDING = { group: "", kind: "Binding" };
const CREATED = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };

export function bind(context: ServerContext, request: ApiRequest): ApiResponse {
  const { target, metadata } = request.body as Binding;
  const { name, resource } = request;
  if (target.kind !== undefined && target.kind !== "" && target.kind !== "Node") {
    throw invalid(BINDING, name, [notSupported("target.kind", target.kind, ["Node", "<empty>"])]);
  }
  const node = target.name ?? "";
  if (node === "") throw invalid(BINDING, name, [required("target.name")]);
  const warnings = admitPosted(context, request, BINDING_KIND);
  const pod = existing(context, request) as Pod;
  const uid = metadata?.uid;
  if (uid !== undefined && uid !== "" && uid !== pod.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
    throw conflict(resource, name, why);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflictOf(request, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const taken = pod.spec?.nodeName ?? "";
  if (taken !== "") throw conflictOf(request, `pod ${name} is already assigned to node ${JSON.stringify(taken)}`);
  const gates = pod.spec?.schedulingGates ?? [];
  if (gates.length > 0) throw conflictOf(request, `pod ${name} has non-empty .spec.schedulingGates`);
  if (request.options.dryRun ?? false) return { code: 201, object: CREATED, warnings };

  const fresh = { ...pod.metadata };
  if (metadata?.annotations !== undefined) fresh.annotations = { ...fresh.annotations, ...metadata.annotations };
  const bound = {
    ...pod,
    metadata: fresh,
    spec: boundSpec(pod.spec, node),
    status: boundStatus(pod.status, formatTime(context.sim.now)),
  } as Pod;
  const note = (stored: KubeObject): void => inheritOwners(stored, pod);
  context.objects.put(bound, { resource, user: request.user, verb: "bind", fresh, note });
  return { code: 201, object: CREATED, warnings };
}

/** POST bindings: the binding's own name says which pod. Upstream: LegacyBindingREST. */
export function bindByItself(context: ServerContext, request: ApiRequest): ApiResponse {
  const resource = context.resourceById("pods");
  const name = (request.body as Binding).metadata?.name ?? "";
  if (resource === undefined) throw conflictOf(request, "no pods are served");
  return bind(context, { ...request, resource, name, subresource: "binding" });
}

/** Pods of one template on one node share their bound spec too: what was worked out of it holds for all of them. */
function boundSpec(spec: PodSpec, node: string): PodSpec {
  let byNode = boundSpecs.get(spec);
  if (byNode === undefined) boundSpecs.set(spec, (byNode = new Map()));
  let bound = byNode.get(node);
  if (bound === undefined) byNode.set(node, (bound = { ...spec, nodeName: node }));
  return bound;
}

const boundSpecs = new WeakMap<PodSpec, Map<string, PodSpec>>();

function conflictOf(request: ApiRequest, why: string): Error {
  return conflict({ group: "", resource: "pods/binding" }, request.name, why);
}

/** A pod that has a node no longer waits for one. */
function boundStatus(status: Pod["status"], now: string): Pod["status"] {
  const conditions = withScheduled(status?.conditions, now);
  if (status?.nominatedNodeName === undefined) return { ...status, conditions };
  const { nominatedNodeName: _, ...rest } = status;
  return { ...rest, conditions };
}

function withScheduled(conditions: readonly PodCondition[] = [], now: string): PodCondition[] {
  const old = conditions.find(({ type }) => type === "PodScheduled");
  const scheduled: PodCondition = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: old?.status === "True" ? (old.lastTransitionTime ?? now) : now,
  };
  return old === undefined
    ? [...conditions, scheduled]
    : conditions.map((condition) => (condition === old ? scheduled : condition));
}
