/** Which routes a Gateway's listeners take, and what its status and theirs say of that. */
import type { Condition, Namespace, Secret, Service } from "../../api/generated/types.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import type { BackendRef, Gateway, HttpRoute, Listener, ParentRef, ReferenceGrant } from "./kinds.ts";
import { GROUP } from "./kinds.ts";
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

/** The routes of one listener. */
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
    const accepted =
      fitting.length === 0
        ? verdict("Accepted", false, "NoMatchingParent", "No listener of the Gateway fits the parent reference")
        : allowed.length === 0
          ? verdict("Accepted", false, "NotAllowedByListeners", "No listener allows routes of this namespace")
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
  for (const { backendRefs = [] } of route.spec.rules ?? []) {
    for (const ref of backendRefs) {
      const { kind = "Service", group = "" } = ref;
      if (kind !== "Service" || group !== "")
        return verdict("ResolvedRefs", false, "InvalidKind", `Backends of kind ${kind} are not supported`);
      if (!permits(route, ref, facts)) {
        return verdict(
          "ResolvedRefs",
          false,
          "RefNotPermitted",
          `No ReferenceGrant allows backend ${ref.namespace}/${ref.name}`,
        );
      }
      const key = `${ref.namespace ?? route.metadata.namespace}/${ref.name}`;
      if (facts.service(key) === undefined)
        return verdict("ResolvedRefs", false, "BackendNotFound", `Service ${key} not found`);
    }
  }
  return verdict("ResolvedRefs", true, "ResolvedRefs", "All references are resolved");
}

/** Backends of another namespace need its consent. */
export function permits(route: HttpRoute, ref: BackendRef, facts: Pick<GatewayFacts, "grants">): boolean {
  const own = route.metadata.namespace ?? "";
  const other = ref.namespace ?? own;
  if (other === own) return true;
  return facts.grants.some(
    ({ metadata, spec }) =>
      metadata.namespace === other &&
      spec.from.some(({ group, kind, namespace }) => group === GROUP && kind === "HTTPRoute" && namespace === own) &&
      spec.to.some(({ group, kind, name }) => group === "" && kind === "Service" && (name ?? ref.name) === ref.name),
  );
}

/** A listener's certificate as PEM, or what its status says in place of one. */
export function certificateOf(
  gateway: Gateway,
  listener: Listener,
  facts: GatewayFacts,
): { pem?: string; trouble?: string } {
  if (listener.protocol !== "HTTPS") return {};
  const [ref] = listener.tls?.certificateRefs ?? [];
  if (ref === undefined) return { trouble: "the listener names no certificate" };
  const key = `${ref.namespace ?? gateway.metadata.namespace}/${ref.name}`;
  const data = facts.secret(key)?.data?.["tls.crt"];
  return data === undefined ? { trouble: `secret ${key} not found` } : { pem: data };
}
