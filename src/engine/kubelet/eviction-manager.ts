/**
 * Keeps a node from running out of memory, disk, inodes and process numbers: conditions, reclaiming, and the eviction of
 * one pod after the other.
 * Upstream: pkg/kubelet/eviction/{eviction_manager,helpers}.go; the thresholds are those of the kubelet's settings.
 *
 * Upstream looks each ten seconds. Here a look is due at the next of these only when memory, files or processes have
 * changed, while pressure lasts, or until a condition's transition period is over: a quiet node costs nothing.
 */
import { quantityFromNumber } from "../api/meta/quantity.ts";
import type { Timer } from "../sim/event-queue.ts";
import { localStorageVerdict, podDiskUse, podMemoryBytes } from "./eviction-usage.ts";
import { diskRequest, memoryRequest, rankByMemory, RANKS } from "./eviction-rank.ts";
import { thresholdsOf } from "./eviction-thresholds.ts";
import type { Threshold } from "./eviction-thresholds.ts";
import { ImageGarbageCollector } from "./image-garbage-collector.ts";
import type { Kubelet } from "./kubelet.ts";
import { DEFAULT_SETTINGS } from "./kubelet-settings.ts";
import type { FileSystemSpace } from "../base/program.ts";
import { capacityOf, memoryLeft, NodeLeft } from "./node-use.ts";
import type { Scarce } from "./node-use.ts";
import type { PodWorker } from "./pod-worker.ts";

export type Pressure = "MemoryPressure" | "DiskPressure" | "PIDPressure";

const INTERVAL = 10_000;
/** Seconds that a pod has under a hard threshold. */
const HARD_GRACE = 1;
const CRITICAL_PRIORITY = 2_000_000_000;

const CHANGES: Record<Pressure, { reason: string; relieved: string }> = {
  MemoryPressure: { reason: "NodeHasInsufficientMemory", relieved: "NodeHasSufficientMemory" },
  DiskPressure: { reason: "NodeHasDiskPressure", relieved: "NodeHasNoDiskPressure" },
  PIDPressure: { reason: "NodeHasInsufficientPID", relieved: "NodeHasSufficientPID" },
};

/** A threshold that is crossed, and what is left. */
interface Starved {
  threshold: Threshold;
  available: number;
}

const PRESSURES: Readonly<Record<Scarce, Pressure>> = {
  memory: "MemoryPressure",
  "ephemeral-storage": "DiskPressure",
  inodes: "DiskPressure",
  pids: "PIDPressure",
};

export class EvictionManager {
  /** When each pressure was last observed; it counts as present until the transition period is over. */
  private readonly observed = new Map<Pressure, number>();
  /** Since when each threshold is crossed. */
  private readonly crossed = new Map<Threshold, number>();
  /** Exactly those that pods had to go for at the last look: more than the threshold has to be left before they are met no more. */
  private unresolved: ReadonlySet<Threshold> = new Set();
  private readonly kubelet: Kubelet;
  private readonly garbage: ImageGarbageCollector;
  private timer: Timer | undefined;
  private shown: readonly Pressure[] = [];

  constructor(kubelet: Kubelet) {
    this.kubelet = kubelet;
    this.garbage = new ImageGarbageCollector(kubelet);
  }

  /** The node's conditions that hold now. */
  get pressures(): readonly Pressure[] {
    const { now } = this.kubelet.sim;
    const { transitionMs } = this.kubelet.settings;
    return [...this.observed].flatMap(([pressure, at]) => (now - at < transitionMs ? [pressure] : []));
  }

  /** Containers hold more memory than before. */
  memoryGrew(): void {
    const available = memoryLeft(this.kubelet);
    if (available < 0) this.kubelet.sim.after(1, () => this.killForMemory());
    if (this.thresholds.some(({ resource, least }) => resource === "memory" && available < least)) this.due();
  }

  /** A container has a process more: worth a look where somebody wants numbers left. */
  processStarting(): void {
    if (this.thresholds.some(({ resource }) => resource === "pids")) this.due();
  }

  /** The kubelet has started: its file may ask for more than was asked for before. */
  begin(): void {
    this.garbage.begin();
    if (this.kubelet.settings !== DEFAULT_SETTINGS) this.due();
  }

  private get thresholds(): readonly Threshold[] {
    return thresholdsOf(this.kubelet);
  }

  /** Files were written somewhere on the node, or images came. */
  due(): void {
    this.garbage.due();
    const { sim, active } = this.kubelet;
    if (!active || this.timer?.state === "scheduled") return;
    const elapsed = (sim.now - sim.start) % INTERVAL;
    this.timer = sim.after(INTERVAL - elapsed, () => this.synchronize(), { background: true });
  }

  diskSpace(): FileSystemSpace {
    const { kubelet } = this;
    const left = new NodeLeft(kubelet);
    const [capacity, inodes] = [capacityOf(kubelet, "ephemeral-storage"), capacityOf(kubelet, "inodes")];
    return {
      capacity,
      used: capacity - left.of("ephemeral-storage"),
      inodes: { capacity: inodes, used: inodes - left.of("inodes") },
    };
  }

