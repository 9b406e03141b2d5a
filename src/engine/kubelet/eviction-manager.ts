/**
 * Keeps a node from running out of memory and disk: conditions, reclaiming, and the eviction of one pod after the other.
 * Upstream: pkg/kubelet/eviction/{eviction_manager,helpers}.go, with kubelet's default hard thresholds.
 *
 * Upstream looks each ten seconds. Here a look is due at the next of these only when memory or files have changed, while
 * pressure lasts, or until a condition's transition period is over: a quiet node costs nothing.
 * **Simplified:** inodes and process numbers are never scarce; nodefs and imagefs are one file system; no soft thresholds.
 */
import { quantityFromNumber } from "../api/meta/quantity.ts";
import type { Timer } from "../sim/event-queue.ts";
import { localStorageVerdict, podDiskBytes, podMemoryBytes } from "./eviction-usage.ts";
import { diskRequest, memoryRequest, rankByDisk, rankByMemory } from "./eviction-rank.ts";
import type { Kubelet } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";

export type Pressure = "MemoryPressure" | "DiskPressure";

const INTERVAL = 10_000;
/** evictionPressureTransitionPeriod */
const TRANSITION = 300_000;
/** Seconds that a pod has under a hard threshold. */
const HARD_GRACE = 1;
const CRITICAL_PRIORITY = 2_000_000_000;
const MEMORY_THRESHOLD = 100 * 1024 * 1024;
/** nodefs.available<10%, imagefs.available<15%: one file system, so that the second comes first. */
const DISK_THRESHOLD = 0.15;
/** kubelet, runtime and system; their files. */
const SYSTEM_MEMORY = 420 * 1024 * 1024;
const SYSTEM_DISK = 6 * 1024 ** 3;

const CHANGES: Record<Pressure, { reason: string; relieved: string }> = {
  MemoryPressure: { reason: "NodeHasInsufficientMemory", relieved: "NodeHasSufficientMemory" },
  DiskPressure: { reason: "NodeHasDiskPressure", relieved: "NodeHasNoDiskPressure" },
};

/** A threshold that is crossed: what is scarce, and how scarce. */
interface Starved {
  resource: "memory" | "ephemeral-storage";
  threshold: number;
  available: number;
}

export class EvictionManager {
  /** When each pressure was last observed; it counts as present until the transition period is over. */
  private readonly observed = new Map<Pressure, number>();
  private readonly kubelet: Kubelet;
  private timer: Timer | undefined;
  private shown: readonly Pressure[] = [];

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  /** The node's conditions that hold now. */
  get pressures(): readonly Pressure[] {
    const { now } = this.kubelet.sim;
    return [...this.observed].flatMap(([pressure, at]) => (now - at < TRANSITION ? [pressure] : []));
  }

  /** Containers hold more memory than before. */
  memoryGrew(): void {
    const available = this.availableMemory();
    if (available < 0) this.kubelet.sim.after(1, () => this.killForMemory());
    if (available < MEMORY_THRESHOLD) this.due();
  }

  /** Files were written somewhere on the node. */
  due(): void {
    const { sim, active } = this.kubelet;
    if (!active || this.timer?.state === "scheduled") return;
    const elapsed = (sim.now - sim.start) % INTERVAL;
    this.timer = sim.after(INTERVAL - elapsed, () => this.synchronize(), { background: true });
  }

  stop(): void {
    this.kubelet.sim.cancel(this.timer);
  }

  private availableMemory(): number {
    return this.kubelet.node.capacity.memory - SYSTEM_MEMORY - this.kubelet.runtime.memoryInUse;
  }

  private availableDisk(workers: readonly PodWorker[]): number {
    const { node, runtime } = this.kubelet;
    let used = SYSTEM_DISK + this.kubelet.diskBytes;
    for (const image of runtime.images.list()) used += image.size;
    for (const worker of workers) used += podDiskBytes(worker);
    return node.capacity.ephemeral - used;
  }

  private synchronize(): void {
    const { kubelet } = this;
    if (!kubelet.active) return;
    const workers = [...kubelet.allWorkers()].filter((worker) => !worker.finished);
    const starved = this.observe(workers);
    this.tellConditions();
    const evicted = workers.filter((worker) => this.evictForLocalStorage(worker));
    if (evicted.length === 0 && starved !== undefined) this.reclaim(starved, workers);
    if (this.observed.size > 0) this.due();
  }

