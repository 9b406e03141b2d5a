import type { ObjectMeta, OwnerReference } from "../generated/types.ts";

/** Any API object as it is stored. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** What a client sends to create a T: the server fills in the rest. */
export type Draft<T extends KubeObject> = Omit<T, "apiVersion" | "kind" | "metadata" | "spec" | "status"> & {
  apiVersion?: string;
  kind?: string;
  metadata: Partial<T["metadata"]>;
} & (T extends { spec: infer S } ? { spec: S } : unknown) &
  (T extends { status: infer S } ? { status?: S } : unknown);

/** `namespace/name`, or `name` of a cluster-scoped object: how work queues and informers key objects. */
export function keyOf(object: { metadata: { namespace?: string | undefined; name: string } }): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { namespace: "", name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner reference with `controller: true`, if there is one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}
