/** What passes for a question to a name server and its answer. */
import type { DnsQuestion } from "../../base/dns.ts";
import { messageSize } from "../dns/message-size.ts";
import type { Fabric } from "../fabric.ts";
import type { TracedQuery } from "../query.ts";
import { Conversation } from "./conversation.ts";
import { tellRefusal, unreachable } from "./tell-icmp.ts";
import { tellAttempt } from "./tell-exchange.ts";
import { wayOf } from "./way.ts";

/** Before each message over TCP. */
const LENGTH_BYTES = 2;

/** `after`: milliseconds from now until the question leaves. */
export function tellQuery(
  fabric: Fabric,
  { trace, message, failure, latencyMs }: TracedQuery,
  { question, after }: { question: DnsQuestion; after: number },
): void {
  const { taps, sim } = fabric;
  const way = wayOf(fabric, trace, failure);
  if (!taps.hears(way.sights)) return;
  const port = taps.portOf(trace);
  const start = sim.now + after;
  const oneWay = trace.roundTripMs / 2;
  if (trace.protocol === "TCP") {
    if (!way.whole && failure !== undefined) return tellAttempt(fabric, failure, { port, start });
    const conversation = new Conversation(taps, { way, clientPort: port, oneWay, now: sim.now });
    if (failure?.errno === "ECONNREFUSED") {
      conversation.begin(start);
      return conversation.refuse(start);
    }
    conversation.say("client", conversation.open(start), { bytes: messageSize(question) + LENGTH_BYTES });
    if (message === undefined) return;
    const heard = conversation.say("server", start + latencyMs - oneWay, {
      bytes: messageSize(question, message) + LENGTH_BYTES,
    });
    return conversation.close("client", heard);
  }
  const id = (port * 40_503) % 65_536;
  const send = (side: "client" | "server", at: number, length: number): void =>
    taps.pass(way.sights, { side, at, oneWay }, ({ ends }) => ({
      kind: "udp",
      sourcePort: side === "client" ? port : ends.serverPort,
      destinationPort: side === "client" ? ends.serverPort : port,
      length,
      dns: { id, question, ...(side === "server" && message !== undefined && { message }) },
    }));
  send("client", start, messageSize(question));
  if (message !== undefined) send("server", start + latencyMs - oneWay, messageSize(question, message));
  else if (failure !== undefined && failure.errno !== "ETIMEDOUT") {
    const datagram = messageSize(question);
    if (!way.whole) return tellRefusal(fabric, failure, { way, start, datagram });
    tellClosedPort(fabric, { way, start: start + oneWay, oneWay, datagram });
  }
}

/** A machine that nobody listens at says so by itself. */
export function tellClosedPort(
  { taps }: Fabric,
  {
    way,
    start,
    oneWay,
    datagram,
  }: { way: ReturnType<typeof wayOf>; start: number; oneWay: number; /** Bytes that came. */ datagram: number },
): void {
  taps.pass(way.sights, { side: "server", at: start, oneWay }, ({ ends }) =>
    unreachable({ host: ends.server, port: `udp port ${ends.serverPort}`, datagram }),
  );
}
