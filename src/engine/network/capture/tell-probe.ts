/** What passes for a kubelet's probe by HTTP or TCP, which goes straight to who listens on its node. */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { isLoopback, parseAddress } from "../address.ts";
import type { NodeNetwork } from "../node-network.ts";
import { Answer, createTrace, Failure } from "../trace.ts";
import { Conversation } from "./conversation.ts";
import { tellAttempt, tellExchange } from "./tell-exchange.ts";
import { wayOf } from "./way.ts";

/** `answer`: of HTTP; `true`: the connection was taken, and that was all; undefined: nobody listens. */
export function tellProbe(
  { fabric, host }: NodeNetwork,
  to: { address: string; port: number; request?: ServedRequest },
  answer: ServedResponse | true | undefined,
): void {
  const { taps, sim } = fabric;
  if (!taps.active) return;
  const { port, request } = to;
  const { scheme = "tcp", path = "", query = "" } = request ?? {};
  const address = to.address === "localhost" ? "127.0.0.1" : to.address;
  const place = address.includes(":") ? `[${address}]` : address;
  const url = `${scheme}://${place}:${port}${path}${query === "" ? "" : `?${query}`}`;
  const trace = createTrace(host, { url, protocol: "TCP", port });
  trace.address = parseAddress(address);
  const station = isLoopback(trace.address) ? host : fabric.stations.get(trace.address);
  if (station === undefined) return;
  trace.to = station;
  const way = wayOf(fabric, trace, undefined);
  if (!taps.hears(way.sights)) return;
  if (answer === undefined) {
    return tellAttempt(fabric, new Failure(trace, "ECONNREFUSED", url), { port: taps.portOf(trace), start: sim.now });
  }
  if (answer === true || request === undefined) {
    const conversation = new Conversation(taps, { way, clientPort: taps.portOf(trace), oneWay: 0, now: sim.now });
    return conversation.close("client", conversation.open(sim.now));
  }
  const { method, headers, body } = request;
  const asked = { method, url, headers: { ...headers }, body };
  // What comes later is not followed: the question alone is shown.
  const waits = answer.hangs === true || answer.later !== undefined;
  trace.latencyMs = waits ? Infinity : (answer.delayMs ?? 1);
  tellExchange(fabric, waits ? new Failure(trace, "ETIMEDOUT", url) : new Answer(trace, answer), asked);
}
