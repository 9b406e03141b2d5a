import { SystemError } from "../../base/program.ts";
import type { FileSystem } from "../../base/program.ts";
import { defineCommand } from "../command.ts";

/** The kernel, as /proc/version says it. */
export function kernelOf(fs: FileSystem): { release: string; version: string } {
  try {
    const [, release = "", version = ""] = /^Linux version (\S+).*?(#.*)$/m.exec(fs.readFile("/proc/version")) ?? [];
    return { release, version };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { release: "6.12.48", version: "#1 SMP PREEMPT_DYNAMIC" };
  }
}

export const uname = defineCommand({
  name: "uname",
  usage:
    "Usage: uname [OPTION]...\nPrint certain system information.\n\n  -a all  -s kernel name  -n node name  -r kernel release  -v version  -m machine  -o operating system",
  options: {
    flags: "asnrvmpio",
    long: { all: "a", "kernel-name": "s", nodename: "n", "kernel-release": "r", machine: "m", "operating-system": "o" },
  },
  *run(io) {
    const { release, version } = kernelOf(io.ctx.fs);
    const parts: [string, string][] = [
      ["s", "Linux"],
      ["n", io.ctx.hostname],
      ["r", release],
      ["v", version],
      ["m", "x86_64"],
      ["o", "GNU/Linux"],
    ];
    const all = io.has("a");
    const shown = parts.filter(([flag]) => all || io.has(flag)).map(([, text]) => text);
    yield* io.out(`${shown.length === 0 ? "Linux" : shown.join(" ")}\n`);
    return 0;
  },
});
