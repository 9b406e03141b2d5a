/**
 * What a machine has and what of it is used, as files of /proc say it: containers see their node's there. Upstream: proc(5).
 *
 * **Simplified:** a quarter of the memory that nobody holds, 2 GiB at most, caches files; the load averages are the cores
 * that are busy at present; processors have no temperature, frequency and flags.
 */
import type { MemoryFileSystem } from "./memory-file-system.ts";

export interface MachineLoad {
  cores: number;
  memoryBytes: number;
  /** What processes hold. */
  usedBytes: number;
  cpuMillicores: number;
  /** When it was switched on, in virtual time. */
  since: number;
}

/** The kernel of all machines. */
const LINUX = "Linux version 6.12.48 (builder@drydock) (gcc 14.2.0) #1 SMP PREEMPT_DYNAMIC";
const CACHE_MOST = 2 * 1024 ** 3;

export function addMachineFiles(fs: MemoryFileSystem, load: () => MachineLoad, now: () => number): void {
  fs.generate("/proc/cpuinfo", () => cpuinfo(load()));
  fs.generate("/proc/loadavg", () => loadavg(load()));
  fs.generate("/proc/meminfo", () => meminfo(load()));
  fs.generate("/proc/uptime", () => uptime(load(), now()));
  fs.generate("/proc/version", () => `${LINUX}\n`);
}

function cpuinfo({ cores }: MachineLoad): string {
  const one = (at: number): string =>
    `processor\t: ${at}\nvendor_id\t: Drydock\nmodel name\t: Simulated Processor\ncpu cores\t: ${cores}\n\n`;
  return Array.from({ length: cores }, (_, at) => one(at)).join("");
}

function loadavg({ cpuMillicores }: MachineLoad): string {
  const busy = (cpuMillicores / 1000).toFixed(2);
  return `${busy} ${busy} ${busy} ${Math.max(1, Math.round(cpuMillicores / 1000))}/240 1\n`;
}

function meminfo({ memoryBytes, usedBytes }: MachineLoad): string {
  const left = Math.max(0, memoryBytes - usedBytes);
  const cached = Math.min(CACHE_MOST, left / 4);
  const lines: [string, number][] = [
    ["MemTotal", memoryBytes],
    ["MemFree", left - cached],
    ["MemAvailable", left],
    ["Buffers", 0],
    ["Cached", cached],
    ["SwapCached", 0],
    ["Shmem", 0],
    ["SReclaimable", 0],
    ["SwapTotal", 0],
    ["SwapFree", 0],
  ];
  return lines
    .map(([name, bytes]) => `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`)
    .join("");
}

/** Seconds since the start, and seconds that all cores together were idle. */
function uptime({ since, cores }: MachineLoad, now: number): string {
  const seconds = (now - since) / 1000;
  return `${seconds.toFixed(2)} ${(seconds * cores).toFixed(2)}\n`;
}
