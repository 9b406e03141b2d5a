/** Packets of ICMP: echoes and their answers, and what tells a client that its packet got nowhere. */
import { bridgeOf } from "../bridge.ts";
import { formatAddress } from "../address.ts";
import type { EchoReply } from "../../base/program.ts";
import type { Fabric } from "../fabric.ts";
import type { Failure, Trace } from "../trace.ts";
import { wayOf } from "./way.ts";
import type { WayOf } from "./way.ts";

/** A packet's own head and eight bytes more, as an error carries them. */
const ERROR_BYTES = 36;
const SYN_ERROR_BYTES = 68;
const ECHO_BYTES = 64;

/** Somebody on the way answers in the server's place. */
export function tellRefusal(fabric: Fabric, failure: Failure, { way, start }: { way: WayOf; start: number }): void {
  const { taps, sim } = fabric;
  const { trace, errno } = failure;
  const { endsAt } = way;
  if (endsAt === undefined) return;
  const at = errno === "EHOSTUNREACH" && trace.filter === undefined ? sim.now + failure.latencyMs : start;
  const host = formatAddress(trace.address);
  const udp = trace.protocol === "UDP";
  const back = way.sights.map((sight) => ({ ...sight, ends: { ...sight.ends, server: speaker(trace, way) } }));
  if (/tcp-reset/.test(trace.filter?.rule ?? "")) return;
  const why =
    errno === "EHOSTUNREACH"
      ? `host ${host} unreachable${reasonOf(trace)}`
      : `${host} ${udp ? "udp" : "tcp"} port ${trace.asked} unreachable`;
  const length = udp ? ERROR_BYTES + 20 : SYN_ERROR_BYTES;
  taps.pass(back, { side: "server", at, oneWay: trace.roundTripMs / 2 }, () => ({ kind: "icmp", text: why, length }));
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
    tellRefusal(fabric, failure, { way, start: sim.now });
}
