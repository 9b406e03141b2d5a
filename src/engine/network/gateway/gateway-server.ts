/** How a Gateway's listener answers: the route that takes the request, its filters, a backend by weight. */
import type { HttpRequest } from "../../base/program.ts";
import { parseCertificate } from "../../base/x509/certificate.ts";
import { keyOf } from "../../api/meta/object.ts";
import type { Decision, Exchanged, ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { gatewayStatus, passOn, PROXY_TIMEOUT_MS } from "../../runtime/pass-on.ts";
import { Balancer, endpointsOf } from "../ingress/backends.ts";
import type { IngressObjects } from "../ingress/backends.ts";
import { hostMatches } from "../ingress/path-match.ts";
import type { BackendRef, Filter, HeaderChange, HttpRoute, Mirror, PathChange, Redirect, Rule } from "./kinds.ts";
import { isService } from "./attachment.ts";
import { closest, takeRoute } from "./route-match.ts";
import type { AttachedRoute, Taken } from "./route-match.ts";

export interface GatewayHost {
  /** The controller's pod, as hops name it. */
  readonly station: string;
  readonly objects: IngressObjects;
  random(bound: number): number;
  exchange(request: HttpRequest): Exchanged;
  /** Whether a route may use a backend of another namespace. */
  permits(route: HttpRoute, ref: BackendRef): boolean;
}

export interface ListenerPort {
  /** The port that clients ask for. */
  readonly port: number;
  readonly secure: boolean;
  readonly listeners: readonly ServingListener[];
}

export interface ServingListener {
  /** "" is any; of several that cover a host the one that names it most closely serves it, and no other. */
  readonly hostname: string;
  /** In PEM; none where it doesn't speak TLS. */
  readonly certificates: readonly string[];
  readonly routes: readonly AttachedRoute[];
}

export class GatewayServer {
  private readonly host: GatewayHost;
  private readonly balancer = new Balancer();

  constructor(host: GatewayHost) {
    this.host = host;
  }

  answer(request: ServedRequest, listener: ListenerPort): ServedResponse {
    const name = (request.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
    const own = closest(listener.listeners, name);
    const taken = own === undefined ? undefined : takeRoute(own.routes, request, name);
    const answer = taken === undefined ? plain(404) : this.respond(request, { taken, listener, name });
    const { onward } = answer;
    const hop = (): Decision => ({
      at: this.host.station,
      decision: "route",
      reason:
        taken === undefined
          ? `no route of this listener is for host ${name} and path ${request.path}`
          : `${taken.route.kind ?? "HTTPRoute"} ${keyOf(taken.route)}: path ${taken.prefix}, leads to ${backendsText(taken.rule)}`,
    });
    const response = { ...answer, onward: () => [hop(), ...(onward?.() ?? [])] };
    const certificate = certificateFor((own ?? listener.listeners[0])?.certificates ?? [], name);
    return certificate === undefined ? response : { ...response, certificate };
  }

  private respond(request: ServedRequest, of: { taken: Taken; listener: ListenerPort; name: string }): ServedResponse {
    const { rule } = of.taken;
    const chosen = this.choose(rule.backendRefs ?? []);
    const filters = [...(rule.filters ?? []), ...(chosen?.filters ?? [])];
    const redirect = filters.find(({ requestRedirect }) => requestRedirect !== undefined)?.requestRedirect;
    if (redirect !== undefined) return redirected(request, redirect, of);
    for (const { requestMirror } of filters)
      if (requestMirror !== undefined && this.isMirrored(requestMirror))
        this.send(request, { ref: requestMirror.backendRef, ...of, filters });
    if (chosen === undefined) return plain(500);
    const outcome = this.send(request, { ref: chosen, ...of, filters });
    if (typeof outcome === "number") return plain(outcome);
    return passOn(outcome, {
      answered: (answer) => ({ ...answer, headers: this.responseHeaders(answer.headers ?? {}, filters) }),
      failed: (errno) => plain(gatewayStatus(errno)),
    });
  }

  /** By weight; those of weight 0 get nothing. */
  private choose<T extends BackendRef>(refs: readonly T[]): T | undefined {
    const total = refs.reduce((sum, { weight = 1 }) => sum + weight, 0);
    if (total === 0) return undefined;
    let point = this.host.random(total);
    return refs.find(({ weight = 1 }) => (point -= weight) < 0);
  }

  private isMirrored({ percent, fraction }: Mirror): boolean {
    if (fraction !== undefined) return this.host.random(fraction.denominator ?? 100) < fraction.numerator;
    return percent === undefined || this.host.random(100) < percent;
  }

  /** The status to answer with when the backend can't be asked. */
  private send(
    request: ServedRequest,
    how: { ref: BackendRef; taken: Taken; listener: ListenerPort; name: string; filters: readonly Filter[] },
  ): Exchanged | number {
    const { ref, taken, listener, name, filters } = how;
    const namespace = ref.namespace ?? taken.route.metadata.namespace ?? "";
    const service = `${namespace}/${ref.name}`;
    if (!isService(ref) || !this.host.permits(taken.route, ref) || this.host.objects.service(service) === undefined)
      return 500;
    const port = ref.port ?? 0;
    const endpoints = endpointsOf(this.host.objects, { service, port, name: `${service}:${port}` });
    if (endpoints.length === 0) return 503;
    const endpoint = this.balancer.choose(`${service}:${port}`, endpoints, undefined);
    const rewrite = filters.find(({ urlRewrite }) => urlRewrite !== undefined)?.urlRewrite;
    const path = changedPath(request.path, rewrite?.path, taken.prefix);
    const query = request.query === "" ? "" : `?${request.query}`;
    let headers: Record<string, string> = {
      ...request.headers,
      host: rewrite?.hostname ?? request.headers["host"] ?? name,
      "x-forwarded-for": request.remoteAddress,
      "x-forwarded-proto": listener.secure ? "https" : "http",
    };
    for (const { requestHeaderModifier } of filters) headers = changedHeaders(headers, requestHeaderModifier);
    const { method, body } = request;
    return this.host.exchange({
      method,
      url: `http://${endpoint}${path}${query}`,
      headers,
      body,
      ...timeoutOf(taken.rule),
    });
  }

  private responseHeaders(headers: Record<string, string>, filters: readonly Filter[]): Record<string, string> {
    let changed = headers;
    for (const { responseHeaderModifier } of filters) changed = changedHeaders(changed, responseHeaderModifier);
    return changed;
  }
}

function backendsText({ backendRefs = [] }: Rule): string {
  if (backendRefs.length === 0) return "no backend";
  return backendRefs.map(({ name, port, weight = 1 }) => `${name}:${port ?? ""} (weight ${weight})`).join(", ");
}

/** Of several the one with the longest of the names that mean the host; else the first, as servers have it. */
function certificateFor(certificates: readonly string[], host: string): string | undefined {
  if (certificates.length < 2) return certificates[0];
  let best: { pem: string; length: number } | undefined;
  for (const pem of certificates) {
    for (const name of parseCertificate(pem)?.alternativeNames ?? []) {
      const pattern = name.replace(/^DNS:/, "");
      if (hostMatches(pattern, host) && pattern.length > (best?.length ?? 0)) best = { pem, length: pattern.length };
    }
  }
  return best?.pem ?? certificates[0];
}

function redirected(
  { path, query }: ServedRequest,
  redirect: Redirect,
  { taken, listener, name }: { taken: Taken; listener: ListenerPort; name: string },
): ServedResponse {
  const scheme = redirect.scheme ?? (listener.secure ? "https" : "http");
  const usual = scheme === "https" ? 443 : 80;
  const port = redirect.port ?? (redirect.scheme === undefined ? listener.port : usual);
  const to = changedPath(path, redirect.path, taken.prefix);
  const location = `${scheme}://${redirect.hostname ?? name}${port === usual ? "" : `:${port}`}${to}${query === "" ? "" : `?${query}`}`;
  return { status: redirect.statusCode ?? 302, headers: { location, "content-length": "0" }, body: "" };
}

/** The shorter of a rule's two times: `0s` is none. What says neither has nginx' own. */
function timeoutOf({ timeouts = {} }: Rule): { timeoutMs?: number } {
  const given = [timeouts.request, timeouts.backendRequest].filter((text) => text !== undefined);
  if (given.length === 0) return { timeoutMs: PROXY_TIMEOUT_MS };
  const limits = given.map(durationMs).filter((ms) => ms > 0);
  return limits.length === 0 ? {} : { timeoutMs: Math.min(...limits) };
}

/** `1m30s`, `500ms` (GEP-2257); 0 for none. */
function durationMs(text: string): number {
  const unit: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let total = 0;
  for (const [, count, name = ""] of text.matchAll(/(\d+)(h|ms|m|s)/g)) total += Number(count) * (unit[name] ?? 0);
  return total;
}

function changedPath(path: string, change: PathChange | undefined, prefix: string): string {
  if (change === undefined) return path;
  if (change.type === "ReplaceFullPath") return change.replaceFullPath ?? "/";
  const rest = path.slice(prefix.replace(/\/+$/, "").length);
  const head = (change.replacePrefixMatch ?? "").replace(/\/+$/, "");
  return `${head}${rest === "" || rest.startsWith("/") ? rest : `/${rest}`}` || "/";
}

function changedHeaders(headers: Record<string, string>, change: HeaderChange | undefined): Record<string, string> {
  if (change === undefined) return headers;
  const changed: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) changed[name.toLowerCase()] = value;
  for (const { name, value } of change.set ?? []) changed[name.toLowerCase()] = value;
  for (const { name, value } of change.add ?? []) {
    const known = changed[name.toLowerCase()];
    changed[name.toLowerCase()] = known === undefined ? value : `${known},${value}`;
  }
  for (const name of change.remove ?? []) delete changed[name.toLowerCase()];
  return changed;
}

function plain(status: number): ServedResponse {
  return { status, headers: { "content-length": "0" }, body: "" };
}
