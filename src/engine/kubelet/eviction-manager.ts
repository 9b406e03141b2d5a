/**
 * Keeps a node from running out of memory and disk: conditions, reclaiming, and the eviction of one pod after the other.
 * Upstream: pkg/kubelet/eviction/{eviction_manager,helpers}.go; the thresholds are those of the kubelet's settings.
 *
 * Upstream looks each ten seconds. Here a look is due at the next of these only when memory or files have changed, while
 * pressure lasts, or until a condition's transition period is over: a quiet node costs nothing.
 * **Simplified:** inodes and the node's process numbers are never scarce; nodefs and imagefs are one file system.
 */
import { quantityFromNumber } from "../api/meta/quantity.ts";
import type { Timer } from "../sim/event-queue.ts";
import { localStorageVerdict, podDiskBytes, podMemoryBytes } from "./eviction-usage.ts";
import { diskRequest, memoryRequest, rankByDisk, rankByMemory } from "./eviction-rank.ts";
import type { Kubelet } from "./kubelet.ts";
import { bytesOf } from "./kubelet-settings.ts";
import type { EvictionSignal, KubeletSettings } from "./kubelet-settings.ts";
import type { PodWorker } from "./pod-worker.ts";

export type Pressure = "MemoryPressure" | "DiskPressure";

const INTERVAL = 10_000;
/** Seconds that a pod has under a hard threshold. */
const HARD_GRACE = 1;
const CRITICAL_PRIORITY = 2_000_000_000;
/** kubelet, runtime and system; their files. */
const SYSTEM_MEMORY = 420 * 1024 * 1024;
const SYSTEM_DISK = 6 * 1024 ** 3;

const CHANGES: Record<Pressure, { reason: string; relieved: string }> = {
  MemoryPressure: { reason: "NodeHasInsufficientMemory", relieved: "NodeHasSufficientMemory" },
  DiskPressure: { reason: "NodeHasDiskPressure", relieved: "NodeHasNoDiskPressure" },
};

type Scarce = "memory" | "ephemeral-storage";

/** A threshold that is crossed: what is scarce, and how scarce. */
interface Starved {
  resource: Scarce;
  threshold: number;
  available: number;
  soft: boolean;
}

/** By signal. nodefs and imagefs are one file system, so that the higher threshold comes first. */
const RESOURCES: Readonly<Record<EvictionSignal, Scarce>> = {
  "memory.available": "memory",
  "nodefs.available": "ephemeral-storage",
  "imagefs.available": "ephemeral-storage",
};
const PRESSURES: Readonly<Record<Scarce, Pressure>> = {
  memory: "MemoryPressure",
  "ephemeral-storage": "DiskPressure",
};

export class EvictionManager {
  /** When each pressure was last observed; it counts as present until the transition period is over. */
  private readonly observed = new Map<Pressure, number>();
  /** Since when each soft threshold is crossed. */
  private readonly crossed = new Map<Scarce, number>();
  private readonly kubelet: Kubelet;
  private mark: { settings: KubeletSettings; bytes: number } | undefined;
  private timer: Timer | undefined;
  private shown: readonly Pressure[] = [];

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
  }

  /** The node's conditions that hold now. */
  get pressures(): readonly Pressure[] {
    const { now } = this.kubelet.sim;
    const { transitionMs } = this.kubelet.settings;
    return [...this.observed].flatMap(([pressure, at]) => (now - at < transitionMs ? [pressure] : []));
  }

  /** Containers hold more memory than before. */
  memoryGrew(): void {
    const available = this.availableMemory();
    if (available < 0) this.kubelet.sim.after(1, () => this.killForMemory());
    if (available < this.memoryMark()) this.due();
  }

  /** Less memory than this is worth a look. */
  private memoryMark(): number {
    const { settings } = this.kubelet;
    if (this.mark?.settings !== settings) {
      this.mark = { settings, bytes: Math.max(...this.thresholds("memory").map(({ bytes }) => bytes)) };
    }
    return this.mark.bytes;
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

  /** The bytes that have to be left of something: the hard limit, and the soft one with the time that it is borne. */
  private thresholds(resource: Scarce): { bytes: number; graceMs: number; soft: boolean }[] {
    const { node, settings } = this.kubelet;
    const capacity = resource === "memory" ? node.capacity.memory : node.capacity.ephemeral;
    const signals = (Object.keys(RESOURCES) as EvictionSignal[]).filter((signal) => RESOURCES[signal] === resource);
    const hard = Math.max(...signals.map((signal) => bytesOf(settings.hard.get(signal), capacity)));
    const soft = signals.flatMap((signal) => {
      const limit = settings.soft.get(signal);
      return limit === undefined ? [] : { bytes: bytesOf(limit.amount, capacity), graceMs: limit.graceMs, soft: true };
    });
    return [{ bytes: hard, graceMs: 0, soft: false }, ...soft];
  }

  /** Memory comes before disk, and what is hard before what is soft. */
  private observe(workers: readonly PodWorker[]): Starved | undefined {
    const { sim, settings } = this.kubelet;
    let starved: Starved | undefined;
    for (const resource of ["memory", "ephemeral-storage"] as const) {
      const available = resource === "memory" ? this.availableMemory() : this.availableDisk(workers);
      const low = this.thresholds(resource).filter(({ bytes }) => available < bytes);
      const pressure = PRESSURES[resource];
      if (low.length > 0) this.observed.set(pressure, sim.now);
      else if (sim.now - (this.observed.get(pressure) ?? 0) >= settings.transitionMs) this.observed.delete(pressure);
      if (!low.some(({ soft }) => soft)) this.crossed.delete(resource);
      else if (!this.crossed.has(resource)) this.crossed.set(resource, sim.now);
      const since = this.crossed.get(resource) ?? sim.now;
      const due = low.find(({ soft, graceMs }) => !soft || sim.now - since >= graceMs);
      if (due !== undefined) starved ??= { resource, threshold: due.bytes, available, soft: due.soft };
    }
    return starved;
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
      const graceSeconds = starved.soft ? this.softGrace(worker) : HARD_GRACE;
      if (this.evict(worker, { message: nodeLowMessage(starved, worker), disruption: true, graceSeconds })) return;
    }
  }

  /** Under a soft threshold a pod has its own time, and at most what the kubelet was told. */
  private softGrace({ pod }: PodWorker): number {
    return Math.min(this.kubelet.settings.softGraceSeconds, pod.spec.terminationGracePeriodSeconds ?? 30);
  }

  /** False for pods that nothing evicts. */
  private evict(worker: PodWorker, why: { message: string; disruption: boolean; graceSeconds?: number }): boolean {
    if (worker.isStatic || (worker.pod.spec.priority ?? 0) >= CRITICAL_PRIORITY || worker.terminating) return false;
    const { kubelet } = this;
    kubelet.events.event(worker.pod, "Warning", { reason: "Evicted", message: why.message });
    const { graceSeconds = HARD_GRACE } = why;
    worker.giveUp({ reason: "Evicted", ...why, graceSeconds });
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
