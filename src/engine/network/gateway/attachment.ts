/** Which routes a Gateway's listeners take, and what its status and theirs say of that. */
import type { Condition, Namespace, Secret, Service } from "../../api/generated/types.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { decodeBase64 } from "../../base/base64.ts";
import { decodePem } from "../../base/x509/pem.ts";
import type { BackendRef, Gateway, HttpRoute, Listener, ParentRef, ReferenceGrant, RouteKind } from "./kinds.ts";
import { GROUP, ROUTE_KINDS } from "./kinds.ts";
import { commonHostnames } from "./route-match.ts";
import type { AttachedRoute } from "./route-match.ts";

export interface GatewayFacts {
  readonly routes: readonly HttpRoute[];
  readonly grants: readonly ReferenceGrant[];
  namespace(name: string): Namespace | undefined;
  service(key: string): Service | undefined;
  secret(key: string): Secret | undefined;
}

/** Without the times: those come when it is written. */
export type Verdict = Pick<Condition, "type" | "status" | "reason" | "message">;

export interface ParentVerdict {
  readonly parent: ParentRef;
  readonly conditions: readonly Verdict[];
}

export function verdict(type: string, ok: boolean, reason: string, message = ""): Verdict {
  return { type, status: ok ? "True" : "False", reason, message };
}

export function isParent(gateway: Gateway, route: HttpRoute, ref: ParentRef): boolean {
  const { kind = "Gateway", group = GROUP, namespace = route.metadata.namespace } = ref;
  return (
    kind === "Gateway" &&
    group === GROUP &&
    ref.name === gateway.metadata.name &&
    namespace === gateway.metadata.namespace
  );
}

/** The kinds of routes that a listener takes; `wrong`: it asks for one that nobody takes. */
export function kindsOf({ protocol, allowedRoutes }: Listener): { kinds: RouteKind[]; wrong: string | undefined } {
  const all = protocol === "HTTP" || protocol === "HTTPS" ? ROUTE_KINDS : [];
  const asked = allowedRoutes?.kinds ?? [];
  if (asked.length === 0) return { kinds: [...all], wrong: undefined };
  const takes = ({ kind, group = GROUP }: { kind: string; group?: string }): boolean =>
    group === GROUP && all.some((known) => known === kind);
  return {
    kinds: all.filter((known) => asked.some((each) => takes(each) && each.kind === known)),
    wrong: asked.find((each) => !takes(each))?.kind,
  };
}

function kindOf({ kind }: HttpRoute): RouteKind {
  return kind === "GRPCRoute" ? kind : "HTTPRoute";
}

/** What of a route nobody here can do: it is not served then. */
function unsupported({ spec }: HttpRoute): string | undefined {
  for (const { filters = [], backendRefs = [] } of spec.rules ?? []) {
    const all = [...filters, ...backendRefs.flatMap((ref) => ref.filters ?? [])];
    if (all.some(({ type }) => type === "ExtensionRef")) return "Filters of type ExtensionRef are not supported";
  }
  return undefined;
}

/** The routes of one listener. */
export function attached(gateway: Gateway, listener: Listener, facts: GatewayFacts): AttachedRoute[] {
  const found: AttachedRoute[] = [];
  for (const route of facts.routes) {
    if (unsupported(route) !== undefined) continue;
    const names = (route.spec.parentRefs ?? [])
      .filter(
        (ref) => isParent(gateway, route, ref) && fits(listener, ref) && allows(gateway, listener, { route, facts }),
      )
      .flatMap(() => commonHostnames(listener.hostname, route.spec.hostnames));
    if (names.length > 0) found.push({ route, hostnames: names });
  }
  return found;
}

function fits(listener: Listener, ref: ParentRef): boolean {
  return (ref.sectionName ?? listener.name) === listener.name && (ref.port ?? listener.port) === listener.port;
}

function allows(gateway: Gateway, listener: Listener, of: { route: HttpRoute; facts: GatewayFacts }): boolean {
  if (!kindsOf(listener).kinds.includes(kindOf(of.route))) return false;
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  const own = of.route.metadata.namespace ?? "";
  if (from === "All") return true;
  if (from === "Same") return own === gateway.metadata.namespace;
  const labels = of.facts.namespace(own)?.metadata.labels ?? {};
  return from === "Selector" && selector !== undefined && labelSelectorAsSelector(selector).matches(labels);
}

