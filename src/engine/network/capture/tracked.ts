/**
 * The connections that a node's kernel remembers: those that are open, and what the last exchanges left. Upstream:
 * nf_conntrack and its time-outs.
 *
 * **Simplified:** of requests whose answers come later the node thinks that they are over; a stream of datagrams is never
 * assured.
 */
import type { TrackedConnection, TrackedTuple } from "../../base/tracked-connections.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import { End } from "../tcp-connection.ts";
import { Failure } from "../trace.ts";
import type { Trace } from "../trace.ts";
import { UdpSocket } from "../udp-socket.ts";
import type { RecentFlow } from "./recent-flows.ts";
import { RETRIES } from "./tell-exchange.ts";
import { wayOf } from "./way.ts";
import type { Ends } from "./way.ts";

/** net.netfilter.nf_conntrack_{tcp,udp}_timeout_*, in seconds. */
const ESTABLISHED = 432_000;
const TIME_WAIT = 120;
const SYN_SENT = 120;
const CLOSE = 10;
const UDP = 30;

interface Flow {
  readonly trace: Trace;
  readonly failure: Failure | undefined;
  readonly clientPort: number;
  readonly state: string;
  readonly replied: boolean;
  /** When something of it last passed. */
  readonly at: number;
  /** When it will be forgotten. */
  readonly until: number;
}

export function trackedAt(fabric: Fabric, node: NodeNetwork): TrackedConnection[] {
  const { now } = fabric.sim;
  const open = [...openFlows(fabric)];
  const seen = new Map(fabric.recent.of(node).map((flow) => [flow.trace, recent(fabric, flow)]));
  for (const { trace } of open) seen.delete(trace);
  return [...open, ...seen.values()].flatMap((flow) => {
    const timeout = Math.floor((flow.until - now) / 1000);
    const isKnown = flow.until > now && flow.at >= node.poweredAt;
    const tuples = isKnown ? tuplesAt(fabric, node, flow) : undefined;
    if (tuples === undefined) return [];
    const { state, replied, trace } = flow;
    const protocol = trace.protocol === "UDP" ? "udp" : "tcp";
    const assured = state === "ESTABLISHED" || state === "TIME_WAIT";
    return [{ protocol, timeout, state, ...tuples, replied, assured } as const];
  });
}

function* openFlows({ stations, sim }: Fabric): Generator<Flow> {
  for (const [address, { namespace, address: first }] of stations) {
    if (address !== first) continue;
    for (const end of namespace.openEnds()) {
      if (end instanceof End && end.isClient) {
        const { trace, clientPort } = end.ends;
        const at = Math.min(end.usedAt, sim.now);
        const until = at + ESTABLISHED * 1000 - 1;
        yield { trace, failure: undefined, clientPort, state: "ESTABLISHED", replied: true, at, until };
      } else if (end instanceof UdpSocket && end.flow !== undefined) {
        const { trace, until } = end.flow;
        const { localPort: clientPort, heard: replied } = end;
        yield { trace, failure: undefined, clientPort, state: "", replied, at: until - UDP * 1000, until };
      }
    }
  }
}

function recent({ taps, sim }: Fabric, { trace, errno, at }: RecentFlow): Flow {
  const clientPort = taps.portOf(trace);
  const failure = errno === undefined ? undefined : new Failure(trace, errno, trace.url);
  const begun = at + (trace.resolution?.latencyMs ?? 0);
  const over = at + trace.latencyMs;
  const flow = (state: string, until: number, replied = true): Flow => ({
    ...{ trace, failure, clientPort, state, replied, at, until },
  });
  if (trace.protocol === "UDP") return flow("", begun + UDP * 1000, errno === undefined);
  if (errno === "ECONNREFUSED" || errno === "ECONNRESET") return flow("CLOSE", over + CLOSE * 1000);
  if (errno === "ETIMEDOUT" && trace.to === undefined) {
    const last = RETRIES.findLast((later) => begun + later <= sim.now && begun + later < over) ?? 0;
    return flow("SYN_SENT", begun + last + SYN_SENT * 1000, false);
  }
  return sim.now < over
    ? flow("ESTABLISHED", sim.now + ESTABLISHED * 1000 - 1)
    : flow("TIME_WAIT", over + TIME_WAIT * 1000);
}

/** Undefined where its packets don't come through. */
function tuplesAt(
  fabric: Fabric,
  node: NodeNetwork,
  { trace, failure, clientPort }: Flow,
): { original: TrackedTuple; reply: TrackedTuple } | undefined {
  const { sights, endsAt, before, after, translator } = wayOf(fabric, trace, failure);
  if (endsAt === node || !sights.some(({ station }) => station === node.host)) return undefined;
  const passed = translator !== node && sights.find(({ station }) => station === node.host)?.ends === after;
  const [from, to] = [passed ? after : before, translator === node || passed ? after : before];
  return { original: tuple(from, clientPort), reply: turned(tuple(to, clientPort)) };
}

function tuple({ client, server, serverPort }: Ends, clientPort: number): TrackedTuple {
  return { source: client, destination: server, sourcePort: clientPort, destinationPort: serverPort };
}

function turned({ source, destination, sourcePort, destinationPort }: TrackedTuple): TrackedTuple {
  return { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
}
