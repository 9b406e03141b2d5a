/**
 * Nobody gives away more than he has: who writes a role must hold all of its rules (or be allowed to `escalate`), who
 * writes a binding all rules of its role (or be allowed to `bind` it). Upstream keeps this in front of the storage:
 * pkg/registry/rbac/{clusterrole,clusterrolebinding,role,rolebinding}/policybased, pkg/registry/rbac/validation.
 */
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden, notFound } from "../../api/meta/status-error.ts";
import { MASTERS } from "../../api/meta/user-info.ts";
import { deepEqual } from "../../base/json.ts";
import { uncovered } from "../auth/rule-cover.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const GROUP = "rbac.authorization.k8s.io";

export const escalation: AdmissionPlugin = {
  name: "RBACEscalation",
  inherent: true,
  resources: ["clusterroles", "clusterrolebindings", "roles", "rolebindings"].map((plural) => `${plural}.${GROUP}`),
  validate(object, attributes) {
    const { operation, request, old } = attributes;
    if (operation === "delete" || object === undefined || request.user.groups.includes(MASTERS)) return;
    if (request.resource.plural.endsWith("bindings")) checkBinding(object as ClusterRoleBinding, attributes);
    else if (old === undefined || changesRules(object as ClusterRole, old as ClusterRole)) {
      checkRole(object as ClusterRole, attributes);
    }
  },
};

function changesRules(role: ClusterRole, old: ClusterRole): boolean {
  return !deepEqual(role.rules ?? [], old.rules ?? []) || !deepEqual(role.aggregationRule, old.aggregationRule);
}

function may(
  { request, context }: AdmissionRequest,
  verb: string,
  target: { resource: string; namespace: string; name: string },
): boolean {
  return context.authorizer.authorize(request.user, { verb, group: GROUP, subresource: "", ...target }).allowed;
}

function checkRole(role: ClusterRole, attributes: AdmissionRequest): void {
  const { request, name } = attributes;
  const { resource, namespace } = request;
  if (may(attributes, "escalate", { resource: resource.plural, namespace, name })) return;
  if (role.aggregationRule !== undefined) {
    const everything: PolicyRule[] = [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ];
    refuseUncovered(everything, attributes, "must have cluster-admin privileges to use an aggregationRule: ");
  }
  refuseUncovered(role.rules ?? [], attributes);
}

function checkBinding(binding: ClusterRoleBinding, attributes: AdmissionRequest): void {
  const { request, context } = attributes;
  const { kind, name } = binding.roleRef;
  const { namespace } = request;
  const plural = kind === "ClusterRole" ? "clusterroles" : "roles";
  if (may(attributes, "bind", { resource: plural, namespace, name })) return;
  const resource = context.resourceById(`${plural}.${GROUP}`);
  const role = resource && (context.objects.get(resource, namespace, name) as KubeObject | undefined);
  if (role === undefined) throw notFound({ group: GROUP, resource: plural }, name);
  refuseUncovered((role as ClusterRole).rules ?? [], attributes);
}

function refuseUncovered(rules: readonly PolicyRule[], attributes: AdmissionRequest, prefix = ""): void {
  const { request, name, context } = attributes;
  const { user, resource, namespace } = request;
  const held = context.authorizer.rulesFor(user, namespace);
  const missing = uncovered(held.rules, rules);
  if (missing.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
  const lines = missing.map(describe).sort();
  const errors = held.errors.length === 0 ? "" : `; resolution errors: [${held.errors.join(", ")}]`;
  throw forbidden(
    resource,
    name,
    `${prefix}user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}${errors}`,
  );
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}` */
function describe({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
  const parts: string[] = [];
  if (apiGroups !== undefined && apiGroups.length > 0) parts.push(`APIGroups:${list(apiGroups)}`);
  if (resources !== undefined && resources.length > 0) parts.push(`Resources:${list(resources)}`);
  if (nonResourceURLs !== undefined && nonResourceURLs.length > 0)
    parts.push(`NonResourceURLs:${list(nonResourceURLs)}`);
  if (resourceNames !== undefined && resourceNames.length > 0) parts.push(`ResourceNames:${list(resourceNames)}`);
  if (verbs.length > 0) parts.push(`Verbs:${list(verbs)}`);
  return `{${parts.join(", ")}}`;
}