  stop(): void {
    this.garbage.stop();
    this.kubelet.sim.cancel(this.timer);
  }

  private synchronize(): void {
    const { kubelet } = this;
    if (!kubelet.active) return;
    const workers = [...kubelet.allWorkers()].filter((worker) => !worker.finished);
    const starved = this.observe();
    this.tellConditions();
    const evicted = workers.filter((worker) => this.evictForLocalStorage(worker));
    if (evicted.length === 0 && starved !== undefined) this.reclaim(starved, workers);
    if (this.observed.size > 0) this.due();
  }

  /** The first of the thresholds that are crossed and for which pods are to go now. */
  private observe(): Starved | undefined {
    const { sim, settings } = this.kubelet;
    const left = new NodeLeft(this.kubelet);
    const met = this.thresholds.filter((threshold) => {
      const reclaim = this.unresolved.has(threshold) ? threshold.reclaim : 0;
      return left.of(threshold.resource) < threshold.least + reclaim;
    });
    const present = new Set(met.map(({ resource }) => PRESSURES[resource]));
    for (const pressure of present) this.observed.set(pressure, sim.now);
    for (const [pressure, at] of this.observed) {
      if (sim.now - at >= settings.transitionMs) this.observed.delete(pressure);
    }
    for (const threshold of this.crossed.keys()) if (!met.includes(threshold)) this.crossed.delete(threshold);
    for (const threshold of met) if (!this.crossed.has(threshold)) this.crossed.set(threshold, sim.now);
    const due = met.filter((threshold) => sim.now - (this.crossed.get(threshold) ?? 0) >= threshold.graceMs);
    this.unresolved = new Set(due);
    const [threshold] = due;
    return threshold === undefined ? undefined : { threshold, available: left.of(threshold.resource) };
  }

  /** Whether anything is short, however short a time it has been. */
  private isShort(): boolean {
    const left = new NodeLeft(this.kubelet);
    return this.thresholds.some(({ resource, least, reclaim }) => left.of(resource) < least + reclaim);
  }

  /** Each of the node's pressures as it is, told by a kubelet that has started. */
  tellAll(): void {
    for (const pressure of Object.keys(CHANGES) as Pressure[]) this.tell(pressure, this.pressures.includes(pressure));
  }

  private tell(pressure: Pressure, present: boolean): void {
    const { kubelet } = this;
    const reason = present ? CHANGES[pressure].reason : CHANGES[pressure].relieved;
    kubelet.tellNode(reason, `Node ${kubelet.node.name} status is now: ${reason}`);
  }

  private tellConditions(): void {
    const before = this.shown;
    this.shown = this.pressures;
    const { kubelet } = this;
    let changed = false;
    for (const pressure of Object.keys(CHANGES) as Pressure[]) {
      const now = this.shown.includes(pressure);
      if (now === before.includes(pressure)) continue;
      changed = true;
      this.tell(pressure, now);
    }
    if (changed) kubelet.nodeChanged();
  }

  private evictForLocalStorage(worker: PodWorker): boolean {
    const message = localStorageVerdict(worker);
    return message !== undefined && this.evict(worker, { message, disruption: false });
  }

  private reclaim(starved: Starved, workers: readonly PodWorker[]): void {
    const { kubelet } = this;
    const { resource, soft } = starved.threshold;
    kubelet.tellNode("EvictionThresholdMet", `Attempting to reclaim ${resource}`, "Warning");
    kubelet.log.info("eviction_manager.go:376", "Eviction manager: attempting to reclaim", { resourceName: resource });
    if (PRESSURES[resource] === "DiskPressure") {
      this.garbage.deleteUnused();
      if (!this.isShort()) return;
    }
    for (const worker of RANKS[resource](workers)) {
      const graceSeconds = soft ? this.softGrace(worker) : HARD_GRACE;
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
    if (memoryLeft(this.kubelet) >= 0) return;
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

/** Shares are printed as bytes are, whatever they are of; of what can't be asked for nothing is said of containers. */
function nodeLowMessage({ threshold, available }: Starved, worker: PodWorker): string {
  const { resource, least, isShare } = threshold;
  const isBytes = resource === "memory" || resource === "ephemeral-storage";
  const wanted = isBytes || isShare ? binary(least) : quantityFromNumber(least);
  const left = quantityFromNumber(Math.max(0, available), isBytes ? "BinarySI" : "DecimalSI");
  let message = `The node was low on resource: ${resource}. Threshold quantity: ${wanted}, available: ${left}. `;
  if (!isBytes) return message;
  for (const slot of worker.slots) {
    const used = resource === "memory" ? podMemoryBytes(worker, slot) : podDiskUse(worker, slot).bytes;
    const request = resource === "memory" ? memoryRequest(slot.spec) : diskRequest(slot.spec);
    if (used <= request) continue;
    message += `Container ${slot.name} was using ${binary(used)}, request is ${binary(request)}, has larger consumption of ${resource}. `;
  }
  return message;
}
