import { SystemError } from "../../base/program.ts";
import type { EchoReply } from "../../base/program.ts";
import type { NamespaceSockets } from "../../base/sockets.ts";
import type { Call } from "../../base/syscalls.ts";
import { echo, resolve, sleep, trap, signals } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";

/** What iputils calls the refusals that it shows and busybox leaves out. */
const REFUSALS: Partial<Record<EchoReply["kind"], string>> = {
  exceeded: "Time to live exceeded",
  "host-unreachable": "Destination Host Unreachable",
  "port-unreachable": "Destination Port Unreachable",
};

const ICMP_HEADER = 8;
/** Those of IP and of ICMP. */
const HEADERS = 28;

/** What was sent and what came back. */
interface Tally {
  sent: number;
  times: number[];
  refused: number;
}

/** What its numbers are when nobody says, and at least and at most. */
const NUMBERS = {
  c: [Infinity, 1, Infinity],
  i: [1, 0, Infinity],
  s: [56, 0, 65_507],
  t: [64, 1, 255],
  W: [1, 0, Infinity],
  w: [Infinity, 0, Infinity],
} satisfies NumberOptions;

/** busybox' ping, and that of iputils. Simplified: who answers is shown by its address, whatever its name. */
export const ping = defineCommand({
  name: "ping",
  usage:
    "Usage: ping [-46q] [-c COUNT] [-i SECONDS] [-w SECONDS] [-W SECONDS] [-s SIZE] [-t TTL] [-q] HOST\n\nSend ICMP ECHO_REQUESTs to HOST",
  options: { flags: "q46n", values: "ciWwst" },
  badUsageStatus: 2,
  *run(io) {
    const [host] = io.operands;
    if (host === undefined) return yield* io.misuse("usage error: Destination address required", 2);
    const iputils = io.flavour !== "busybox";
    const numbers = yield* numbersOf(io, NUMBERS);
    if (numbers === undefined) return 1;
    const { c: count, i: seconds, s: size, t: ttl, W: wait, w: most } = numbers;
    const address = yield* addressOf(io, host);
    if (address === undefined) return iputils ? 2 : 1;
    // However short, it takes time: a host that answers at once would be asked forever in one instant.
    const pause = Math.max(1, Math.round(seconds * 1000));
    const began = io.ctx.now();
    const deadline = began + most * 1000;
    yield* trap("SIGINT", "queue");
    yield* io.out(
      `PING ${host}${iputils && address.includes(":") ? `(${address}) ${size} data bytes` : ` (${address})${iputils ? ` ${size}(${size + HEADERS}) bytes of data.` : `: ${size} data bytes`}`}\n`,
    );
    const tally: Tally = { sent: 0, times: [], refused: 0 };
    while (tally.sent < count && io.ctx.now() < deadline) {
      const at = io.ctx.now();
      const reply = yield* echo(address, { ttl, timeoutMs: Math.round(wait * 1000) });
      yield* show(io, reply, { tally, size });
      tally.sent++;
      if (tally.sent < count) yield* sleep(Math.max(0, Math.min(at + pause, deadline) - io.ctx.now()));
      if ((yield* signals()).length > 0) break;
    }
    yield* io.out(summary(host, tally, iputils ? io.ctx.now() - began : undefined));
    return tally.times.length > 0 ? 0 : 1;
  },
});

/** By an option's letter: what it is when nobody says, and what it is at least and at most. */
export type NumberOptions = Readonly<Record<string, readonly [usual: number, least: number, most: number]>>;

/** The numbers of a command line; undefined, and said so, when one can't be. */
export function* numbersOf<Options extends NumberOptions>(
  io: CommandIo,
  options: Options,
): Call<Record<keyof Options, number> | undefined> {
  const found: Record<string, number> = {};
  for (const [letter, [usual, least, most]] of Object.entries(options)) {
    const text = io.value(letter);
    const value = text === undefined ? usual : text.trim() === "" ? Number.NaN : Number(text);
    if (!(value >= least && value <= most)) {
      yield* io.complain(`invalid ${io.flavour === "busybox" ? "number" : "argument:"} '${text ?? ""}'`);
      return undefined;
    }
    found[letter] = value;
  }
  return found as Record<keyof Options, number>;
}

/** The host's address, of the family that -4 or -6 asks for; undefined, and said so, when it has none or no way leads there. */
export function* addressOf(io: CommandIo, host: string): Call<string | undefined> {
  const busybox = io.flavour === "busybox";
  const wanted = (address: string): boolean => (address.includes(":") ? !io.has("4") : !io.has("6"));
  const literal = /^[\d.]+$/.test(host) || host.includes(":");
  try {
    const known = literal ? [host] : (yield* resolve(host)).filter(wanted);
    const address = busybox ? firstOfIPv4(known) : known[0];
    if (address !== undefined && wanted(address)) {
      if (!address.includes(":") || address === "::1" || (yield* hasIPv6())) return address;
      yield* io.complain(`${busybox ? "sendto" : "connect"}: Network is unreachable`);
      return undefined;
    }
    yield* io.complain(busybox ? `bad address '${host}'` : `${host}: Address family for hostname not supported`);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.complain(busybox ? `bad address '${host}'` : `${host}: Name or service not known`);
  }
  return undefined;
}

function* hasIPv6(): Call<boolean> {
  const { addresses } = (yield { call: "sockets" }) as NamespaceSockets;
  return addresses.some((each) => each.includes(":"));
}

/** As virtual time has it; the thousandths keep an answer within the same machine from taking none. */
export function shownTime(latencyMs: number): number {
  return latencyMs + 0.05;
}

function* show(io: CommandIo, reply: EchoReply, { tally, size }: { tally: Tally; size: number }): Call<void> {
  const iputils = io.flavour !== "busybox";
  const { kind, from, ttl } = reply;
  const number = iputils ? `icmp_seq=${tally.sent + 1}` : `seq=${tally.sent}`;
  if (kind === "echo") {
    const time = shownTime(reply.latencyMs);
    tally.times.push(time);
    if (!io.has("q"))
      yield* io.out(`${size + ICMP_HEADER} bytes from ${from}: ${number} ttl=${ttl} time=${time.toFixed(3)} ms\n`);
    return;
  }
  const refusal = REFUSALS[kind];
  if (refusal === undefined) return;
  tally.refused++;
  if (iputils && !io.has("q")) yield* io.out(`From ${from} ${number} ${refusal}\n`);
}

/** `took`: milliseconds in all, which only iputils tells. */
function summary(host: string, { sent, times, refused }: Tally, took: number | undefined): string {
  const received = times.length;
  const lost = sent === 0 ? 0 : Math.round(((sent - received) / sent) * 100);
  const head = `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received}`;
  const average = times.reduce((sum, time) => sum + time, 0) / received;
  const spread = Math.sqrt(times.reduce((sum, time) => sum + (time - average) ** 2, 0) / received);
  const round = [Math.min(...times), average, Math.max(...times)].map((time) => time.toFixed(3)).join("/");
  if (took === undefined) {
    const tail = received > 0 ? `round-trip min/avg/max = ${round} ms\n` : "";
    return `${head} packets received, ${lost}% packet loss\n${tail}`;
  }
  const errors = refused > 0 ? `, +${refused} errors` : "";
  const tail = received > 0 ? `rtt min/avg/max/mdev = ${round}/${spread.toFixed(3)} ms` : "";
  return `${head} received${errors}, ${lost}% packet loss, time ${took}ms\n${tail}\n`;
}
