/** What /proc says of the machine, for the tools that show it. Upstream: proc(5). */
import type { FileSystem } from "../base/program.ts";

export interface Memory {
  /** Bytes, all of them. */
  total: number;
  free: number;
  available: number;
  shared: number;
  cached: number;
  swap: number;
  swapFree: number;
}

function text(fs: FileSystem, path: string): string | undefined {
  return fs.exists(path) ? fs.readFile(path) : undefined;
}

/** undefined where there is no /proc. */
export function memoryOf(fs: FileSystem): Memory | undefined {
  const lines = text(fs, "/proc/meminfo");
  if (lines === undefined) return undefined;
  const bytes = (name: string): number => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(lines)?.[1] ?? 0);
  return {
    total: bytes("MemTotal"),
    free: bytes("MemFree"),
    available: bytes("MemAvailable"),
    shared: bytes("Shmem"),
    cached: bytes("Buffers") + bytes("Cached") + bytes("SReclaimable"),
    swap: bytes("SwapTotal"),
    swapFree: bytes("SwapFree"),
  };
}

/** How many processors there are; at least one. */
export function processorsOf(fs: FileSystem): number {
  return Math.max(1, text(fs, "/proc/cpuinfo")?.match(/^processor\b/gm)?.length ?? 0);
}

/** `0.52 0.58 0.59` as three words. */
export function loadOf(fs: FileSystem): [string, string, string] {
  const [one = "0.00", five = "0.00", fifteen = "0.00"] = text(fs, "/proc/loadavg")?.split(" ") ?? [];
  return [one, five, fifteen];
}

/** Seconds since the machine was switched on; undefined where there is no /proc. */
export function uptimeOf(fs: FileSystem): number | undefined {
  const found = text(fs, "/proc/uptime");
  return found === undefined ? undefined : Number(found.split(" ")[0]);
}

/** `5 min`, `16:40`, `2 days,  3:07` */
export function upFor(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const rest = minutes % 60;
  const ahead = days === 0 ? "" : `${days} day${days === 1 ? "" : "s"}, `;
  return `${ahead}${hours === 0 ? `${rest} min` : `${String(hours).padStart(2)}:${String(rest).padStart(2, "0")}`}`;
}
