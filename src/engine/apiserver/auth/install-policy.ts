/**
 * The post-start hook that makes what is missing of the bootstrap policy. Upstream: pkg/registry/rbac/rest/storage_rbac.go.
 * Simplified: a role or binding that exists is left as it is, where upstream gives one with the annotation
 * `autoupdate: "true"` its missing rules and subjects back.
 */
import type { Draft, KubeObject } from "../../api/meta/object.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { ServerContext } from "../server-context.ts";
import { create } from "../verbs/create.ts";
import { bootstrapPolicy } from "./policy/bootstrap-policy.ts";

const GROUP = "rbac.authorization.k8s.io";

export function installPolicy(context: ServerContext): void {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  const homes = new Set(roles.map(({ metadata }) => metadata.namespace ?? ""));
  ensure(
    context,
    "namespaces",
    [...homes].map((name) => ({ metadata: { name } })),
  );
  ensure(context, `clusterroles.${GROUP}`, clusterRoles);
  ensure(context, `clusterrolebindings.${GROUP}`, clusterRoleBindings);
  ensure(context, `roles.${GROUP}`, roles);
  ensure(context, `rolebindings.${GROUP}`, roleBindings);
}

function ensure(context: ServerContext, id: string, drafts: readonly Draft<KubeObject>[]): void {
  const resource = context.resourceById(id);
  if (resource === undefined) return;
  for (const draft of drafts) {
    const { namespace = "", name = "" } = draft.metadata;
    if (context.objects.get(resource, namespace, name) !== undefined) continue;
    const target = { resource, namespace, name: "", subresource: "", options: {}, user: loopbackUser };
    create(context, { verb: "create", ...target, body: draft });
  }
}