  /** Memory comes before disk. */
  private observe(workers: readonly PodWorker[]): Starved | undefined {
    const { sim, node } = this.kubelet;
    const memory = this.availableMemory();
    const disk = this.availableDisk(workers);
    const diskThreshold = Math.floor(node.capacity.ephemeral * DISK_THRESHOLD);
    const low = (pressure: Pressure, isLow: boolean): void => {
      if (isLow) this.observed.set(pressure, sim.now);
      else if (sim.now - (this.observed.get(pressure) ?? 0) >= TRANSITION) this.observed.delete(pressure);
    };
    low("MemoryPressure", memory < MEMORY_THRESHOLD);
    low("DiskPressure", disk < diskThreshold);
    if (memory < MEMORY_THRESHOLD) return { resource: "memory", threshold: MEMORY_THRESHOLD, available: memory };
    return disk < diskThreshold
      ? { resource: "ephemeral-storage", threshold: diskThreshold, available: disk }
      : undefined;
  }

  private tellConditions(): void {
    const before = this.shown;
    this.shown = this.pressures;
    const { kubelet } = this;
    let changed = false;
    for (const pressure of ["MemoryPressure", "DiskPressure"] as const) {
      const now = this.shown.includes(pressure);
      if (now === before.includes(pressure)) continue;
      changed = true;
      const reason = now ? CHANGES[pressure].reason : CHANGES[pressure].relieved;
      kubelet.tellNode(reason, `Node ${kubelet.node.name} status is now: ${reason}`);
    }
    if (changed) kubelet.nodeChanged();
  }

  private evictForLocalStorage(worker: PodWorker): boolean {
    const message = localStorageVerdict(worker);
    return message !== undefined && this.evict(worker, { message, disruption: false });
  }

  private reclaim(starved: Starved, workers: readonly PodWorker[]): void {
    const { kubelet } = this;
    const { resource } = starved;
    kubelet.tellNode("EvictionThresholdMet", `Attempting to reclaim ${resource}`, "Warning");
    kubelet.log.info("eviction_manager.go:376", "Eviction manager: attempting to reclaim", { resourceName: resource });
    if (resource === "ephemeral-storage") {
      kubelet.runtime.removeUnusedImages();
      if (this.availableDisk(workers) >= starved.threshold) return;
    }
    const ranked = resource === "memory" ? rankByMemory(workers) : rankByDisk(workers);
    for (const worker of ranked) {
      if (this.evict(worker, { message: nodeLowMessage(starved, worker), disruption: true })) return;
    }
  }

  /** False for pods that nothing evicts. */
  private evict(worker: PodWorker, why: { message: string; disruption: boolean }): boolean {
    if (worker.isStatic || (worker.pod.spec.priority ?? 0) >= CRITICAL_PRIORITY || worker.terminating) return false;
    const { kubelet } = this;
    kubelet.events.event(worker.pod, "Warning", { reason: "Evicted", message: why.message });
    worker.giveUp({ reason: "Evicted", graceSeconds: HARD_GRACE, ...why });
    return true;
  }

  /** The kernel comes before the kubelet: of the pods with the least claim to it, the largest loses its memory. */
  private killForMemory(): void {
    if (this.availableMemory() >= 0) return;
    const workers = [...this.kubelet.allWorkers()].filter((worker) => !worker.finished && !worker.isStatic);
    const [worst] = rankByMemory(workers);
    const running = worst?.slots.flatMap(({ current }) => (current?.running === true ? [current] : [])) ?? [];
    const victim = running.sort((a, b) => b.cgroup.memoryBytes - a.cgroup.memoryBytes)[0];
    if (victim === undefined) return;
    const process = (victim.argv[0] ?? "").replace(/^.*\//, "");
    this.kubelet.tellNode("SystemOOM", `System OOM encountered, victim process: ${process}, pid: 1`, "Warning");
    victim.runOutOfMemory();
  }
}

const binary = (bytes: number): string => quantityFromNumber(bytes, "BinarySI");

function nodeLowMessage({ resource, threshold, available }: Starved, worker: PodWorker): string {
  const amounts = `Threshold quantity: ${binary(threshold)}, available: ${binary(Math.max(0, available))}. `;
  let message = `The node was low on resource: ${resource}. ${amounts}`;
  for (const slot of worker.slots) {
    const used = resource === "memory" ? podMemoryBytes(worker, slot) : podDiskBytes(worker, slot);
    const request = resource === "memory" ? memoryRequest(slot.spec) : diskRequest(slot.spec);
    if (used <= request) continue;
    message += `Container ${slot.name} was using ${binary(used)}, request is ${binary(request)}, has larger consumption of ${resource}. `;
  }
  return message;
}
