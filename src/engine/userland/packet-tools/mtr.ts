import { echo, sleep } from "../../base/syscalls.ts";
import { addressOf, numbersOf, shownTime } from "../commands/ping.ts";
import type { NumberOptions } from "../commands/ping.ts";
import { defineCommand } from "../command.ts";

const NUMBERS = { c: [10, 1, Infinity], i: [1, 0, Infinity], m: [30, 1, 255] } satisfies NumberOptions;
/** So many routers in a row that say nothing are the end of the way. */
const MOST_UNKNOWN = 5;
const PATIENCE_MS = 1_000;

interface Router {
  address: string | undefined;
  sent: number;
  times: number[];
}

/**
 * The routers on the way to a host, and how many packets each of them loses: the report of `-r`. Upstream: mtr ui/report.c.
 * **Simplified:** without the screen that goes on; routers are shown by their addresses, as with -n.
 */
export const mtr = defineCommand({
  name: "mtr",
  usage: "Usage: mtr -r [-nw] [-c COUNT] [-i SECONDS] [-m MAXTTL] HOST\n\nReport on the routers on the way to HOST",
  options: {
    flags: "rnw4",
    values: "cim",
    long: { report: "r", "report-wide": "w", "no-dns": "n", "report-cycles=": "c" },
  },
  *run(io) {
    const [host] = io.operands;
    if (host === undefined) return yield* io.misuse("no host is named", 1);
    if (!io.has("r") && !io.has("w")) {
      yield* io.complain("the screen that goes on is not simulated: ask for a report with -r");
      return 1;
    }
    const numbers = yield* numbersOf(io, NUMBERS);
    if (numbers === undefined) return 1;
    const address = yield* addressOf(io, host);
    if (address === undefined) return 1;
    yield* io.out(`Start: ${new Date(io.ctx.now()).toISOString().slice(0, 19)}+0000\n`);
    const routers: Router[] = [];
    for (let round = 0; round < numbers.c; round++) {
      if (round > 0) yield* sleep(Math.max(1, numbers.i * 1000));
      let unknown = 0;
      for (let ttl = 1; ttl <= numbers.m && unknown < MOST_UNKNOWN; ttl++) {
        const router = (routers[ttl - 1] ??= { address: undefined, sent: 0, times: [] });
        const { kind, from, latencyMs } = yield* echo(address, { ttl, timeoutMs: PATIENCE_MS });
        router.sent++;
        unknown = kind === "silence" ? unknown + 1 : 0;
        if (kind === "silence") continue;
        router.address = from;
        router.times.push(shownTime(latencyMs));
        if (kind !== "exceeded") break;
      }
    }
    const last = routers.findLastIndex((router) => router.address !== undefined);
    yield* io.out(`${`HOST: ${io.ctx.hostname}`.padEnd(34)}Loss%   Snt   Last   Avg  Best  Wrst StDev\n`);
    yield* io.out(
      routers
        .slice(0, last + 2)
        .map(lineOf)
        .join(""),
    );
    return 0;
  },
});

function lineOf({ address = "???", sent, times }: Router, index: number): string {
  const lost = ((sent - times.length) / sent) * 100;
  const average = times.length === 0 ? 0 : times.reduce((sum, time) => sum + time, 0) / times.length;
  const spread = Math.sqrt(times.reduce((sum, time) => sum + (time - average) ** 2, 0) / Math.max(1, times.length));
  const [best, worst] = times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)];
  const number = (value: number, width = 6): string => value.toFixed(1).padStart(width);
  const loss = lost === 100 ? "100.0" : `${lost.toFixed(1)}%`;
  const tail = `${number(times.at(-1) ?? 0, 7)}${number(average)}${number(best)}${number(worst)}${number(spread)}`;
  return `${`${String(index + 1).padStart(3)}.|-- ${address}`.padEnd(39 - loss.length)}${loss}${String(sent).padStart(6)}${tail}\n`;
}
