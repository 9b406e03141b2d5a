import { defineCommand } from "../command.ts";
import { formatDate } from "../date-format.ts";

/** Simplified: processor time and memory are not shown; busybox shows all processes, Debian without -e those of the user. */
export const ps = defineCommand({
  name: "ps",
  usage: "Usage: ps [aux] [-e] [-f] [-o ...]\nReport a snapshot of the current processes.",
  options: { none: true },
  *run(io) {
    const words = io.operands.join(" ");
    const known = /^(-?[aefuxwlA]+)?$/.test(words);
    if (!known) {
      yield* io.complain(`unsupported option: ${words}`);
      return 1;
    }
    const rows = io.ctx.processes();
    const full = /u|f/.test(words);
    const elapsed = (startedAt: number): string => {
      const seconds = Math.floor((io.ctx.now() - startedAt) / 1000);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    if (io.flavour === "busybox") {
      yield* io.out("PID   USER     TIME  COMMAND\n");
      for (const row of rows)
        yield* io.out(
          `${String(row.pid).padStart(5)} ${row.user.padEnd(8)} ${"0:00".padStart(5)} ${row.argv.join(" ")}\n`,
        );
      return 0;
    }
    if (full) {
      yield* io.out("UID          PID    PPID  STIME    TIME CMD\n");
      for (const row of rows) {
        yield* io.out(
          `${row.user.padEnd(8)} ${String(row.pid).padStart(7)} ${String(row.ppid).padStart(7)} ${formatDate(row.startedAt, "%H:%M").padStart(6)} ${"00:00:00".padStart(8)} ${row.argv.join(" ")}\n`,
        );
      }
      return 0;
    }
    yield* io.out("    PID     ELAPSED CMD\n");
    for (const row of rows)
      yield* io.out(
        `${String(row.pid).padStart(7)} ${elapsed(row.startedAt).padStart(11)} ${(row.argv[0] ?? "").replace(/^.*\//, "")}\n`,
      );
    return 0;
  },
});
