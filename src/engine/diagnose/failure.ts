/** Why a request got no answer: the hop that ended it, as the network decided it, and the smallest thing to change. */
import { denial } from "../network/trace.ts";
import type { Failure } from "../network/trace.ts";
import { explainAddress } from "./address-trouble.ts";
import type { Asked } from "./asked.ts";
import type { Explanation, Finding } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainFilter } from "./filter-trouble.ts";
import { explainListener } from "./gateway-listener.ts";
import { explainEntry } from "./ingress-entry.ts";
import { explainName } from "./name-trouble.ts";
import { explainPolicy } from "./policy-trouble.ts";
import { explainDeadProxy, explainEndpointsBehind } from "./proxy-trouble.ts";
import { explainService, explainTargetPort, openPorts } from "./service-trouble.ts";

/** With `facts` the objects behind the network's decision are looked at too: which label, port or name was meant. */
export function explainFailure(failure: Failure, facts?: ClusterFacts, asked?: Asked): Explanation {
  const coarse = explain(failure, failure.hops.at(-1)?.at ?? failure.trace.from.name);
  return (facts === undefined ? undefined : refine(failure, coarse, { facts, asked })) ?? coarse;
}

function explain(failure: Failure, at: string): Explanation {
  const { trace, errno, why } = failure;
  const values = { at, url: trace.url, port: trace.port ?? 0, why };
  const answer = (cause: string, change: string, more: Finding["values"] = {}): Explanation => ({
    cause: { key: `exchange.${cause}`, values: { ...values, ...more } },
    change: { key: `change.${change}`, values: { ...values, ...more } },
  });
  const { resolution, rule, endpoint, to } = trace;
  const filter = trace.filter ?? resolution?.asked?.query.trace.filter;
  if (filter !== undefined) return explainFilter(filter);
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
    const listening = { listening: [...openPorts(to.namespace).keys()].join(", ") };
    return rule === undefined
      ? answer("nothing-listens", "use-port", listening)
      : answer("nothing-listens", "target-port", { ...listening, service: rule.service });
  }
  if (errno === "EPROTO") return answer("speaks-plainly", "ask-http", { port: trace.port });
  if (to !== undefined) return answer("no-answer", "look-at-logs");
  if (rule !== undefined && trace.proxy?.proxyRunning === false && why.startsWith("no pod on"))
    return answer("old-rules", "proxy-there", { service: rule.service, node: trace.proxy.name });
  return answer(...unreachable(why));
}

/** Where no packet arrived the network has said why, in one of these ways. Upstream has no words for it. */
const UNREACHABLE: readonly [pattern: RegExp, cause: string, change: string][] = [
  [/power is off/, "no-power", "power-on"],
  [/^the link between/, "link-fault", "mend-link"],
  [/no route from outside/, "inside-only", "node-port-or-forward"],
  [/no service has/, "no-service-there", "service-port"],
  [/^no pod on/, "no-pod-there", "use-service"],
];

function unreachable(why: string): [cause: string, change: string] {
  const found = UNREACHABLE.find(([pattern]) => pattern.test(why));
  return found === undefined ? ["nobody-there", "check-address"] : [found[1], found[2]];
}

/** The same with a look at the objects; undefined when they have nothing to add. */
function refine(
  failure: Failure,
  coarse: Explanation,
  { facts, asked }: { facts: ClusterFacts; asked: Asked | undefined },
): Explanation | undefined {
  const { trace } = failure;
  const values = coarse.cause.values;
  const listener = explainListener(failure, facts);
  if (listener !== undefined) return listener;
  switch (coarse.cause.key) {
    case "exchange.policy-denies":
    case "exchange.policy-denies-names":
      return explainPolicy(failure, coarse, facts);
    case "exchange.no-such-name":
    case "exchange.no-name-server":
      return explainEntry(failure, facts) ?? explainName(failure, facts, asked?.from);
    case "exchange.no-ready-endpoints":
    case "exchange.no-local-endpoint": {
      const service = String(values["service"]);
      return (
        explainService(service, { facts, trace }) ??
        explainDeadProxy(service, trace.proxy, facts) ??
        explainEndpointsBehind(service, facts)
      );
    }
    case "exchange.old-rules":
      return explainDeadProxy(String(values["service"]), trace.proxy, facts);
    case "exchange.nothing-listens":
      return trace.rule === undefined
        ? (explainEntry(failure, facts) ?? explainAddress(failure, facts))
        : explainTargetPort(trace.rule.service, { facts, trace });
    case "exchange.link-fault":
      return mendLink(failure, coarse);
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

/** `the link between worker-1 and worker-2 is cut`: between which, and how it ends. */
function mendLink({ why }: Failure, { cause, change }: Explanation): Explanation | undefined {
  const [, from = "", to = ""] = /^the link between (\S+) and (\S+)/.exec(why) ?? [];
  const values = { ...cause.values, from, to };
  const command = `drydock link ${from === "outside" ? to : `${from} ${to}`} mend`;
  return { cause: { ...cause, values }, change: { ...change, values }, mend: { command } };
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
