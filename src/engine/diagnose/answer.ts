/**
 * Why a proxy answered an error in a server's place: an ingress controller that knows no such host or has no endpoint to ask,
 * an nginx whose upstream is gone. What a server says for itself is no trouble of the network's.
 */
import type { Ingress } from "../api/generated/types.ts";
import { keyOf } from "../api/meta/object.ts";
import { ingresses, pods, services } from "../api/registry.ts";
import { parseAddress } from "../network/address.ts";
import { findLocation, findServer } from "../network/ingress/routing-table.ts";
import type { Backend, Location, RoutingTable, Server } from "../network/ingress/routing-table.ts";
import { Failure } from "../network/trace.ts";
import type { Answer, Trace } from "../network/trace.ts";
import type { Asked } from "./asked.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import { explainFailure } from "./failure.ts";
import type { ClusterFacts } from "./facts.ts";
import { explainGatewayAnswer, isGatewayPod } from "./gateway-trouble.ts";
import { controllerIn, ingressAt, tableOf } from "./ingress-controllers.ts";
import type { IngressControllerFacts } from "./ingress-controllers.ts";
import { hasHost, hostIn } from "./ingress-entry.ts";
import { backendsOf, explainBackend, explainClass } from "./ingress-trouble.ts";
import { withHost } from "./name-trouble.ts";
import { nearest } from "./nearest.ts";
import { explainRefusal, inNamespace } from "./service-trouble.ts";

