/** Puts the objects of an add-on there and takes them away, by short words for what such add-ons have in common. */
import type { KubeObject } from "../api/meta/object.ts";
import type { Draft } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import { isAlreadyExists, isNotFound } from "../api/meta/status-error.ts";
import { clusterRoleBindings, clusterRoles, serviceAccounts } from "../api/registry.ts";
import { rules } from "../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../client/client.ts";

/** A resource and an object of it without its kind. */
export type AddonObject = readonly [Resource, object];

export function addonObject<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): AddonObject {
  return [resource as Resource, object];
}

/** An account with a cluster role of its own. */
export function account(
  name: string,
  { namespace, role, rights }: { namespace: string; role: string; rights: readonly string[] },
): AddonObject[] {
  return [
    addonObject(serviceAccounts, { metadata: { name, namespace } }),
    addonObject(clusterRoles, { metadata: { name: role }, rules: rules(rights) }),
    addonObject(clusterRoleBindings, {
      metadata: { name: role },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
      roleRef: { kind: "ClusterRole", name: role, apiGroup: "rbac.authorization.k8s.io" },
    }),
  ];
}

/** Those that are there already stay as they are. */
export function createAll(client: Client, objects: readonly AddonObject[]): void {
  for (const [resource, object] of objects) {
    try {
      client.resource(resource).create(object as Draft<KubeObject>);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}

export function deleteAll(client: Client, objects: readonly AddonObject[]): void {
  for (const [resource, object] of objects.toReversed()) {
    const { namespace = "", name } = (object as KubeObject).metadata;
    try {
      client.resource(resource).delete(namespace, name, { propagationPolicy: "Background" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

export function isThere(
  client: Client,
  resource: Resource,
  { namespace, name }: { namespace: string; name: string },
): boolean {
  try {
    client.resource(resource).get(namespace, name);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
