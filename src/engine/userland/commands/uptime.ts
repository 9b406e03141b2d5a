/** Upstream: procps src/uptime.c, busybox procps/uptime.c. In a container it is the node's. */
import { defineCommand } from "../command.ts";
import { formatDate } from "../date-format.ts";
import { loadOf, upFor, uptimeOf } from "../machine-files.ts";

/** **Simplified:** nobody's terminal is known: no user is ever logged in. */
export const uptime = defineCommand({
  name: "uptime",
  usage:
    "Usage: uptime [OPTION]...\nTell how long the system has been running.\n\n  -p  in words    -s  since when the system has been up",
  options: { flags: "ps", long: { pretty: "p", since: "s" } },
  *run(io) {
    const seconds = uptimeOf(io.ctx.fs);
    if (seconds === undefined) {
      yield* io.complain("Cannot get system uptime");
      return 1;
    }
    const now = io.ctx.now();
    if (io.has("s")) yield* io.out(`${formatDate(now - seconds * 1000, "%Y-%m-%d %H:%M:%S")}\n`);
    else if (io.has("p")) yield* io.out(`up ${inWords(seconds)}\n`);
    else
      yield* io.out(
        ` ${formatDate(now, "%H:%M:%S")} up ${upFor(seconds)},  0 user${io.flavour === "busybox" ? "s" : ""},  load average: ${loadOf(io.ctx.fs).join(", ")}\n`,
      );
    return 0;
  },
});

/** `1 day, 2 hours, 3 minutes` */
function inWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const parts: [number, string][] = [
    [Math.floor(minutes / 10_080), "week"],
    [Math.floor(minutes / 1440) % 7, "day"],
    [Math.floor(minutes / 60) % 24, "hour"],
    [minutes % 60, "minute"],
  ];
  const shown = parts.filter(([count]) => count > 0);
  if (shown.length === 0) return "0 minutes";
  return shown.map(([count, name]) => `${count} ${name}${count === 1 ? "" : "s"}`).join(", ");
}
