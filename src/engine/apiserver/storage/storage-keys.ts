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

/** A resource's prefix, and the key that was last made of it: one write asks for the same key several times. */
interface Keys {
  readonly prefix: string;
  namespace: string;
  name: string;
  key: string;
}

const known = new WeakMap<Resource, Keys>();

function keysOf(resource: Resource): Keys {
  let keys = known.get(resource);
  if (keys === undefined) {
    const prefix = `${REGISTRY}${resource.custom?.storagePath ?? SPECIAL[resource.id] ?? resource.plural}/`;
    keys = { prefix, namespace: "", name: "", key: "" };
    known.set(resource, keys);
  }
  return keys;
}

/** Prefix of all objects of a resource, or of those of one namespace; ends in a slash. */
export function storagePrefix(resource: Resource, namespace = ""): string {
  const { prefix } = keysOf(resource);
  return namespace === "" || !resource.namespaced ? prefix : `${prefix}${namespace}/`;
}

export function storageKey(resource: Resource, namespace: string, name: string): string {
  const keys = keysOf(resource);
  if (keys.name !== name || keys.namespace !== namespace || keys.key === "") {
    keys.key = resource.namespaced ? `${keys.prefix}${namespace}/${name}` : `${keys.prefix}${name}`;
    keys.namespace = namespace;
    keys.name = name;
  }
  return keys.key;
}
