/** Why a Gateway answered an error: no route for the host, a route that it doesn't take, a backend that isn't there. */
import type { Pod } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { services } from "../api/registry.ts";
import { attached, isServed, judge, unresolved } from "../network/gateway/attachment.ts";
import type { GatewayFacts } from "../network/gateway/attachment.ts";
import { serviceNameOf } from "../network/gateway/gateway-services.ts";
import { GROUP } from "../network/gateway/kinds.ts";
import type { BackendRef, Gateway, HttpRoute } from "../network/gateway/kinds.ts";
import { closest, covers, takeRoute } from "../network/gateway/route-match.ts";
import { Failure } from "../network/trace.ts";
import type { Answer } from "../network/trace.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainFailure } from "./failure.ts";
import { gatewayFacts, grantCommand } from "./gateway-facts.ts";
import { explainRefusedRoute } from "./refused-route.ts";
import { nearest } from "./nearest.ts";
import { explainNoEndpoints, explainRefusal, inNamespace } from "./service-trouble.ts";

const IMAGE = /(?:^|\/)gateway-controller[:@]/;

export interface GatewayAsked {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function isGatewayPod({ spec }: Pod): boolean {
  return spec.containers.some(({ image = "" }) => IMAGE.test(image));
}

export function explainGatewayAnswer(
  answer: Answer,
  facts: ClusterFacts,
  asked: GatewayAsked,
): Explanation | undefined {
  const { passed, status } = answer.response;
  if (passed !== undefined && !(passed instanceof Failure)) return undefined;
  const known = gatewayFacts(facts);
  const all = facts.custom(GROUP, "gateways") as readonly Gateway[];
  const { rule: through } = answer.trace;
  const own = all.filter(({ metadata }) => through?.service.endsWith(`/${serviceNameOf(metadata)}`));
  const gateways = own.length === 0 ? all : own;
  const routes = gateways.flatMap((gateway) => {
    const there = gateway.spec.listeners.filter(({ port }) => own.length === 0 || port === through?.port);
    const listener = closest(there, asked.host);
    return listener === undefined ? [] : attached(gateway, listener, known).filter(isServed);
  });
  const request = { ...asked, body: "", remoteAddress: "", port: 0 };
  const taken = takeRoute(routes, request, asked.host);
  if (taken === undefined) return explainNoRoute(asked, { gateways, all }, known);
  const { route, rule } = taken;
  const refs = rule.backendRefs ?? [];
  if (status === 500 && passed === undefined && refs.every(({ weight = 1 }) => weight === 0))
    return found({ cause: "route-nobody", change: "route-backends" }, { route: keyOf(route), path: taken.prefix });
  for (const ref of refs) {
    const wrong = explainBackendRef(route, ref, { facts, known });
    if (wrong !== undefined) return wrong;
    const service = facts.get(services, ref.namespace ?? route.metadata.namespace ?? "", ref.name);
    const index = (service?.spec.ports ?? []).findIndex(({ port }) => port === ref.port);
    if (service === undefined) continue;
    if (status === 503) {
      const empty = explainNoEndpoints(service, Math.max(index, 0), facts);
      if (empty !== undefined) return empty;
    }
    const to = passed?.trace.to;
    if (passed instanceof Failure && passed.errno === "ECONNREFUSED" && to !== undefined)
      return explainRefusal(service, { facts, to, port: passed.trace.port, index });
  }
  return passed instanceof Failure ? explainFailure(passed, facts) : undefined;
}

/** 404: a route that would take it is refused, or none is for this host, or none for this path. */
function explainNoRoute(
  { host, path }: GatewayAsked,
  { gateways, all }: { gateways: readonly Gateway[]; all: readonly Gateway[] },
  known: GatewayFacts,
): Explanation | undefined {
  const serves = ({ spec }: HttpRoute): boolean =>
    (spec.hostnames ?? []).length === 0 || (spec.hostnames ?? []).some((name) => covers(name, host));
  const meant = known.routes.filter(serves);
  for (const route of meant) {
    for (const gateway of gateways) {
      const refusal = judge(gateway, route, known)
        .flatMap(({ conditions }) => conditions)
        .find(({ type, status }) => type === "Accepted" && status === "False");
      if (refusal === undefined) continue;
      return explainRefusedRoute(gateway, route, refusal);
    }
    const parents = (route.spec.parentRefs ?? []).map(({ name }) => name);
    if (all.some((gateway) => judge(gateway, route, known).length > 0)) continue;
    const names = gateways.map(({ metadata }) => metadata.name);
    const near = nearest(parents[0] ?? "", names) ?? names[0] ?? "";
    const values = { route: keyOf(route), parents: parents.join(", "), gateways: names.join(", "), meant: near };
    const patch = [{ op: "replace", path: "/spec/parentRefs/0/name", value: near }];
    const { name, namespace = "" } = route.metadata;
    const command = `kubectl patch ${(route.kind ?? "HTTPRoute").toLowerCase()} ${name}${inNamespace(namespace)} --type=json -p '${JSON.stringify(patch)}'`;
    return found({ cause: "route-no-parent", change: "route-parent" }, values, { command });
  }
  const route = meant.find((each) => gateways.some((gateway) => judge(gateway, each, known).length > 0));
  if (route === undefined) {
    const hosts = known.routes.flatMap(({ spec }) => spec.hostnames ?? []);
    const other = nearest(host, hosts) ?? hosts[0];
    const values = { host, hosts: hosts.join(", "), meant: other ?? "" };
    if (other === undefined) return found({ cause: "no-route", change: "create-route" }, values);
    return found({ cause: "route-host", change: "host-header" }, values, { host: other });
  }
  const rules = (route.spec.rules ?? [])
    .flatMap(({ matches = [] }) => matches)
    .map((match) => `${match.path?.value ?? "/"} (${match.path?.type ?? "PathPrefix"})`);
  return found(
    { cause: "route-path", change: "route-path" },
    { route: keyOf(route), host, path, rules: rules.join(", ") },
  );
}

/** 500: a backend that is not there, or that another namespace has not granted. */
function explainBackendRef(
  route: HttpRoute,
  ref: BackendRef,
  of: { facts: ClusterFacts; known: GatewayFacts },
): Explanation | undefined {
  const { facts, known } = of;
  const refused = unresolved(route, ref, known);
  if (refused === undefined) return explainPort(route, ref, known);
  const own = route.metadata.namespace ?? "";
  const { namespace = own, name } = ref;
  const kind = route.kind ?? "HTTPRoute";
  const values = { route: keyOf(route), message: refused.message ?? "", service: `${namespace}/${name}`, own };
  if (refused.reason === "RefNotPermitted") {
    const command = grantCommand({ kind, namespace: own }, { kind: "Service", namespace, name });
    return found({ cause: "route-backend", change: "grant" }, { ...values, namespace }, { command });
  }
  if (refused.reason === "InvalidKind") return found({ cause: "route-backend", change: "service-backend" }, values);
  const near = nearest(
    name,
    facts.list(services, namespace).map(({ metadata }) => metadata.name),
  );
  const place = placeOf(route, ref);
  if (near === undefined || place === undefined)
    return found({ cause: "route-backend", change: "create-service" }, values);
  const patch = [{ op: "replace", path: `${place}/name`, value: near }];
  const command = `kubectl patch ${kind.toLowerCase()} ${route.metadata.name}${inNamespace(own)} --type=json -p '${JSON.stringify(patch)}'`;
  return found({ cause: "route-backend", change: "backend" }, { ...values, meant: near }, { command });
}

/** A port that the service hasn't. */
function explainPort(route: HttpRoute, ref: BackendRef, known: GatewayFacts): Explanation | undefined {
  const own = route.metadata.namespace ?? "";
  const service = `${ref.namespace ?? own}/${ref.name}`;
  const ports = known.service(service)?.spec.ports ?? [];
  const [first] = ports;
  if (first === undefined || ports.some(({ port }) => port === ref.port)) return undefined;
  const values = {
    ...{ route: keyOf(route), service, port: String(ref.port ?? ""), meant: String(first.port) },
    ports: ports.map(({ port }) => port).join(", "),
  };
  const place = placeOf(route, ref);
  if (place === undefined) return found({ cause: "route-port", change: "backend-port" }, values);
  const patch = [{ op: "replace", path: `${place}/port`, value: first.port }];
  const kind = (route.kind ?? "HTTPRoute").toLowerCase();
  const command = `kubectl patch ${kind} ${route.metadata.name}${inNamespace(own)} --type=json -p '${JSON.stringify(patch)}'`;
  return found({ cause: "route-port", change: "backend-port" }, values, { command });
}

function placeOf({ spec }: HttpRoute, ref: BackendRef): string | undefined {
  for (const [rule, { backendRefs = [] }] of (spec.rules ?? []).entries()) {
    const at = backendRefs.indexOf(ref as never);
    if (at >= 0) return `/spec/rules/${rule}/backendRefs/${at}`;
  }
  return undefined;
}
