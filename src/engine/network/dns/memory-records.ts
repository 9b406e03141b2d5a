import type { EndpointSlice, Pod, Service } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { RecordSource } from "./record-source.ts";

/** Records of objects that are given once and never change: for data cases and tests. */
export function memoryRecords(objects: {
  services: readonly Service[];
  slices: readonly EndpointSlice[];
  pods: readonly Pod[];
}): RecordSource {
  const { services, slices, pods } = objects;
  const namespaces = new Set([...services, ...slices, ...pods].map(({ metadata }) => metadata.namespace ?? ""));
  return {
    synced: true,
    serial: 1,
    hasNamespace: (name) => namespaces.has(name),
    service: (key) => services.find((service) => keyOf(service) === key),
    slices: (key) =>
      slices.filter(
        ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"]}` === key,
      ),
    serviceByAddress: (address) =>
      services.find(({ spec }) => spec.clusterIP === address || spec.clusterIPs?.includes(address) === true),
    slicesByAddress: (address) =>
      slices.filter(({ endpoints }) => endpoints?.some(({ addresses }) => addresses.includes(address)) === true),
    podsByAddress: (address) =>
      pods.filter(({ status }) => status.podIP === address || status.podIPs?.some(({ ip }) => ip === address) === true),
  };
}
