/**
 * Where objects lie in etcd. Upstream: the resource prefixes of pkg/kubeapiserver/default_storage_factory_builder.go
 * and the storage of each kind; `/registry/pods/default/web`, `/registry/minions/worker-1`.
 */
import type { Resource } from "../../api/meta/resource.ts";

export const REGISTRY = "/registry/";

/** Kinds whose keys don't follow their plural, for reasons older than the names. */
const SPECIAL: Readonly<Record<string, string>> = {
  nodes: "minions",
  services: "services/specs",
  endpoints: "services/endpoints",
  "ingresses.networking.k8s.io": "ingress",
};

const prefixes = new WeakMap<Resource, string>();

/** Prefix of all objects of a resource, or of those of one namespace; ends in a slash. */
export function storagePrefix(resource: Resource, namespace = ""): string {
  let prefix = prefixes.get(resource);
  if (prefix === undefined) {
    prefix = `${REGISTRY}${SPECIAL[resource.id] ?? resource.plural}/`;
    prefixes.set(resource, prefix);
  }
  return namespace === "" || !resource.namespaced ? prefix : `${prefix}${namespace}/`;
}

export function storageKey(resource: Resource, namespace: string, name: string): string {
  const prefix = storagePrefix(resource);
  return resource.namespaced ? `${prefix}${namespace}/${name}` : `${prefix}${name}`;
}
