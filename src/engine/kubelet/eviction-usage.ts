/** What pods take of a node's memory, disk and processes. Upstream: pkg/kubelet/server/stats (summary), eviction/helpers.go. */
import { resourcesOf } from "../api/core/pod/resources.ts";
import { canonicalQuantity, quantityFromNumber, quantityValue } from "../api/meta/quantity.ts";
import { NO_DISK_USE } from "../runtime/file-nodes.ts";
import type { DiskUse } from "../runtime/file-nodes.ts";
import type { ContainerSlot } from "./container-slot.ts";
import type { PodWorker } from "./pod-worker.ts";

/** Of all containers or of one. */
export function podMemoryBytes(worker: PodWorker, only?: ContainerSlot): number {
  let bytes = 0;
  for (const slot of only === undefined ? worker.slots : [only]) {
    if (slot.running) bytes += slot.current?.cgroup.memoryBytes ?? 0;
  }
  return bytes;
}

/** Writable layers and logs, and with all containers the pod's emptyDirs too. */
export function podDiskUse(worker: PodWorker, only?: ContainerSlot): DiskUse {
  const sum = { ...NO_DISK_USE };
  const add = ({ bytes, inodes }: DiskUse): void => {
    sum.bytes += bytes;
    sum.inodes += inodes;
  };
  for (const { current } of only === undefined ? worker.slots : [only]) if (current !== undefined) add(current.diskUse);
  if (only !== undefined) return sum;
  for (const { emptyDir, name } of worker.pod.spec.volumes ?? []) {
    if (emptyDir !== undefined && emptyDir.medium !== "Memory") add(worker.volumes.useOf(name));
  }
  return sum;
}

/** In all of its containers. */
export function podProcesses(worker: PodWorker): number {
  return worker.slots.reduce((sum, { current }) => sum + (current?.running === true ? current.pids.length : 0), 0);
}

/** Why the pod has to go, whatever the node has left; undefined: it keeps within its limits. */
export function localStorageVerdict(worker: PodWorker): string | undefined {
  const { spec } = worker.pod;
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || quantityValue(limit) <= 0) continue;
    if (worker.volumes.useOf(name).bytes > quantityValue(limit)) {
      return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(canonicalQuantity(limit))}. `;
    }
  }
  let total = 0;
  for (const { resources } of spec.containers) total += resourcesOf(resources?.limits).ephemeralStorage;
  if (total === 0) return undefined;
  if (podDiskUse(worker).bytes > total) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${quantityFromNumber(total, "BinarySI")}. `;
  }
  for (const slot of worker.slots) {
    const limit = slot.spec.resources?.limits?.["ephemeral-storage"];
    if (slot.kind !== "app" || limit === undefined || podDiskUse(worker, slot).bytes <= quantityValue(limit)) continue;
    return `Container ${slot.name} exceeded its local ephemeral storage limit ${JSON.stringify(canonicalQuantity(limit))}. `;
  }
  return undefined;
}
