/** Packets of ICMP: echoes and their answers, and what tells a client that its packet got nowhere. */
import { bridgeOf } from "../bridge.ts";
import { formatAddress } from "../address.ts";
import type { Icmp } from "../../base/packets.ts";
import type { EchoReply } from "../../base/program.ts";
import type { Fabric } from "../fabric.ts";
import type { Failure, Trace } from "../trace.ts";
import { wayOf } from "./way.ts";
import type { WayOf } from "./way.ts";

const ICMP_BYTES = 8;
const HEAD_BYTES = { IPv4: 20, IPv6: 40 };
/** With its usual options. */
const SYN_BYTES = 40;
const UDP_BYTES = 8;
const ECHO_BYTES = 64;
/** Linux fills an error up to these many bytes, its own head among them. */
const LONGEST = { IPv4: 576, IPv6: 1280 };

interface Unreachable {
  /** The address that was asked for. */
  readonly host: string;
  /** `udp port 53`; absent: the whole host, and why. */
  readonly port?: string;
  readonly reason?: string;
  /** Bytes that the packet carried; absent: it was a SYN. */
  readonly datagram?: number | undefined;
}

/** An error, which carries the packet that it is about. */
export function unreachable({ host, port, reason = "", datagram }: Unreachable): Icmp {
  const family = host.includes(":") ? "IPv6" : "IPv4";
  const head = HEAD_BYTES[family];
  const packet = head + (datagram === undefined ? SYN_BYTES : UDP_BYTES + datagram);
  const length = ICMP_BYTES + Math.min(packet, LONGEST[family] - head - ICMP_BYTES);
  const what = reason === "" ? "address" : "prohibited";
  const text =
    family === "IPv4"
      ? port === undefined
        ? `host ${host} unreachable${reason}`
        : `${host} ${port} unreachable`
      : `destination unreachable, unreachable ${port === undefined ? `${what} ${host}` : `port, ${host} ${port}`}`;
  return { kind: "icmp", text, length };
}

export interface Refused {
  readonly way: WayOf;
  readonly start: number;
  /** Bytes that a datagram of UDP carries. */
  readonly datagram?: number;
}

/** Somebody on the way answers in the server's place. */
export function tellRefusal(fabric: Fabric, failure: Failure, { way, start, datagram }: Refused): void {
  const { taps, sim } = fabric;
  const { trace, errno } = failure;
  const { endsAt } = way;
  if (endsAt === undefined) return;
  const at = errno === "EHOSTUNREACH" && trace.filter === undefined ? sim.now + failure.latencyMs : start;
  const host = formatAddress(trace.address);
  const back = way.sights.map((sight) => ({ ...sight, ends: { ...sight.ends, server: speaker(trace, way) } }));
  if (/tcp-reset/.test(trace.filter?.rule ?? "")) return;
  const what =
    errno === "EHOSTUNREACH"
      ? { reason: reasonOf(trace) }
      : { port: `${trace.protocol === "UDP" ? "udp" : "tcp"} port ${trace.asked}` };
  const body = unreachable({ host, ...what, datagram });
  taps.pass(back, { side: "server", at, oneWay: trace.roundTripMs / 2 }, () => body);
}

function reasonOf({ filter }: Trace): string {
  if (filter === undefined) return "";
  return /icmp-(host|net)-prohibited/.test(filter.rule)
    ? " - admin prohibited"
    : /admin-prohibited/.test(filter.rule)
      ? " - admin prohibited filter"
      : "";
}

/** The address of the machine that says so, on the side from which the packet came. */
function speaker({ from, address }: Trace, { endsAt }: WayOf): string {
  const inside =
    endsAt !== undefined && from.kind === "pod" && from.node === endsAt ? bridgeOf(endsAt, address) : undefined;
  return inside ?? endsAt?.host.textFor(address) ?? "";
}

/** One echo asked for, and what came back. */
export function tellEcho(
  fabric: Fabric,
  trace: Trace,
  { failure, reply }: { failure: Failure | undefined; reply: EchoReply },
): void {
  const { taps, sim } = fabric;
  const way = wayOf(fabric, trace, failure);
  if (!taps.hears(way.sights)) return;
  const oneWay = trace.roundTripMs / 2;
  const { id, sequence } = taps.echoNumber(trace.from, trace.address);
  const what = `id ${id}, seq ${sequence}`;
  const say = (side: "client" | "server", at: number, text: string, length = ECHO_BYTES): void =>
    taps.pass(way.sights, { side, at, oneWay }, () => ({ kind: "icmp", text, length }));
  say("client", sim.now, `echo request, ${what}`);
  if (reply.kind === "echo") say("server", sim.now + oneWay, `echo reply, ${what}`);
  else if (reply.kind !== "exceeded" && reply.kind !== "silence" && failure !== undefined)
    tellRefusal(fabric, failure, { way, start: sim.now, datagram: ECHO_BYTES - UDP_BYTES });
}
