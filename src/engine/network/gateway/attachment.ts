/** Which routes a Gateway's listeners take, and what its status and theirs say of that. */
import type { Condition, Namespace, Secret, Service } from "../../api/generated/types.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { isGranted } from "./grants.ts";
import { GROUP } from "./kinds.ts";
import type { BackendRef, Gateway, HttpRoute, Listener, ParentRef, ReferenceGrant, RouteKind } from "./kinds.ts";
import { kindsOf } from "./listeners.ts";
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

function kindOf({ kind }: HttpRoute): RouteKind {
  return kind === "GRPCRoute" ? kind : "HTTPRoute";
}

export function isServed({ route }: AttachedRoute): boolean {
  return unsupported(route) === undefined;
}

/** What of a route nobody here can do: it is not served then. */
function unsupported({ spec }: HttpRoute): string | undefined {
  for (const { filters = [], backendRefs = [] } of spec.rules ?? []) {
    const all = [...filters, ...backendRefs.flatMap((ref) => ref.filters ?? [])];
    if (all.some(({ type }) => type === "ExtensionRef")) return "Filters of type ExtensionRef are not supported";
  }
  return undefined;
}

/** The routes of one listener. Those that can't be served count too: see `isServed`. */
export function attached(gateway: Gateway, listener: Listener, facts: GatewayFacts): AttachedRoute[] {
  const found: AttachedRoute[] = [];
  for (const route of facts.routes) {
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
export function permits(route: HttpRoute, ref: BackendRef, { grants }: Pick<GatewayFacts, "grants">): boolean {
  const own = route.metadata.namespace ?? "";
  const from = { kind: kindOf(route), namespace: own };
  return isGranted(grants, { from, to: { kind: "Service", namespace: ref.namespace ?? own, name: ref.name } });
}