export function explainAnswer(answer: Answer, facts: ClusterFacts, asked: Asked | undefined): Explanation | undefined {
  const { response, trace } = answer;
  if (response.status < 400) return undefined;
  const [kind, namespace = "", name = ""] = (trace.to?.name ?? "").split("/");
  const pod = kind === "pod" ? facts.get(pods, namespace, name) : undefined;
  const controller = pod === undefined ? undefined : controllerIn(pod);
  if (controller !== undefined) return new IngressAnswer(answer, { facts, controller, asked }).explain();
  if (pod !== undefined && isGatewayPod(pod)) {
    return explainGatewayAnswer(answer, facts, {
      host: hostOf(trace.url, asked),
      method: asked?.method ?? "GET",
      path: pathOf(trace.url),
      query: /\?([^#]*)/.exec(trace.url)?.[1] ?? "",
      headers: Object.fromEntries(
        Object.entries(asked?.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
      ),
    });
  }
  return response.passed instanceof Failure ? explainFailure(response.passed, facts) : undefined;
}

function hostHeader(asked: Asked | undefined): string | undefined {
  return Object.entries(asked?.headers ?? {}).find(([name]) => name.toLowerCase() === "host")?.[1];
}

/** The host that a server reads from the request, without its port. */
function hostOf(url: string, asked: Asked | undefined): string {
  return (hostHeader(asked) ?? hostIn(url)).toLowerCase().replace(/:\d+$/, "");
}

function pathOf(url: string): string {
  return /^\w+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] || "/";
}

/** One answer of an ingress controller: found out by looking up what it looked up. */
class IngressAnswer {
  private readonly answer: Answer;
  private readonly facts: ClusterFacts;
  private readonly controller: IngressControllerFacts;
  private readonly table: RoutingTable;
  /** As the controller read it: the header, without its port. */
  private readonly host: string;
  /** Whether a header names the host, and not the URL. */
  private readonly named: boolean;
  private readonly path: string;

  constructor(
    answer: Answer,
    { facts, controller, asked }: { facts: ClusterFacts; controller: IngressControllerFacts; asked: Asked | undefined },
  ) {
    const { url } = answer.trace;
    this.answer = answer;
    this.facts = facts;
    this.controller = controller;
    this.table = tableOf(controller, facts);
    this.named = hostHeader(asked) !== undefined;
    this.host = hostOf(url, asked);
    this.path = pathOf(url);
  }

  explain(): Explanation | undefined {
    const { status, passed } = this.answer.response;
    const server = findServer(this.table, this.host);
    const location = findLocation(server, this.path);
    const place = location ?? server.fallback;
    if (passed !== undefined && !(passed instanceof Failure)) return undefined;
    const { url, port } = this.answer.trace;
    if (status === 400 && url.startsWith("http:") && port === Number(this.controller.flags.get("https-port") ?? 443))
      return found({ cause: "plain-http", change: "ask-https" }, { port: String(port) });
    if (place === undefined) return server === this.table.anyHost ? this.unknownHost() : this.unknownPath(server);
    const ingress = ingressAt(place.ingress, this.facts);
    if (ingress === undefined) return undefined;
    if (passed instanceof Failure)
      return this.explainUpstream(passed, { ingress, backends: [place.backend, ...canariesOf(location)] });
    const values = { ingress: place.ingress, host: this.host, path: this.path };
    const { config } = place;
    // Who is refused for another reason has not been asked about: then there is no hop but the controller's own.
    const consulted = status === 500 || (this.answer.response.onward?.() ?? []).length > 1;
    if (config.external !== undefined && consulted && [401, 403, 500].includes(status))
      return found({ cause: "external-auth", change: "external-auth" }, { ...values, url: config.external.url });
    switch (status) {
      case 401:
        return found({ cause: "wants-password", change: "give-password" }, values);
      case 403:
        return found({ cause: "address-refused", change: "source-range" }, { ...values, seen: this.seenAs() });
      case 413: {
        const { bodySize } = config;
        const most = bodySize % 1024 === 0 ? `${bodySize / 1024}k` : `${bodySize} bytes`;
        const { name, namespace } = ingress.metadata;
        const command = `kubectl annotate ingress ${name}${inNamespace(namespace)} --overwrite nginx.ingress.kubernetes.io/proxy-body-size=64m`;
        return found({ cause: "body-too-large", change: "body-size" }, { ...values, most }, { command });
      }
      case 503:
        return this.explainUnavailable(ingress, config.ratePerSecond > 0 || config.connections > 0, values);
      default:
        return undefined;
    }
  }

  /** 503 without a word from behind: no endpoint, one request too many, or no passwords to check against. */
  private explainUnavailable(
    ingress: Ingress,
    limited: boolean,
    values: Record<string, string>,
  ): Explanation | undefined {
    const wrong = backendsOf(ingress)
      .map((place) => explainBackend(ingress, place, this.facts))
      .find((explanation) => explanation !== undefined);
    if (wrong !== undefined) return wrong;
    if (limited) return found({ cause: "too-many-requests", change: "fewer-requests" }, values);
    const secret = ingress.metadata.annotations?.["nginx.ingress.kubernetes.io/auth-secret"];
    return secret === undefined
      ? undefined
      : found({ cause: "auth-secret", change: "auth-secret" }, { ...values, secret });
  }

  /** The backend was asked and did not answer: its port, a policy, a link. */
  private explainUpstream(
    failure: Failure,
    { ingress, backends }: { ingress: Ingress; backends: readonly Backend[] },
  ): Explanation {
    const { to, port } = failure.trace;
    if (failure.errno === "EPROTO") return this.plainBackend(failure, ingress);
    for (const backend of backends) {
      const [namespace = "", name = ""] = (backend.service ?? "").split("/");
      const service = this.facts.get(services, namespace, name);
      if (service === undefined || to === undefined || failure.errno !== "ECONNREFUSED") continue;
      const index = (service.spec.ports ?? []).findIndex(
        (each) => each.name === backend.port || each.port === backend.port,
      );
      const refusal = explainRefusal(service, { facts: this.facts, to, port, index });
      if (refusal !== undefined) return refusal;
    }
    return explainFailure(failure, this.facts);
  }

  /** The controller wants TLS of a backend that has none: `backend-protocol`. */
  private plainBackend({ trace }: Failure, ingress: Ingress): Explanation {
    const { name, namespace } = ingress.metadata;
    const values = { ingress: keyOf(ingress), at: trace.to?.name ?? "", port: String(trace.port) };
    const command = `kubectl annotate ingress ${name}${inNamespace(namespace)} --overwrite nginx.ingress.kubernetes.io/backend-protocol=HTTP`;
    return found({ cause: "backend-plain", change: "backend-protocol" }, values, { command });
  }

  private unknownHost(): Explanation {
    const { facts, controller, host } = this;
    const waiting = facts
      .list(ingresses, "")
      .filter((ingress) => hasHost(ingress, host) || anyHost(ingress))
      .map((ingress) => explainClass(ingress, facts))
      .find((explanation) => explanation !== undefined);
    if (waiting !== undefined) return waiting;
    const hosts = [...this.table.servers.keys()];
    const meant = nearest(host, hosts) ?? hosts[0];
    const byAddress = parseAddress(host) >= 0;
    const { namespace, name } = controller.pod.metadata;
    const values = { host, hosts: hosts.join(", "), meant: meant ?? "", controller: `${namespace}/${name}` };
    if (meant === undefined) return found({ cause: "no-ingress", change: "create-ingress" }, values);
    const { url } = this.answer.trace;
    if (byAddress || this.named) {
      const cause = byAddress ? "host-by-address" : "host-missing";
      return found({ cause, change: "host-header" }, values, { host: meant });
    }
    const better = withHost(url, meant);
    return found({ cause: "host-missing", change: "use-url" }, { ...values, url: better }, { url: better });
  }

  private unknownPath(server: Server): Explanation {
    const { path, host } = this;
    const rules = server.locations.map((location) => `${location.path} (${location.pathType})`).join(", ");
    const known = server.locations.map((location) => location.path);
    const meant = nearest(path, known) ?? known[0];
    const ingress = server.locations.find((location) => location.path === meant)?.ingress ?? "";
    const values = { host, path, rules, ingress };
    if (meant === undefined) return found({ cause: "path-missing", change: "add-path" }, values);
    const [, start = "", rest = ""] = /^(\w+:\/\/[^/?#]*)[^?#]*(.*)$/.exec(this.answer.trace.url) ?? [];
    const url = `${start}${meant}${rest}`;
    return found({ cause: "path-missing", change: "use-url" }, { ...values, url }, { url });
  }

  private seenAs(): string {
    const { seenAs, from }: Trace = this.answer.trace;
    return seenAs ?? from.addressText;
  }
}

function canariesOf(location: Location | undefined): Backend[] {
  return (location?.canaries ?? []).map(({ backend }) => backend);
}

function anyHost({ spec }: Ingress): boolean {
  return spec.defaultBackend !== undefined || (spec.rules ?? []).some(({ host }) => host === undefined);
}
