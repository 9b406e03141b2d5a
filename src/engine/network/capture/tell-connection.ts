/** What passes over connections of TCP and between sockets of UDP. */
import { utf8Encode } from "../../base/base64.ts";
import type { Fabric } from "../fabric.ts";
import type { Ends, Segment } from "../tcp-connection.ts";
import { Failure } from "../trace.ts";
import type { Trace } from "../trace.ts";
import { Conversation } from "./conversation.ts";
import type { Side } from "./conversation.ts";
import { tellAttempt } from "./tell-exchange.ts";
import { tellRefusal } from "./tell-icmp.ts";
import { tellClosedPort } from "./tell-query.ts";
import { wayOf } from "./way.ts";

/** Those that somebody watches, by the way of their first packet. */
const conversations = new WeakMap<Trace, Conversation>();

/** A client connects: it gets an end of the connection, or a failure. */
export function tellConnect(fabric: Fabric, trace: Trace, end: Ends | Failure | undefined): void {
  const { taps, sim } = fabric;
  const failure = end instanceof Failure ? end : undefined;
  if (end === undefined || !taps.hears(wayOf(fabric, trace, failure).sights)) return;
  const start = sim.now + (trace.resolution?.latencyMs ?? 0);
  taps.during(trace, () => {
    if (end instanceof Failure) tellAttempt(fabric, end, { port: taps.portOf(trace), start });
    else conversationOf(fabric, end).open(start);
  });
}

export function tellSegment(fabric: Fabric, ends: Ends, { side, segment }: { side: Side; segment: Segment }): void {
  const { now } = fabric.sim;
  const conversation = conversationOf(fabric, ends);
  if (segment.kind === "data") conversation.say(side, now, segment);
  else if (segment.kind === "reset") conversation.reset(side, now);
  else {
    const heard = conversation.end(side, now);
    conversation.acknowledge(side === "client" ? "server" : "client", heard);
  }
}

function conversationOf(fabric: Fabric, ends: Ends): Conversation {
  const { trace, clientPort, roundTripMs } = ends;
  const known = conversations.get(trace);
  if (known !== undefined) return known;
  const way = wayOf(fabric, trace, undefined);
  const conversation = new Conversation(fabric.taps, { way, clientPort, oneWay: roundTripMs / 2, now: fabric.sim.now });
  conversations.set(trace, conversation);
  return conversation;
}

/** A message between two sockets of UDP, or with `failure` one that comes back. */
export function tellDatagram(
  fabric: Fabric,
  trace: Trace,
  {
    side,
    clientPort,
    data,
    failure,
    closed,
  }: { side: Side; clientPort: number; data: string; failure?: Failure; closed?: true },
): void {
  const { taps, sim } = fabric;
  const way = wayOf(fabric, trace, failure);
  if (!taps.hears(way.sights)) return;
  const oneWay = trace.roundTripMs / 2;
  const { length } = utf8Encode(data);
  taps.pass(way.sights, { side, at: sim.now, oneWay }, ({ ends }) => ({
    kind: "udp",
    sourcePort: side === "client" ? clientPort : ends.serverPort,
    destinationPort: side === "client" ? ends.serverPort : clientPort,
    length,
  }));
  if (failure !== undefined) tellRefusal(fabric, failure, { way, start: sim.now, datagram: length });
  if (closed === true) tellClosedPort(fabric, { way, start: sim.now + oneWay, oneWay, datagram: length });
}
