import { defineCommand } from "../command.ts";

/** The kernel of all machines. */
export const RELEASE = "6.12.48";
export const VERSION = "#1 SMP PREEMPT_DYNAMIC";

export const uname = defineCommand({
  name: "uname",
  usage:
    "Usage: uname [OPTION]...\nPrint certain system information.\n\n  -a all  -s kernel name  -n node name  -r kernel release  -v version  -m machine  -o operating system",
  options: {
    flags: "asnrvmpio",
    long: { all: "a", "kernel-name": "s", nodename: "n", "kernel-release": "r", machine: "m", "operating-system": "o" },
  },
  *run(io) {
    const parts: [string, string][] = [
      ["s", "Linux"],
      ["n", io.ctx.hostname],
      ["r", RELEASE],
      ["v", VERSION],
      ["m", "x86_64"],
      ["o", "GNU/Linux"],
    ];
    const all = io.has("a");
    const shown = parts.filter(([flag]) => all || io.has(flag)).map(([, text]) => text);
    yield* io.out(`${shown.length === 0 ? "Linux" : shown.join(" ")}\n`);
    return 0;
  },
});
