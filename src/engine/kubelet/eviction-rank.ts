/**
 * Which pod goes first. Upstream: pkg/kubelet/eviction/helpers.go (rankMemoryPressure, rankDiskPressureFunc,
 * rankPIDPressure): those that use more than they asked for, then those of lower priority, then by how much more they
 * use. Nobody can ask for process numbers: there the priority comes first.
 */
import { podRequests } from "../api/core/pod/resources.ts";
import type { Container } from "../api/generated/types.ts";
import { quantityValue } from "../api/meta/quantity.ts";
import { podDiskUse, podMemoryBytes, podProcesses } from "./eviction-usage.ts";
import type { Scarce } from "./node-use.ts";
import type { PodWorker } from "./pod-worker.ts";

export function memoryRequest({ resources }: Container): number {
  return quantityValue(resources?.requests?.["memory"] ?? "0");
}

export function diskRequest({ resources }: Container): number {
  return quantityValue(resources?.requests?.["ephemeral-storage"] ?? "0");
}

export function rankByMemory(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => {
    const over = podMemoryBytes(worker) - podRequests(worker.pod.spec).requests.memory;
    return { exceeds: over > 0, over };
  });
}

function rankByDisk(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => {
    const over = podDiskUse(worker).bytes - podRequests(worker.pod.spec).requests.ephemeralStorage;
    return { exceeds: over > 0, over };
  });
}

/** Upstream takes the bytes that a pod asked for off its inodes: who asked for storage comes last. */
function rankByInodes(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => {
    const { inodes } = podDiskUse(worker);
    return { exceeds: inodes > 0, over: inodes - podRequests(worker.pod.spec).requests.ephemeralStorage };
  });
}

function rankByProcesses(workers: readonly PodWorker[]): PodWorker[] {
  return rank(workers, (worker) => ({ exceeds: true, over: podProcesses(worker) }));
}

export const RANKS: Readonly<Record<Scarce, (workers: readonly PodWorker[]) => PodWorker[]>> = {
  memory: rankByMemory,
  "ephemeral-storage": rankByDisk,
  inodes: rankByInodes,
  pids: rankByProcesses,
};

/** `use`: whether a pod has more than it asked for, and how much more. */
function rank(
  workers: readonly PodWorker[],
  use: (worker: PodWorker) => { exceeds: boolean; over: number },
): PodWorker[] {
  return workers
    .map((worker) => ({ worker, ...use(worker), priority: worker.pod.spec.priority ?? 0 }))
    .sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || b.over - a.over)
    .map(({ worker }) => worker);
}
