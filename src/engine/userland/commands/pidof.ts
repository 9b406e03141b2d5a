import { defineCommand } from "../command.ts";

export const pidof = defineCommand({
  name: "pidof",
  usage: "Usage: pidof NAME...\nList PIDs of all processes with names that match NAMEs.",
  *run(io) {
    const pids = io.ctx
      .processes()
      .filter((process) => io.operands.includes((process.argv[0] ?? "").replace(/^.*\//, "")))
      .map((process) => process.pid);
    if (pids.length === 0) return 1;
    yield* io.out(`${pids.reverse().join(" ")}\n`);
    return 0;
  },
});
