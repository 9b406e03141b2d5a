/** Why a request got no answer: the first hop that failed, as the network decided it, and the smallest thing to change. */
import { denial } from "../network/trace.ts";
import type { Exchange, Failure } from "../network/trace.ts";
import type { Finding, Mend } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainName } from "./name-trouble.ts";
import { explainPolicy } from "./policy-trouble.ts";
import { explainService, explainTargetPort } from "./service-trouble.ts";
import { explainAddress } from "./address-trouble.ts";

export interface ExchangeFinding {
  /** The station where it ended, as its hop names it: `pod/default/web-1`. */
  at: string;
  /** Which of the exchange's hops that is. */
  hop: number;
  cause: Finding;
  change: Finding;
  /** How to make the change; absent where only a person can know it. */
  mend?: Mend;
}

/** What went wrong, what would mend it, and how. */
export interface Explanation {
  cause: Finding;
  change: Finding;
  mend?: Mend;
}

/**
 * undefined when an answer came. With `facts` the objects behind the network's decision are looked at too: which label,
 * port, name or namespace was meant.
 */
export function explainExchange(exchange: Exchange, facts?: ClusterFacts): ExchangeFinding | undefined {
  if (exchange.ok) return undefined;
  const hops = exchange.hops;
  const { at } = hops[hops.length - 1] ?? { at: exchange.trace.from.name };
  const coarse = explain(exchange, at);
  const fine = facts === undefined ? undefined : refine(exchange, coarse, facts);
  return { at, hop: hops.length - 1, ...(fine ?? coarse) };
}

function explain(failure: Failure, at: string): Explanation {
  const { trace, errno, why } = failure;
  const values = { at, url: trace.url, port: trace.port ?? 0, why };
  const answer = (cause: string, change: string, more: Finding["values"] = {}): Explanation => ({
    cause: { key: `exchange.${cause}`, values: { ...values, ...more } },
    change: { key: `change.${change}`, values: { ...values, ...more } },
  });
  const { resolution, rule, endpoint, to } = trace;
  const denied = denial(trace) ?? resolution?.denied;
  if (denied !== undefined) {
    const { policies, direction, at: pod } = denied;
    const cause = resolution?.denied === undefined ? "policy-denies" : "policy-denies-names";
    return answer(cause, `allow-${direction}`, { pod, policies: policies.join(", "), why: denied.reason });
  }
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
    if (to.namespace.listens(trace.port, trace.protocol)) {
      const address = to.namespace.scope(trace.port, trace.protocol);
      return answer("listens-elsewhere", "listen-everywhere", { pod: to.name, address });
    }
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

/** The same with a look at the objects; undefined when they have nothing to add. */
function refine(failure: Failure, coarse: Explanation, facts: ClusterFacts): Explanation | undefined {
  const { trace } = failure;
  const values = coarse.cause.values;
  switch (coarse.cause.key) {
    case "exchange.policy-denies":
    case "exchange.policy-denies-names":
      return explainPolicy(failure, coarse, facts);
    case "exchange.no-such-name":
    case "exchange.no-name-server":
      return explainName(failure, facts);
    case "exchange.no-ready-endpoints":
    case "exchange.no-local-endpoint":
      return explainService(String(values["service"]), { facts, trace });
    case "exchange.nothing-listens":
      return trace.rule === undefined
        ? explainAddress(failure, facts)
        : explainTargetPort(trace.rule.service, { facts, trace });
    case "exchange.no-power":
      return powerOn(failure, coarse);
    case "exchange.inside-only":
    case "exchange.no-service-there":
    case "exchange.no-pod-there":
    case "exchange.nobody-there":
      return explainAddress(failure, facts);
    default:
      return undefined;
  }
}

function powerOn({ why }: Failure, { cause, change }: Explanation): Explanation | undefined {
  const node = /^(\S+) does not answer/.exec(why)?.[1] ?? String(cause.values["node"] ?? "");
  if (node === "") return undefined;
  const values = { ...cause.values, node };
  return {
    cause: { ...cause, values },
    change: { ...change, values },
    mend: { command: `drydock power on ${node}` },
  };
}
