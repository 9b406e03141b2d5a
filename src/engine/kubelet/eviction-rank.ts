/**
 * Which pod goes first. Upstream: pkg/kubelet/eviction/helpers.go (rankMemoryPressure, rankDiskPressureFunc): those that
 * use more than they asked for, then those of lower priority, then by how much more they use.
 */
import { podRequests } from "../api/core/pod/resources.ts";
import type { Container } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { podDiskBytes, podMemoryBytes } from "./eviction-usage.ts";
import type { PodWorker } from "./pod-worker.ts";

export function memoryRequest({ resources }: Container): number {
  return quantityValue(resources?.requests?.["memory"] ?? "0");
}

export function diskRequest({ resources }: Container): number {
  return quantityValue(resources?.requests?.["ephemeral-storage"] ?? "0");
}

export function rankByMemory(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => podMemoryBytes(worker) - podRequests(worker.pod.spec).requests.memory);
}

export function rankByDisk(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => podDiskBytes(worker) - podRequests(worker.pod.spec).requests.ephemeralStorage);
}

/** `excess`: bytes used beyond the request. */
function rank(workers: readonly PodWorker[], excess: (worker: PodWorker) => number): PodWorker[] {
  return workers
    .map((worker) => ({ worker, over: excess(worker), priority: worker.pod.spec.priority ?? 0 }))
    .sort((a, b) => Number(b.over > 0) - Number(a.over > 0) || a.priority - b.priority || b.over - a.over)
    .map(({ worker }) => worker);
}
