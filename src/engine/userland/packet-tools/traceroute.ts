import { echo } from "../../base/syscalls.ts";
import { addressOf, numbersOf, shownTime } from "../commands/ping.ts";
import type { NumberOptions } from "../commands/ping.ts";
import { defineCommand } from "../command.ts";

const REFUSALS: Readonly<Record<string, string>> = { "host-unreachable": " !H" };
const NUMBERS = { m: [30, 1, 255], q: [3, 1, 10], w: [5, 0, Infinity] } satisfies NumberOptions;

/**
 * The routers on the way to a host, one line each, as busybox and Linux' traceroute show them.
 * **Simplified:** packets are of ICMP whether asked (-I) or not, and routers are shown by their addresses, as with -n.
 */
export const traceroute = defineCommand({
  name: "traceroute",
  usage: "Usage: traceroute [-46nI] [-m MAXTTL] [-q PROBES] [-w SECONDS] HOST\n\nTrace the route to HOST",
  options: { flags: "nI46", values: "mqw" },
  badUsageStatus: 2,
  *run(io) {
    const [host] = io.operands;
    if (host === undefined) return yield* io.misuse('Specify "host" missing argument.', 2);
    const numbers = yield* numbersOf(io, NUMBERS);
    if (numbers === undefined) return 2;
    const { m: most, q: probes, w: wait } = numbers;
    const address = yield* addressOf(io, host);
    if (address === undefined) return 1;
    const timeoutMs = wait * 1000;
    const size = io.flavour === "busybox" ? 46 : 60;
    yield* io.out(`traceroute to ${host} (${address}), ${most} hops max, ${size} byte packets\n`);
    for (let ttl = 1; ttl <= most; ttl++) {
      yield* io.out(String(ttl).padStart(2));
      let shown = "";
      let over = false;
      for (let probe = 0; probe < probes; probe++) {
        const { kind, from, latencyMs } = yield* echo(address, { ttl, timeoutMs });
        if (kind === "silence") {
          yield* io.out(shown === "" && probe === 0 ? "  *" : " *");
          continue;
        }
        const who = from === shown ? "" : `  ${from}${io.has("n") ? "" : ` (${from})`}`;
        yield* io.out(`${who}  ${shownTime(latencyMs).toFixed(3)} ms${REFUSALS[kind] ?? ""}`);
        shown = from;
        over ||= kind !== "exceeded";
      }
      yield* io.out("\n");
      if (over) return 0;
    }
    return 0;
  },
});
