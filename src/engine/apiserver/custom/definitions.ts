/**
 * What definitions bring about: names, conditions, served resources, and the end of all objects with their definition.
 * Upstream: the controllers of apiextensions-apiserver (pkg/controller/{status,establish,finalizer,apiapproval}).
 * Simplified: they act within the request that gives them cause, not moments later.
 */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../../api/generated/types.ts";
import { approvalOf, isProtectedGroup } from "../../api/apiextensions/approval.ts";
import { customResourceDefinitions } from "../../api/apiextensions/custom-resource-definition.ts";
import { conditionIsTrue, findCondition, withCondition } from "../../api/apiextensions/definition-conditions.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import { methodNotSupported, StatusError } from "../../api/meta/status-error.ts";
import { MASTERS, userInfo } from "../../api/meta/user-info.ts";
import { formatTime } from "../../base/time.ts";
import { dispatch } from "../dispatch.ts";
import type { ServerContext } from "../server-context.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";
import { checkRules } from "./check-rules.ts";
import { CustomKind } from "./custom-kind.ts";
import { withNames } from "./naming.ts";

const CLEANUP = "customresourcecleanup.apiextensions.k8s.io";
/** The server talking to itself. */
const LOOPBACK = userInfo("system:apiserver", MASTERS);
const WRITES = new Set<ApiRequest["verb"]>(["create", "update", "patch", "delete", "deletecollection"]);

export class CustomDefinitions {
  private readonly context: ServerContext;
  private readonly catalog: ResourceCatalog;
  private readonly kinds = new Map<string, CustomKind>();
  /** Definitions as they were when they were last looked at. */
  private known = new Map<string, CustomResourceDefinition>();
  /** Names of definitions that wait for their objects to go. */
  private readonly terminating = new Set<string>();

  constructor(context: ServerContext, catalog: ResourceCatalog) {
    this.context = context;
    this.catalog = catalog;
  }

  /** For the resource of definitions itself. */
  hooks(): ResourceHooks {
    return {
      validate: (object) => checkRules(object as CustomResourceDefinition),
      beginDelete: (object) => this.beginDelete(object as CustomResourceDefinition),
    };
  }

  /** Refuses what may not be while a definition is going. */
  checkRequest({ resource, verb }: ApiRequest): void {
    if (verb !== "create" || this.terminating.size === 0 || !this.terminating.has(resource.id)) return;
    const { code, reason, details } = methodNotSupported(resource, verb);
    throw new StatusError(code, reason, `${verb} not allowed while custom resource definition is terminating`, details);
  }

  /** After a request that was answered: what follows from it. */
  after({ resource, verb }: ApiRequest): void {
    if (!WRITES.has(verb)) return;
    if (resource.id === customResourceDefinitions.id || this.terminating.has(resource.id)) this.sync();
  }

  /** Brings names, conditions and the catalog in line with what is stored. */
  sync(): void {
    while (this.settleOne());
    const stored = this.stored();
    const names = new Set(stored.map(({ metadata }) => metadata.name));
    for (const name of [...this.kinds.keys()]) if (!names.has(name)) this.withdraw(name);
    for (const definition of stored) this.serve(definition);
    this.known = new Map(stored.map((definition) => [definition.metadata.name, definition]));
  }

  private stored(): CustomResourceDefinition[] {
    return this.context.objects
      .range(customResourceDefinitions, "")
      .items.map(({ value }) => value as KubeObject as CustomResourceDefinition);
  }

  /** One step for one definition; false: nothing is left to do. */
  private settleOne(): boolean {
    const stored = this.stored();
    const now = formatTime(this.context.sim.now);
    for (const definition of stored) {
      if (definition.metadata.deletionTimestamp !== undefined) {
        if (this.clean(definition, now)) return true;
        continue;
      }
      const { group } = definition.spec;
      const named = withNames(
        definition,
        stored.filter(({ spec }) => spec.group === group),
        now,
      );
      const next = named === definition ? withApproval(established(definition, now), now) : named;
      if (next === definition) continue;
      this.write(next);
      return true;
    }
    return false;
  }

  private write(definition: CustomResourceDefinition, subresource = "status"): void {
    const { name } = definition.metadata;
    dispatch(this.context, this.request({ verb: "update", name, subresource, body: definition }));
  }

  private request(rest: Partial<ApiRequest>): ApiRequest {
    const resource = customResourceDefinitions;
    return { verb: "get", resource, namespace: "", name: "", subresource: "", options: {}, user: LOOPBACK, ...rest };
  }

