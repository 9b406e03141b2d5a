/** Why a request got no answer: the first hop that failed, as the network decided it, and the smallest thing to change. */
import type { Exchange, Failure } from "../network/trace.ts";
import type { Finding } from "./explanation.ts";

export interface ExchangeFinding {
  /** The station where it ended, as its hop names it: `pod/default/web-1`. */
  at: string;
  /** Which of the exchange's hops that is. */
  hop: number;
  cause: Finding;
  change: Finding;
}

/** undefined when an answer came. */
export function explainExchange(exchange: Exchange): ExchangeFinding | undefined {
  if (exchange.ok) return undefined;
  const hops = exchange.hops;
  const { at } = hops[hops.length - 1] ?? { at: exchange.trace.from.name };
  const [cause, change] = explain(exchange, at);
  return { at, hop: hops.length - 1, cause, change };
}

type Answer = [cause: Finding, change: Finding];

function explain(failure: Failure, at: string): Answer {
  const { trace, errno, why } = failure;
  const values = { at, url: trace.url, port: trace.port ?? 0, why };
  const answer = (cause: string, change: string, more: Finding["values"] = {}): Answer => [
    { key: `exchange.${cause}`, values: { ...values, ...more } },
    { key: `change.${change}`, values: { ...values, ...more } },
  ];
  const { resolution, rule, endpoint, to } = trace;
  if (resolution?.errno !== undefined) {
    const host = { host: resolution.host };
    return resolution.errno === "ENOTFOUND"
      ? answer("no-such-name", "correct-name", host)
      : answer("no-name-server", "start-name-server", host);
  }
  if (rule !== undefined && endpoint === undefined) {
    const service = { service: rule.service };
    return rule.hasEndpoints
      ? answer("no-local-endpoint", "traffic-policy", service)
      : answer("no-ready-endpoints", "ready-pods-or-selector", service);
  }
  if (!trace.from.powered) return answer("no-power", "power-on", { node: trace.from.node?.name ?? "" });
  if (to !== undefined && errno === "ECONNREFUSED") {
    const listening = { listening: [...to.namespace.listeners.keys()].sort((a, b) => a - b).join(", ") };
    return rule === undefined
      ? answer("nothing-listens", "use-port", listening)
      : answer("nothing-listens", "target-port", { ...listening, service: rule.service });
  }
  if (to !== undefined) return answer("no-answer", "look-at-logs");
  return answer(...unreachable(why));
}

/** Where no packet arrived the network has said why, in one of these ways. Upstream has no words for it. */
const UNREACHABLE: readonly [pattern: RegExp, cause: string, change: string][] = [
  [/power is off/, "no-power", "power-on"],
  [/no route from outside/, "inside-only", "node-port-or-forward"],
  [/no service has/, "no-service-there", "service-port"],
  [/^no pod on/, "no-pod-there", "use-service"],
];

function unreachable(why: string): [cause: string, change: string] {
  const found = UNREACHABLE.find(([pattern]) => pattern.test(why));
  return found === undefined ? ["nobody-there", "check-address"] : [found[1], found[2]];
}
