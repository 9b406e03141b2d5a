/** Why a Gateway doesn't take a route, and the smallest thing that lets it. */
import { keyOf } from "../api/meta/object.ts";
import { isParent } from "../network/gateway/attachment.ts";
import type { Verdict } from "../network/gateway/attachment.ts";
import type { Gateway, HttpRoute, Listener } from "../network/gateway/kinds.ts";
import { kindsOf } from "../network/gateway/listeners.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import { nearest } from "./nearest.ts";
import { inNamespace } from "./service-trouble.ts";

export function explainRefusedRoute(gateway: Gateway, route: HttpRoute, refusal: Verdict): Explanation {
  const { reason = "", message = "" } = refusal;
  const values = { route: keyOf(route), gateway: keyOf(gateway), reason, message };
  switch (reason) {
    case "NoMatchingParent":
      return otherSection(gateway, route, values);
    case "NotAllowedByListeners":
      return allow(gateway, route, values);
    case "NoMatchingListenerHostname": {
      const hosts = gateway.spec.listeners.map(({ hostname = "any" }) => hostname).join(", ");
      return found({ cause: "route-refused", change: "route-hostnames" }, { ...values, hosts });
    }
    default:
      return found({ cause: "route-refused", change: "route-refused" }, values);
  }
}

type Values = Explanation["cause"]["values"];

function patched(kind: string, { name, namespace = "" }: HttpRoute["metadata"], patch: object): string {
  return `kubectl patch ${kind} ${name}${inNamespace(namespace)} --type=json -p '${JSON.stringify([patch])}'`;
}

/** A listener of another name than the one that there is. */
function otherSection(gateway: Gateway, route: HttpRoute, values: Values): Explanation {
  const names = gateway.spec.listeners.map(({ name }) => name);
  const at = (route.spec.parentRefs ?? []).findIndex(
    (ref) => isParent(gateway, route, ref) && ref.sectionName !== undefined && !names.includes(ref.sectionName),
  );
  const meant = at < 0 ? undefined : (nearest(route.spec.parentRefs?.[at]?.sectionName ?? "", names) ?? names[0]);
  if (meant === undefined) return found({ cause: "route-refused", change: "route-refused" }, values);
  const path = `/spec/parentRefs/${at}/sectionName`;
  const kind = (route.kind ?? "HTTPRoute").toLowerCase();
  const command = patched(kind, route.metadata, { op: "replace", path, value: meant });
  return found({ cause: "route-refused", change: "route-parent" }, { ...values, meant }, { command });
}

/** The listener that it names lets no route of its kind in, or none of its namespace. */
function allow(gateway: Gateway, route: HttpRoute, values: Values): Explanation {
  const { listeners } = gateway.spec;
  const refs = (route.spec.parentRefs ?? []).filter((ref) => isParent(gateway, route, ref));
  const fits = ({ name, port }: Listener): boolean =>
    refs.some((ref) => (ref.sectionName ?? name) === name && (ref.port ?? port) === port);
  const at = listeners.findIndex(fits);
  const listener = listeners[at];
  if (listener === undefined) return found({ cause: "route-refused", change: "route-refused" }, values);
  const more = { ...values, listener: listener.name, namespace: route.metadata.namespace ?? "" };
  if (!kindsOf(listener).kinds.some((kind) => kind === (route.kind ?? "HTTPRoute")))
    return found({ cause: "route-refused", change: "listener-kinds" }, { ...more, kind: route.kind ?? "HTTPRoute" });
  const { from = "Same", selector } = listener.allowedRoutes?.namespaces ?? {};
  const labels = Object.entries(selector?.matchLabels ?? {});
  if (from === "Selector" && labels.length > 0 && (selector?.matchExpressions ?? []).length === 0) {
    const words = labels.map(([key, value]) => `${key}=${value}`).join(" ");
    const command = `kubectl label namespace ${more.namespace} ${words}`;
    return found({ cause: "route-refused", change: "label-namespace" }, { ...more, labels: words }, { command });
  }
  const path = `/spec/listeners/${at}/allowedRoutes/namespaces`;
  const command = patched("gateway", gateway.metadata, { op: "replace", path, value: { from: "All" } });
  return found({ cause: "route-refused", change: "listener-namespaces" }, more, { command });
}
