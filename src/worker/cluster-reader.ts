import type { EndpointSlice } from "../engine/api/generated/types.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import { resources } from "../engine/api/registry.ts";
import { storageKey, storagePrefix } from "../engine/apiserver/storage/storage-keys.ts";
import type { Cluster } from "../engine/index.ts";
import type { ClusterReader } from "../lessons/check.ts";

/** Reads the simulated cluster for lesson checks: what is stored, and what containers have logged. Changes nothing. */
export function clusterReader(cluster: Cluster): ClusterReader {
  const list = (kind: string, namespace: string): readonly KubeObject[] => {
    const resource = resources.find((candidate) => candidate.kind === kind);
    if (resource === undefined || !cluster.apiServerReachable) return [];
    return cluster.store.range(storagePrefix(resource, namespace)).items.map(({ value }) => value);
  };
  return {
    list,
    get(kind, namespace, name) {
      const resource = resources.find((candidate) => candidate.kind === kind);
      if (resource === undefined || !cluster.apiServerReachable) return undefined;
      return cluster.store.get(storageKey(resource, namespace, name))?.value;
    },
    readyEndpoints(namespace, service) {
      return (list("EndpointSlice", namespace) as readonly EndpointSlice[])
        .filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === service)
        .flatMap((slice) => slice.endpoints ?? [])
        .filter((endpoint) => endpoint.conditions?.ready === true).length;
    },
    log: (namespace, pod) => cluster.podLog(namespace, pod),
  };
}
