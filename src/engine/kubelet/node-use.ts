/**
 * What a node has in all and what is left of it, of everything that its kubelet may run short of.
 * Upstream: pkg/kubelet/server/stats/summary.go (node stats), pkg/kubelet/stats/pidlimit, eviction/helpers.go.
 *
 * **Simplified:** nodefs and imagefs are one file system, as large as the node's ephemeral storage; an image has a file
 * for each so many bytes; a process is one task of the kernel's, whatever threads it would have.
 */
import { podDiskUse } from "./eviction-usage.ts";
import type { DiskUse } from "../runtime/file-nodes.ts";
import type { Kubelet } from "./kubelet.ts";

export type Scarce = "memory" | "ephemeral-storage" | "inodes" | "pids";

/** kubelet, runtime and system; their files; their tasks. */
export const SYSTEM_MEMORY = 420 * 1024 * 1024;
const SYSTEM_DISK: DiskUse = { bytes: 6 * 1024 ** 3, inodes: 110_000 };
const SYSTEM_TASKS = 240;
/** As mke2fs makes them: an inode for each 16 KiB. */
const BYTES_PER_INODE = 16_384;
const BYTES_PER_IMAGE_FILE = 32_768;
/** kernel.pid_max, and the memory that kernel.threads-max reckons with for each task. */
const PID_MAX = 4_194_304;
const BYTES_PER_TASK = 131_072;

export function capacityOf({ node }: Kubelet, resource: Scarce): number {
  const { memory, ephemeral } = node.capacity;
  if (resource === "memory") return memory;
  if (resource === "ephemeral-storage") return ephemeral;
  if (resource === "inodes") return Math.floor(ephemeral / BYTES_PER_INODE);
  return Math.min(PID_MAX, Math.floor(memory / BYTES_PER_TASK));
}

export function memoryLeft(kubelet: Kubelet): number {
  return capacityOf(kubelet, "memory") - SYSTEM_MEMORY - kubelet.runtime.memoryInUse;
}

/** A look at a node: each thing is counted when it is first asked for, and once. */
export class NodeLeft {
  private readonly kubelet: Kubelet;
  private disk: DiskUse | undefined;

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  of(resource: Scarce): number {
    const { kubelet } = this;
    if (resource === "memory") return memoryLeft(kubelet);
    const capacity = capacityOf(kubelet, resource);
    if (resource === "pids") return capacity - this.tasks();
    this.disk ??= this.diskUse();
    return capacity - (resource === "inodes" ? this.disk.inodes : this.disk.bytes);
  }

  private tasks(): number {
    let tasks = SYSTEM_TASKS;
    for (const container of this.kubelet.runtime.list()) if (container.running) tasks += container.pids.length;
    return tasks;
  }

  private diskUse(): DiskUse {
    const { kubelet } = this;
    const uses: DiskUse[] = [SYSTEM_DISK, kubelet.diskUse];
    for (const worker of kubelet.allWorkers()) if (!worker.finished) uses.push(podDiskUse(worker));
    for (const { size } of kubelet.runtime.images.list()) {
      uses.push({ bytes: size, inodes: Math.ceil(size / BYTES_PER_IMAGE_FILE) });
    }
    return uses.reduce((sum, { bytes, inodes }) => ({ bytes: sum.bytes + bytes, inodes: sum.inodes + inodes }));
  }
}
