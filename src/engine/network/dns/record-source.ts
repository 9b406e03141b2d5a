import type { EndpointSlice, Pod, Service } from "../../api/generated/types.ts";

/** Where the cluster's records come from. Keys are `namespace/name`. */
export interface RecordSource {
  hasNamespace(name: string): boolean;
  service(key: string): Service | undefined;
  slices(key: string): readonly EndpointSlice[];
  /** The service with this cluster IP. */
  serviceByAddress(address: string): Service | undefined;
  /** Slices that have an endpoint with this address. */
  slicesByAddress(address: string): readonly EndpointSlice[];
  /** From now on pods are known too: `podsByAddress` is empty before. */
  watchPods?(): void;
  podsByAddress(address: string): readonly Pod[];
  /** Whether the first lists have come. */
  readonly synced: boolean;
  /** A number that grows with each change: the zone's serial. */
  readonly serial: number;
}
