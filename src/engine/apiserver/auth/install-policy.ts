/**
 * The post-start hook that makes the bootstrap policy what it should be. Upstream: pkg/registry/rbac/rest/storage_rbac.go.
 * Simplified: it is done before the first request is answered, where upstream takes a moment.
 */
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import type { ServerContext } from "../server-context.ts";
import { create } from "../verbs/create.ts";
import { deleteObject } from "../verbs/delete.ts";
import { replace } from "../verbs/update.ts";
import { bootstrapPolicy } from "./policy/bootstrap-policy.ts";
import { reconciledBinding, reconciledRole } from "./reconcile-policy.ts";

const GROUP = "rbac.authorization.k8s.io";

/** What is to be stored over what is there: the same object for nothing, undefined for a new one in its place. */
type Reconcile<T extends KubeObject> = (existing: T, expected: Draft<T>) => T | undefined;

export function installPolicy(context: ServerContext): void {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  const homes = new Set(roles.map(({ metadata }) => metadata.namespace ?? ""));
  const namespaces = [...homes].map((name): Draft<KubeObject> => ({ metadata: { name } }));
  ensure(context, "namespaces", namespaces, (existing) => existing);
  ensure(context, `clusterroles.${GROUP}`, clusterRoles, reconciledRole);
  ensure(context, `clusterrolebindings.${GROUP}`, clusterRoleBindings, reconciledBinding);
  ensure(context, `roles.${GROUP}`, roles, reconciledRole);
  ensure(context, `rolebindings.${GROUP}`, roleBindings, reconciledBinding);
}

function ensure<T extends KubeObject>(
  context: ServerContext,
  id: string,
  drafts: readonly Draft<T>[],
  reconcile: Reconcile<T>,
): void {
  const resource = context.resourceById(id);
  if (resource === undefined) return;
  for (const draft of drafts) {
    const { namespace = "", name = "" } = draft.metadata;
    const existing = context.objects.get(resource, namespace, name) as T | undefined;
    const wanted = existing && reconcile(existing, draft);
    const target = about(resource, namespace, name);
    try {
      if (existing !== undefined && wanted === undefined) deleteObject(context, { ...target, verb: "delete" });
      if (wanted === undefined) create(context, { ...target, verb: "create", name: "", body: draft });
      else if (wanted !== existing) replace(context, { ...target, verb: "update", body: wanted }, wanted);
    } catch (error) {
      // What a policy or a finalizer forbids is left as it is; the server starts all the same.
      if (!(error instanceof StatusError)) throw error;
    }
  }
}

function about(resource: Resource, namespace: string, name: string) {
  return { resource, namespace, name, subresource: "", options: {}, user: loopbackUser };
}
