/** How much memory the machine has. Upstream: procps src/free.c, busybox procps/free.c. In a container it is the node's. */
import { defineCommand } from "../command.ts";
import { memoryOf } from "../machine-files.ts";
import type { Memory } from "../machine-files.ts";
import { tenthsSize } from "../sizes.ts";

const COLUMNS = ["total", "used", "free", "shared", "buff/cache", "available"];

export const free = defineCommand({
  name: "free",
  usage: `
Usage: free [OPTION]...
Display the amount of free and used memory in the system.

  -b  in bytes    -k  in kibibytes (default)    -m  in mebibytes    -g  in gibibytes
  -h  sizes like 7.7Gi    -t  a line with the sums`,
  options: {
    flags: "bkmght",
    long: { bytes: "b", kibi: "k", mebi: "m", gibi: "g", human: "h", total: "t" },
  },
  *run(io) {
    const memory = memoryOf(io.ctx.fs);
    if (memory === undefined) {
      yield* io.complain("Unable to create meminfo structure");
      return 1;
    }
    const busybox = io.flavour === "busybox";
    const human = busybox ? tenthsSize : scaled;
    const unit = io.has("b") ? 1 : io.has("m") ? 1024 ** 2 : io.has("g") ? 1024 ** 3 : 1024;
    const cell = (bytes: number): string =>
      (io.has("h") ? human(bytes) : String(Math.floor(bytes / unit))).padStart(12);
    const width = busybox ? 7 : 8;
    const line = (name: string, amounts: readonly number[]): string =>
      `${name.padEnd(width)}${amounts.map(cell).join("")}\n`;
    const used = usedOf(memory);
    const { total, free: left, shared, cached, available, swap, swapFree } = memory;
    yield* io.out(
      `${" ".repeat(width)}${COLUMNS.map((name) => name.padStart(12)).join("")}\n` +
        line("Mem:", [total, used, left, shared, cached, available]) +
        line("Swap:", [swap, swap - swapFree, swapFree]) +
        (io.has("t") ? line("Total:", [total + swap, used + swap - swapFree, left + swapFree]) : ""),
    );
    return 0;
  },
});

function usedOf({ total, available }: Memory): number {
  return total - available;
}

/** Three digits at most: `7.7Gi`, `12Gi`, `0B`. */
function scaled(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes;
  for (const unit of "KMGTP") {
    value /= 1024;
    if (value < 9.95) return `${value.toFixed(1)}${unit}i`;
    if (value < 1000 || unit === "P") return `${Math.floor(value)}${unit}i`;
  }
  return String(bytes);
}