/** What one Gateway says of a route: whether it takes it, and whether its backends are there. */
export function judge(gateway: Gateway, route: HttpRoute, facts: GatewayFacts): ParentVerdict[] {
  const refs = (route.spec.parentRefs ?? []).filter((ref) => isParent(gateway, route, ref));
  return refs.map((parent) => {
    const fitting = gateway.spec.listeners.filter((listener) => fits(listener, parent));
    const allowed = fitting.filter((listener) => allows(gateway, listener, { route, facts }));
    const common = allowed.some(({ hostname }) => commonHostnames(hostname, route.spec.hostnames).length > 0);
    const odd = unsupported(route);
    const accepted =
      odd !== undefined
        ? verdict("Accepted", false, "UnsupportedValue", odd)
        : fitting.length === 0
          ? verdict("Accepted", false, "NoMatchingParent", "No listener of the Gateway fits the parent reference")
          : allowed.length === 0
            ? verdict(
                "Accepted",
                false,
                "NotAllowedByListeners",
                "No listener allows routes of this kind and namespace",
              )
            : common
              ? verdict("Accepted", true, "Accepted", "Route is accepted")
              : verdict(
                  "Accepted",
                  false,
                  "NoMatchingListenerHostname",
                  "No listener has a host name in common with the route",
                );
    return { parent, conditions: [accepted, resolved(route, facts)] };
  });
}

function resolved(route: HttpRoute, facts: GatewayFacts): Verdict {
  for (const { backendRefs = [], filters = [] } of route.spec.rules ?? []) {
    const all = [...filters, ...backendRefs.flatMap((ref) => ref.filters ?? [])];
    for (const ref of [...backendRefs, ...all.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? [])]) {
      const trouble = unresolved(route, ref, facts);
      if (trouble !== undefined) return trouble;
    }
  }
  return verdict("ResolvedRefs", true, "ResolvedRefs", "All references are resolved");
}

/** What is wrong with one reference of a route to a backend, if anything is. */
export function unresolved(
  route: HttpRoute,
  ref: BackendRef,
  facts: Pick<GatewayFacts, "grants" | "service">,
): Verdict | undefined {
  const no = (reason: string, message: string): Verdict => verdict("ResolvedRefs", false, reason, message);
  if (!isService(ref)) return no("InvalidKind", `Backends of kind ${ref.kind} are not supported`);
  const key = `${ref.namespace ?? route.metadata.namespace}/${ref.name}`;
  if (!permits(route, ref, facts)) return no("RefNotPermitted", `No ReferenceGrant allows backend ${key}`);
  return facts.service(key) === undefined ? no("BackendNotFound", `Service ${key} not found`) : undefined;
}

export function isService({ kind = "Service", group = "" }: BackendRef): boolean {
  return kind === "Service" && group === "";
}

/** Backends of another namespace need its consent. */
export function permits(route: HttpRoute, ref: BackendRef, facts: Pick<GatewayFacts, "grants">): boolean {
  const own = route.metadata.namespace ?? "";
  const other = ref.namespace ?? own;
  if (other === own) return true;
  return facts.grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === other &&
      spec.from.some(({ group, kind, namespace }) => group === GROUP && kind === kindOf(route) && namespace === own) &&
      spec.to.some(({ group, kind, name }) => group === "" && kind === "Service" && (name ?? ref.name) === ref.name),
  );
}

/** A listener's certificate as base64, or what its status says in place of one. */
export function certificateOf(
  gateway: Gateway,
  listener: Listener,
  facts: GatewayFacts,
): { pem?: string; trouble?: { reason: string; message: string } } {
  if (listener.protocol !== "HTTPS") return {};
  const reason = "InvalidCertificateRef";
  const [ref] = listener.tls?.certificateRefs ?? [];
  if (ref === undefined) return { trouble: { reason, message: "the listener names no certificate" } };
  const own = gateway.metadata.namespace ?? "";
  const { group = "", kind = "Secret", namespace = own, name } = ref;
  if (group !== "" || kind !== "Secret")
    return { trouble: { reason, message: `certificates of kind ${kind} are not supported` } };
  const key = `${namespace}/${name}`;
  const granted =
    namespace === own ||
    facts.grants.some(
      ({ metadata, spec }) =>
        metadata.namespace === namespace &&
        spec.from.some((from) => from.group === GROUP && from.kind === "Gateway" && from.namespace === own) &&
        spec.to.some((to) => to.group === "" && to.kind === "Secret" && (to.name ?? name) === name),
    );
  if (!granted) {
    return { trouble: { reason: "RefNotPermitted", message: `No ReferenceGrant allows secret ${key}` } };
  }
  const data = facts.secret(key)?.data?.["tls.crt"];
  if (data === undefined) return { trouble: { reason, message: `secret ${key} not found` } };
  return decodePem(decodeBase64(data))?.type !== "CERTIFICATE"
    ? { trouble: { reason, message: `secret ${key} holds no certificate in PEM` } }
    : { pem: data };
}

/** Why two listeners of one Gateway can't both be had: `ProtocolConflict` or `HostnameConflict`. The first one stays. */
export function conflictOf({ spec }: Gateway, listener: Listener): string | undefined {
  const before = spec.listeners.slice(0, spec.listeners.indexOf(listener)).filter(({ port }) => port === listener.port);
  if (before.some(({ protocol }) => protocol !== listener.protocol)) return "ProtocolConflict";
  return before.some(({ hostname = "" }) => hostname === (listener.hostname ?? "")) ? "HostnameConflict" : undefined;
}