  private serve(definition: CustomResourceDefinition): void {
    const { name, uid } = definition.metadata;
    if (this.known.get(name) === definition) return;
    if (!conditionIsTrue(definition, "Established")) return this.withdraw(name);
    let kind = this.kinds.get(name);
    if (kind === undefined || kind.uid !== uid) this.kinds.set(name, (kind = new CustomKind(definition)));
    else kind.update(definition);
    this.catalog.setCustom(name, kind.served);
  }

  private withdraw(name: string): void {
    this.kinds.delete(name);
    this.terminating.delete(name);
    this.catalog.setCustom(name, []);
  }

  private beginDelete(definition: CustomResourceDefinition): CustomResourceDefinition {
    const { metadata, status } = definition;
    const { finalizers = [] } = metadata;
    if (metadata.deletionTimestamp !== undefined || finalizers.includes(CLEANUP)) return definition;
    const conditions = withCondition(
      status.conditions ?? [],
      terminating(
        "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      ),
      formatTime(this.context.sim.now),
    );
    return {
      ...definition,
      metadata: { ...metadata, finalizers: [...finalizers, CLEANUP] },
      status: { ...status, conditions },
    };
  }

  /** Deletes the objects of a definition that is going, and lets it go when there are none. True: something changed. */
  private clean(definition: CustomResourceDefinition, now: string): boolean {
    const { metadata, status } = definition;
    const { name } = metadata;
    if (metadata.finalizers?.includes(CLEANUP) !== true) return false;
    this.terminating.add(name);
    const kind = this.kinds.get(name);
    if (kind !== undefined) this.deleteObjects(kind);
    const left = kind === undefined ? 0 : this.context.objects.range(kind.stored, "", { limit: 1 }).items.length;
    const condition =
      left > 0
        ? terminating("InstanceDeletionInProgress", "CustomResource deletion is in progress")
        : { ...terminating("InstanceDeletionCompleted", "removed all instances"), status: "False" };
    const old = findCondition(definition, "Terminating");
    if (old?.reason !== condition.reason) {
      this.write({
        ...definition,
        status: { ...status, conditions: withCondition(status.conditions ?? [], condition, now) },
      });
      return true;
    }
    if (left > 0) return false;
    const finalizers = metadata.finalizers.filter((finalizer) => finalizer !== CLEANUP);
    this.write({ ...definition, metadata: { ...metadata, finalizers } }, "");
    return true;
  }

  private deleteObjects({ stored: resource }: CustomKind): void {
    for (const { value } of this.context.objects.range(resource, "").items) {
      const { name, namespace = "", deletionTimestamp } = value.metadata;
      if (deletionTimestamp !== undefined) continue;
      dispatch(this.context, this.request({ verb: "delete", resource, namespace, name }));
    }
  }
}

function terminating(reason: string, message: string): CustomResourceDefinitionCondition {
  return { type: "Terminating", status: "True", reason, message };
}

/** Once its names are accepted a definition is served for good. */
function established(definition: CustomResourceDefinition, now: string): CustomResourceDefinition {
  if (!conditionIsTrue(definition, "NamesAccepted") || conditionIsTrue(definition, "Established")) return definition;
  const condition = {
    type: "Established",
    status: "True",
    reason: "InitialNamesAccepted",
    message: "the initial names have been accepted",
  };
  const conditions = withCondition(definition.status.conditions ?? [], condition, now);
  return { ...definition, status: { ...definition.status, conditions } };
}

function withApproval(definition: CustomResourceDefinition, now: string): CustomResourceDefinition {
  if (!isProtectedGroup(definition.spec.group)) return definition;
  const { state, reason: message } = approvalOf(definition);
  const reasons = {
    missing: "MissingAnnotation",
    bypassed: "UnapprovedAnnotation",
    approved: "ApprovedAnnotation",
    invalid: "InvalidAnnotation",
  };
  const type = "KubernetesAPIApprovalPolicyConformant";
  const condition = { type, status: state === "approved" ? "True" : "False", reason: reasons[state], message };
  const old = findCondition(definition, type);
  if (old?.status === condition.status && old.reason === condition.reason && old.message === message) return definition;
  const conditions = withCondition(definition.status.conditions ?? [], condition, now);
  return { ...definition, status: { ...definition.status, conditions } };
}
