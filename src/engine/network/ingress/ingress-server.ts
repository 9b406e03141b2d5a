/**
 * How ingress-nginx answers a request: server and location, redirects, limits, access, then a backend's answer.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/template/nginx.tmpl, in the order of nginx' phases.
 */
import { decodeBase64, utf8Encode } from "../../base/base64.ts";
import { matchesHash } from "../../base/apr1.ts";
import { md5 } from "../../base/digests.ts";
import type { Exchanged, ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { utf8Length } from "../../runtime/file-nodes.ts";
import { gatewayStatus, passOn } from "../../runtime/pass-on.ts";
import type { HttpRequest } from "../../base/program.ts";
import { inRange, parseAddress } from "../address.ts";
import type { Cors, LocationConfig } from "./annotations.ts";
import { Balancer, chooseBackend, cookieOf, endpointsOf } from "./backends.ts";
import type { IngressObjects } from "./backends.ts";
import { USUAL_SETTINGS } from "./controller-settings.ts";
import type { ControllerSettings } from "./controller-settings.ts";
import { nginxPage } from "./nginx-page.ts";
import { RequestLimits } from "./request-limits.ts";
import { findLocation, findServer, rewritten } from "./routing-table.ts";
import type { Backend, Location, RoutingTable, Server } from "./routing-table.ts";

const HTTPS = 443;

export interface IngressHost {
  readonly objects: IngressObjects;
  now(): number;
  random(bound: number): number;
  exchange(request: HttpRequest): Exchanged;
  log(line: () => string): void;
  /** The certificate for a host: that of the server's secret, or the fake one. PEM. */
  certificate(server: Server): string;
  /** The port that clients of TLS come to. */
  readonly httpsPort: number;
}

/** What became of a request beside its answer: for the access log. */
interface Account {
  backend: string;
  alternative: string;
  upstream: string;
  status: string;
  length: string;
  user: string;
  /** Virtual milliseconds. */
  ms: number;
}

export class IngressServer {
  table: RoutingTable;
  settings: ControllerSettings = USUAL_SETTINGS;
  private readonly host: IngressHost;
  private readonly balancer = new Balancer();
  private readonly limits = new RequestLimits();

  constructor(host: IngressHost, table: RoutingTable) {
    this.host = host;
    this.table = table;
  }

  answer(asked: ServedRequest): ServedResponse {
    const request = this.settings.useForwardedHeaders ? believed(asked) : asked;
    const name = (request.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
    const server = findServer(this.table, name);
    const secure = request.port === this.host.httpsPort;
    const account: Account = {
      backend: "",
      alternative: "",
      upstream: "-",
      status: "-",
      length: "-",
      user: "-",
      ms: 0,
    };
    const id = md5(utf8Encode(`${this.host.now()} ${this.host.random(2 ** 31)}`));
    const response = this.respond({ request, server, secure, name, account, id });
    const finish = (final: ServedResponse): ServedResponse => {
      const headers: Record<string, string> = { date: new Date(this.host.now()).toUTCString(), ...final.headers };
      const { hsts } = this.settings;
      if (secure && server.tls !== undefined && hsts !== undefined) headers["strict-transport-security"] = hsts;
      this.log(request, final, { account, id, ms: response.delayMs ?? 0 });
      return { ...final, headers, ...(secure && { certificate: this.host.certificate(server) }) };
    };
    const { later } = response;
    if (later === undefined) return finish(response);
    return { ...response, later: (answer) => later((late) => answer(finish(late))) };
  }

  private respond(of: Asked): ServedResponse {
    const { request, server, secure, account } = of;
    const location = findLocation(server, request.path);
    const place = location ?? server.fallback;
    account.backend = place?.backend.name ?? "upstream-default-backend";
    if (place === undefined) return this.defaultBackend(of);
    const { config } = place;
    const refused =
      this.redirect(of, config, location) ??
      this.limit(of, config, place.ingress) ??
      this.refuse(of, config, place.ingress);
    if (refused !== undefined) return this.withCors(refused, config.cors, request);
    if (config.cors !== undefined && request.method === "OPTIONS") {
      return this.withCors(
        { status: 204, headers: { "content-type": "text/plain charset=UTF-8", "content-length": "0" }, body: "" },
        config.cors,
        request,
      );
    }
    const { backend, alternative } =
      location === undefined
        ? { backend: place.backend, alternative: "" }
        : chooseBackend(location, request, (bound) => this.host.random(bound));
    account.backend = backend.name;
    account.alternative = alternative;
    const response = this.proxy(of, { backend, location, config, secure });
    return this.withCors(this.withCustomHeaders(response, config), config.cors, request);
  }

  /** 404 of the built-in default backend. */
  private defaultBackend({ account }: Asked): ServedResponse {
    account.status = "404";
    account.upstream = "127.0.0.1:8181";
    return page(404);
  }

  private redirect(
    { request, server, secure, name }: Asked,
    config: LocationConfig,
    location: Location | undefined,
  ): ServedResponse | undefined {
    const { useForwardedHeaders } = this.settings;
    const plain = !secure && !(useForwardedHeaders && request.headers["x-forwarded-proto"] === "https");
    if (plain && ((config.sslRedirect && server.tls !== undefined) || config.forceSslRedirect)) {
      return moved(308, `https://${name}${request.path}${request.query === "" ? "" : `?${request.query}`}`);
    }
    if (config.redirect !== undefined) return moved(config.redirect.code, config.redirect.url);
    if (config.appRoot !== "" && request.path === "/" && location !== undefined) {
      return moved(302, `${secure ? "https" : "http"}://${request.headers["host"] ?? name}${config.appRoot}`);
    }
    return undefined;
  }

  private limit({ request }: Asked, config: LocationConfig, ingress: string): ServedResponse | undefined {
    const key = `${ingress} ${request.remoteAddress}`;
    const now = this.host.now();
    if (config.ratePerSecond > 0 && !this.limits.allowsRate(key, config, now)) return page(503);
    if (config.connections > 0 && !this.limits.allowsConnection(key, config.connections, now)) return page(503);
    return undefined;
  }

  private refuse(of: Asked, config: LocationConfig, ingress: string): ServedResponse | undefined {
    const { request, account } = of;
    const address = parseAddress(request.remoteAddress);
    if (config.denied.some((range) => inRange(range, address))) return page(403);
    if (config.allowed.length > 0 && !config.allowed.some((range) => inRange(range, address))) return page(403);
    if (config.bodySize > 0 && utf8Length(request.body) > config.bodySize) return page(413);
    if (config.auth === undefined) return undefined;
    const [namespace = ""] = ingress.split("/");
    const { secret } = config.auth;
    const verdict = this.authorized(request, secret.includes("/") ? secret : `${namespace}/${secret}`);
    if (verdict === "error") return page(503);
    if (verdict !== undefined) {
      account.user = verdict;
      return undefined;
    }
    return page(401, { "www-authenticate": `Basic realm="${config.auth.realm}"` });
  }

  /** The user; undefined when it is none; `error` when there is nothing to check against. */
  private authorized(request: ServedRequest, key: string): string | undefined {
    const file = this.host.objects.secret(key)?.data?.["auth"];
    if (file === undefined) return "error";
    const given = /^Basic (\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
    if (given === undefined) return undefined;
    const [user = "", ...rest] = decodeBase64(given).split(":");
    for (const line of decodeBase64(file).split("\n")) {
      const [name, hash = ""] = line.trim().split(":");
      if (name === user && matchesHash(rest.join(":"), hash) === true) return user;
    }
    return undefined;
  }

  private proxy(
    of: Asked,
    to: { backend: Backend; location: Location | undefined; config: LocationConfig; secure: boolean },
  ): ServedResponse {
    const { request, account } = of;
    const { backend, location, config } = to;
    if (backend.service === undefined || this.host.objects.service(backend.service) === undefined) {
      return backend.service === undefined ? this.defaultBackend(of) : page(503);
    }
    const endpoints = endpointsOf(this.host.objects, backend, config.serviceUpstream);
    if (endpoints.length === 0) return page(503);
    const { affinity } = config;
    const known = affinity === undefined ? undefined : cookieOf(request, affinity.cookie);
    const baked = affinity === undefined ? undefined : (known ?? this.bake(backend));
    const endpoint = this.balancer.choose(backend.name, endpoints, baked);
    account.upstream = endpoint;
    const outcome = this.host.exchange(this.upstreamRequest(of, { ...to, endpoint }));
    account.ms = outcome.latencyMs;
    if (config.connections > 0)
      this.limits.opened(`${location?.ingress ?? ""} ${request.remoteAddress}`, this.host.now() + outcome.latencyMs);
    return passOn(outcome, {
      answered: (answer) => {
        account.status = String(answer.status);
        account.length = String(utf8Length(answer.body));
        const { server: _server, ...headers } = lowered(answer.headers);
        const cookie =
          affinity !== undefined && known === undefined
            ? { "set-cookie": cookieText(affinity, baked ?? "", { path: location?.path ?? "/", secure: to.secure }) }
            : {};
        return { status: answer.status, headers: { ...headers, ...cookie }, body: answer.body };
      },
      failed: (errno) => {
        const status = gatewayStatus(errno);
        account.status = String(status);
        account.length = "0";
        return page(status);
      },
    });
  }

  private upstreamRequest(
    { request, secure, name, id }: Asked,
    to: { endpoint: string; location: Location | undefined; config: LocationConfig },
  ): HttpRequest {
    const { config, location, endpoint } = to;
    const path = location === undefined ? request.path : rewritten(location, request.path);
    const scheme = config.backendProtocol.endsWith("S") ? "https" : "http";
    const { headers } = request;
    const { useForwardedHeaders, proxySetHeaders } = this.settings;
    const said = (header: string, own: string): string => (useForwardedHeaders ? (headers[header] ?? own) : own);
    const proto = said("x-forwarded-proto", secure ? "https" : "http");
    return {
      method: request.method,
      url: `${scheme}://${endpoint}${path}${request.query === "" ? "" : `?${request.query}`}`,
      headers: {
        ...request.headers,
        host: config.upstreamVhost === "" ? (request.headers["host"] ?? name) : config.upstreamVhost,
        "x-request-id": id,
        "x-real-ip": request.remoteAddress,
        "x-forwarded-for": said("x-forwarded-for", request.remoteAddress),
        "x-forwarded-host": said("x-forwarded-host", headers["host"] ?? name),
        "x-forwarded-port": said("x-forwarded-port", secure ? String(HTTPS) : "80"),
        "x-forwarded-proto": proto,
        "x-forwarded-scheme": proto,
        "x-scheme": proto,
        ...(config.forwardedPrefix !== "" && { "x-forwarded-prefix": config.forwardedPrefix }),
        ...this.headersOf(proxySetHeaders),
      },
      body: request.body,
      timeoutMs: config.readTimeoutMs,
    };
  }

  private bake({ name }: Backend): string {
    const now = this.host.now();
    const first = `${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, "0")}.${30 + this.host.random(20)}.${this.host.random(1_000_000)}`;
    return `${first}|${md5(utf8Encode(name))}`;
  }

  private withCustomHeaders(response: ServedResponse, { customHeaders }: LocationConfig): ServedResponse {
    const { addHeaders } = this.settings;
    if (customHeaders === "" && addHeaders === "") return response;
    const extra = { ...this.headersOf(addHeaders), ...this.headersOf(customHeaders) };
    return changed(response, (headers) => ({ ...headers, ...extra }));
  }

  /** The headers that a ConfigMap holds. */
  private headersOf(key: string): Record<string, string> {
    return key === "" ? {} : lowered(this.host.objects.configMap(key)?.data);
  }

  private withCors(
    response: ServedResponse,
    cors: Cors | undefined,
    { headers: asked }: ServedRequest,
  ): ServedResponse {
    if (cors === undefined) return response;
    const origin = asked["origin"];
    const any = cors.origins.includes("*");
    if (!any && (origin === undefined || !cors.origins.some((allowed) => originMatches(allowed, origin))))
      return response;
    return changed(response, (headers) => ({
      ...headers,
      "access-control-allow-origin": any ? "*" : (origin as string),
      ...(cors.credentials && { "access-control-allow-credentials": "true" }),
      "access-control-allow-methods": cors.methods,
      "access-control-allow-headers": cors.headers,
      ...(cors.expose !== "" && { "access-control-expose-headers": cors.expose }),
      "access-control-max-age": cors.maxAge,
    }));
  }

  private log(
    request: ServedRequest,
    response: ServedResponse,
    how: { account: Account; id: string; ms: number },
  ): void {
    const { account, id } = how;
    const at = this.host.now();
    this.host.log(() => {
      const [, day = "", month = "", year = "", time = ""] =
        /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(at).toUTCString()) ?? [];
      const { method, path, query, headers, remoteAddress } = request;
      const line = `${method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1`;
      const seconds = (account.ms / 1000).toFixed(3);
      const sent = Object.entries(headers).reduce(
        (sum, [key, value]) => sum + key.length + value.length + 4,
        line.length + 4,
      );
      const upstream =
        account.status === "-" ? "- - - -" : `${account.upstream} ${account.length} ${seconds} ${account.status}`;
      return `${remoteAddress} - ${account.user} [${day}/${month}/${year}:${time} +0000] "${line}" ${response.status} ${method === "HEAD" ? 0 : utf8Length(response.body)} "${headers["referer"] ?? "-"}" "${headers["user-agent"] ?? "-"}" ${sent} ${seconds} [${account.backend}] [${account.alternative}] ${upstream} ${id}`;
    });
  }
}

interface Asked {
  request: ServedRequest;
  server: Server;
  secure: boolean;
  /** The host that was asked for, without its port. */
  name: string;
  account: Account;
  id: string;
}

/** The request as from the client whom a proxy in front says it is of. */
function believed(request: ServedRequest): ServedRequest {
  const client = request.headers["x-forwarded-for"]?.split(",")[0]?.trim();
  return client === undefined || parseAddress(client) < 0 ? request : { ...request, remoteAddress: client };
}

function page(status: number, headers: Record<string, string> = {}): ServedResponse {
  const body = nginxPage(status);
  return { status, headers: { "content-type": "text/html", "content-length": String(body.length), ...headers }, body };
}

function moved(status: number, location: string): ServedResponse {
  return page(status, { location });
}

function changed(
  response: ServedResponse,
  change: (headers: Record<string, string>) => Record<string, string>,
): ServedResponse {
  const { later } = response;
  const apply = (answer: ServedResponse): ServedResponse => ({ ...answer, headers: change({ ...answer.headers }) });
  return later === undefined
    ? apply(response)
    : { ...response, later: (answer) => later((late) => answer(apply(late))) };
}

function lowered(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function cookieText(
  affinity: NonNullable<LocationConfig["affinity"]>,
  value: string,
  at: { path: string; secure: boolean },
): string {
  const expires = affinity.maxAge === "" ? "" : `; Max-Age=${affinity.maxAge}`;
  const path = affinity.path === "" ? at.path : affinity.path;
  return `${affinity.cookie}=${value}${expires}; Path=${path}${at.secure ? "; Secure" : ""}; HttpOnly`;
}

function originMatches(allowed: string, origin: string): boolean {
  if (!allowed.includes("*.")) return allowed === origin;
  const [scheme = "", domain = ""] = allowed.split("*");
  return origin.startsWith(scheme) && origin.endsWith(domain);
}
