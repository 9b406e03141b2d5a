/**
 * A container's control group: what it may use, what it uses, and the files under /sys/fs/cgroup that say so.
 * Upstream: kernel Documentation/admin-guide/cgroup-v2.rst; runc's and kubelet's use of it (pkg/kubelet/cm).
 *
 * **Simplified:** memory is what servers say that they hold and what was written to volumes in memory, a shell takes a
 * megabyte; such files count for the container that wrote them while it runs, not for its successor; user and system time
 * are one; throttled periods are reckoned from the time that was lost.
 */
import { CpuMeter } from "./cpu-meter.ts";

/** What kubelet asks for; absent: no limit. */
export interface CgroupLimits {
  /** Bytes. */
  memory?: number;
  /** Thousandths of a core. */
  cpuMillicores?: number;
  /** The request, in thousandths of a core: it makes the weight. */
  cpuRequestMillicores?: number;
  /** Processes of all of the pod's containers. */
  pids?: number;
}

const SHELL_BYTES = 1024 * 1024;
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;
const MIN_SHARES = 2;
const PIDS_MAX = 4096;

export class Cgroup {
  limits: CgroupLimits;
  /** Times that a process was killed because the limit was reached. */
  oomKills = 0;
  private readonly createdAt: number;
  private readonly meter = new CpuMeter();
  /** Present use of servers. */
  private memory = 0;
  /** Bytes of files in memory that were written from here. */
  private fileBytes = 0;
  private millicores = 0;
  private peak = 0;
  /** CPU time in milliseconds; present use counts up to `reckonedAt`. */
  private cpuMs = 0;
  private throttledMs = 0;
  private reckonedAt: number;

  constructor(limits: CgroupLimits, now: number) {
    this.limits = limits;
    this.createdAt = now;
    this.reckonedAt = now;
  }

  /** How many cores it may keep busy. */
  get cores(): number {
    return (this.limits.cpuMillicores ?? Infinity) / 1000;
  }

  get memoryBytes(): number {
    return (this.memory || SHELL_BYTES) + this.fileBytes;
  }

  /** What servers in it hold; a shell's megabyte and files are left out. */
  get heldBytes(): number {
    return this.memory;
  }

  /** Processes that its pod may have; undefined: no limit. */
  get maxPids(): number | undefined {
    return this.limits.pids;
  }

  /** True iff it holds more memory than it may. */
  get exceeded(): boolean {
    const { limits, memory, fileBytes, memoryBytes } = this;
    return limits.memory !== undefined && (fileBytes > 0 ? memoryBytes : memory) > limits.memory;
  }

  /** Files in memory grew, or shrank, by a write from here. */
  holdFiles(bytes: number): void {
    // Who removes what another container wrote isn't owed anything for it.
    this.fileBytes = Math.max(0, this.fileBytes + bytes);
    this.notePeak();
  }

  /** What servers in it take from now on. */
  use(resources: { cpuMillicores?: number; memoryBytes?: number }, now: number): void {
    this.reckon(now);
    this.millicores = resources.cpuMillicores ?? this.millicores;
    this.memory = resources.memoryBytes ?? this.memory;
    this.notePeak();
  }

  /** CPU time was used; `throttledMs`: so long it was kept from using more. */
  spend(cpuMs: number, now: number, throttledMs = 0): void {
    this.meter.spend(cpuMs, now);
    this.cpuMs += cpuMs;
    this.throttledMs += throttledMs;
  }

  /** What metrics show: never more CPU than the limit allows. */
  used(now: number): { cpuMillicores: number; memoryBytes: number } {
    const wanted = this.millicores + this.meter.rate(now);
    return { cpuMillicores: Math.min(wanted, this.limits.cpuMillicores ?? Infinity), memoryBytes: this.memoryBytes };
  }

  /** By name in /sys/fs/cgroup: how each file's text is made. `pids` counts processes. */
  files(facts: { now: () => number; pids: () => readonly number[] }): Record<string, () => string> {
    const { now, pids } = facts;
    return {
      "cgroup.controllers": () => "cpuset cpu io memory hugetlb pids rdma misc\n",
      "cgroup.procs": () =>
        pids()
          .map((pid) => `${pid}\n`)
          .join(""),
      "cpu.max": () => `${this.quota() ?? "max"} ${PERIOD_US}\n`,
      "cpu.stat": () => this.cpuStat(now()),
      "cpu.weight": () => `${cpuWeight(this.limits.cpuRequestMillicores ?? 0)}\n`,
      "memory.current": () => `${this.memoryBytes}\n`,
      "memory.events": () =>
        `low 0\nhigh 0\nmax ${this.oomKills}\noom ${this.oomKills}\noom_kill ${this.oomKills}\noom_group_kill 0\n`,
      "memory.max": () => `${this.limits.memory ?? "max"}\n`,
      "memory.peak": () => `${Math.max(this.peak, this.memoryBytes)}\n`,
      "pids.current": () => `${pids().length}\n`,
      "pids.max": () => `${this.limits.pids ?? PIDS_MAX}\n`,
    };
  }

  private notePeak(): void {
    this.peak = Math.max(this.peak, Math.min(this.memory + this.fileBytes, this.limits.memory ?? Infinity));
  }

  /** Microseconds of each period. */
  private quota(): number | undefined {
    const { cpuMillicores } = this.limits;
    if (cpuMillicores === undefined || cpuMillicores === 0) return undefined;
    return Math.max(MIN_QUOTA_US, (cpuMillicores * PERIOD_US) / 1000);
  }

  private cpuStat(now: number): string {
    this.reckon(now);
    const quota = this.quota();
    const periods = quota === undefined ? 0 : Math.floor((now - this.createdAt) / (PERIOD_US / 1000));
    const lost = Math.max(1, PERIOD_US - (quota ?? 0)) / 1000;
    const usec = Math.round(this.cpuMs * 1000);
    const lines = {
      usage_usec: usec,
      user_usec: usec,
      system_usec: 0,
      nr_periods: periods,
      nr_throttled: Math.min(periods, Math.ceil(this.throttledMs / lost)),
      throttled_usec: Math.round(this.throttledMs * 1000),
    };
    return Object.entries(lines)
      .map(([name, value]) => `${name} ${value}\n`)
      .join("");
  }

  /** Counts present use up to now. */
  private reckon(now: number): void {
    const elapsed = now - this.reckonedAt;
    this.reckonedAt = now;
    if (this.millicores === 0) return;
    const granted = Math.min(this.millicores, this.limits.cpuMillicores ?? Infinity);
    this.cpuMs += (granted * elapsed) / 1000;
    if (granted < this.millicores) this.throttledMs += elapsed * (1 - granted / this.millicores);
  }
}

/** cgroup v2's weight of a request: 1,024 shares make 100. Upstream: opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value. */
export function cpuWeight(millicores: number): number {
  const shares = Math.max(MIN_SHARES, Math.floor((millicores * 1024) / 1000));
  if (shares <= MIN_SHARES) return 1;
  const log = Math.log2(shares);
  return Math.min(10_000, Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34)));
}
