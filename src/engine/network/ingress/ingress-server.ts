/**
 * How ingress-nginx answers a request: server and location, redirects, limits, access, then a backend's answer.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/template/nginx.tmpl, in the order of nginx' phases.
 */
import { utf8Encode } from "../../base/base64.ts";
import { md5 } from "../../base/digests.ts";
import type { Decision, ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { parseAddress } from "../address.ts";
import { accessLine, newAccount } from "./access-log.ts";
import type { Account } from "./access-log.ts";
import { Access } from "./access.ts";
import type { Consent } from "./access.ts";
import { readAnnotations } from "./annotations.ts";
import type { Cors, LocationConfig } from "./annotations.ts";
import { chooseBackend } from "./backends.ts";
import { USUAL_SETTINGS } from "./controller-settings.ts";
import type { ControllerSettings } from "./controller-settings.ts";
import { PLAIN_HTTP } from "../../runtime/nginx-page.ts";
import { badRequest, moved, page } from "./nginx-answers.ts";
import { findLocation, findServer } from "./routing-table.ts";
import type { Backend, Location, RoutingTable, Server } from "./routing-table.ts";
import { runSnippets, WITH_HEADERS } from "./snippet.ts";
import type { SnippetOutcome } from "./snippet.ts";
import { headersOf, Upstreams } from "./upstream.ts";
import type { UpstreamHost } from "./upstream.ts";

export interface IngressHost extends UpstreamHost {
  log(line: () => string): void;
  /** An answer is on its way: of which Ingress, by its metrics' labels. */
  served?(labels: Readonly<Record<string, string>>): void;
  /** The certificate for a host: that of the server's secret, or the fake one. PEM. */
  certificate(server: Server): string;
  /** The controller's pod, as hops name it. */
  readonly station: string;
  /** The port that clients of TLS come to. */
  readonly httpsPort: number;
  /** Whether connections of TLS may go on as they are (--enable-ssl-passthrough). */
  readonly passesTls: boolean;
  /** `namespace/name` of the service for what nobody takes; "" for nginx' own 404. */
  readonly defaultService: string;
}

export class IngressServer {
  table: RoutingTable;
  private readonly host: IngressHost;
  private readonly upstreams: Upstreams;
  private readonly access: Access;

  constructor(host: IngressHost, table: RoutingTable) {
    this.host = host;
    this.table = table;
    this.upstreams = new Upstreams(host, USUAL_SETTINGS);
    this.access = new Access(host);
  }

  get settings(): ControllerSettings {
    return this.upstreams.settings;
  }

  set settings(settings: ControllerSettings) {
    this.upstreams.settings = settings;
  }

  answer(asked: ServedRequest): ServedResponse {
    const request = this.settings.useForwardedHeaders ? believed(asked) : asked;
    const name = (request.headers["host"] ?? "").toLowerCase().replace(/:\d+$/, "");
    const server = findServer(this.table, name);
    const secure = request.port === this.host.httpsPort;
    const plain = secure && request.scheme === "http";
    const passed = secure && !plain && this.host.passesTls ? findLocation(server, "/") : undefined;
    if (passed?.config.sslPassthrough === true) return this.passTls(asked, passed);
    if (!plain && isHealthCheck(server, request.path)) {
      const headers = {
        date: new Date(this.host.now()).toUTCString(),
        "content-type": "text/html",
        "content-length": "0",
      };
      return { status: 200, headers, body: "", ...(secure && { certificate: this.host.certificate(server) }) };
    }
    const account = newAccount();
    const id = md5(utf8Encode(`${this.host.now()} ${this.host.random(2 ** 31)}`));
    const of = { request, server, secure, name, account, id };
    const response = plain ? badRequest(PLAIN_HTTP) : this.told(of, this.respond(of));
    const finish = (final: ServedResponse): ServedResponse => {
      const at = this.host.now();
      const headers: Record<string, string> = { date: new Date(at).toUTCString(), ...final.headers };
      const { hsts } = this.settings;
      if (secure && server.tls !== undefined && hsts !== undefined) headers["strict-transport-security"] = hsts;
      this.host.log(() => accessLine(request, final, { account, id, at }));
      this.count(of, final.status);
      return { ...final, headers, ...(secure && !plain && { certificate: this.host.certificate(server) }) };
    };
    const { later } = response;
    if (later === undefined) return finish(response);
    return { ...response, later: (answer) => later((late) => answer(finish(late))) };
  }

  /**
   * A connection of TLS whose bytes go to the backend of the host's root as they are: the backend shows its certificate,
   * sees the request as it was sent, and the controller as its client. Nothing is logged of it.
   */
  private passTls(request: ServedRequest, { backend, ingress }: Location): ServedResponse {
    const hop = {
      at: this.host.station,
      decision: "pass",
      reason: `Ingress ${ingress}: TLS as it is (ssl-passthrough)`,
    };
    const passed = this.upstreams.passTls(backend, request);
    return { ...passed, onward: () => [hop, ...(passed.onward?.() ?? [])] };
  }

  private count({ server, request }: Asked, status: number): void {
    if (this.host.served === undefined) return;
    const location = findLocation(server, request.path);
    const place = location ?? server.fallback;
    if (place === undefined) return;
    const [namespace = "", ingress = ""] = place.ingress.split("/");
    const { service = "" } = place.backend;
    this.host.served({
      ...{ host: server.host, method: request.method, namespace, ingress, path: location?.path ?? "/" },
      ...{ service: service.replace(/^.*\//, ""), status: String(status) },
    });
  }

  /** The decision of which rule it was goes before what came of it, for who follows the request. */
  private told({ server, request, name }: Asked, response: ServedResponse): ServedResponse {
    const hop = (): Decision => {
      const location = findLocation(server, request.path);
      const place = location ?? server.fallback;
      const reason =
        place === undefined
          ? `no Ingress is for host ${name} and path ${request.path}: default backend`
          : `Ingress ${place.ingress}: host ${server.host === "" ? "*" : server.host}, ${location === undefined ? "default backend" : `path ${location.path} (${location.pathType})`}, leads to ${place.backend.service ?? "a resource"}, port ${place.backend.port}`;
      return { at: this.host.station, decision: "route", reason };
    };
    const { onward } = response;
    return { ...response, onward: () => [hop(), ...(onward?.() ?? [])] };
  }

  private respond(of: Asked): ServedResponse {
    const { request, server, secure, account } = of;
    const location = findLocation(server, request.path);
    const place = location ?? server.fallback;
    account.backend = place?.backend.name ?? DEFAULT_BACKEND;
    if (place === undefined) return this.defaultBackend(of);
    const { config, ingress } = place;
    const said = this.snippets(of, place);
    const moved = this.redirect(of, config, location) ?? said?.response;
    const client = moved === undefined && secure ? this.access.client(request, { config, ingress }) : NO_CLIENT;
    const refused =
      moved ?? ("refusal" in client ? client.refusal : this.access.refusal(request, { config, ingress, account }));
    if (refused !== undefined) return this.withCors(refused, config.cors, request);
    if (config.cors !== undefined && request.method === "OPTIONS") {
      return this.withCors(
        { status: 204, headers: { "content-type": "text/plain charset=UTF-8", "content-length": "0" }, body: "" },
        config.cors,
        request,
      );
    }
    const shown = "refusal" in client ? {} : client.headers;
    const pass = (consent: Consent = {}): ServedResponse =>
      this.pass(of, { ...place, location, consent: { ...shown, ...consent, ...said?.outcome.asked } });
    const { external } = config;
    const response = external === undefined ? pass() : this.access.consent(request, { external, secure }, pass);
    const own = this.withCustomHeaders(response, config);
    return this.withCors(said === undefined ? own : withSnippet(own, said.outcome), config.cors, request);
  }

  /** What the Ingress' snippets make of the request, and the answer where they have one; undefined without any. */
  private snippets(
    { request, id, secure }: Asked,
    { config, ingress, backend }: Pick<Location, "config" | "ingress" | "backend">,
  ): { outcome: SnippetOutcome; response: ServedResponse | undefined } | undefined {
    const { snippet, serverSnippet } = config;
    if (snippet === undefined && serverSnippet === undefined) return undefined;
    const [namespace = "", name = ""] = ingress.split("/");
    const outcome = runSnippets([serverSnippet, snippet], request, {
      ...{ req_id: id, request_id: id, scheme: secure ? "https" : "http", namespace, ingress_name: name },
      ...{ service_name: backend.service?.split("/")[1] ?? "", proxy_upstream_name: backend.name },
    });
    const { answer } = outcome;
    if (answer === undefined) return { outcome, response: undefined };
    const { status, value } = answer;
    const plain = { status, headers: { "content-type": "application/octet-stream" }, body: value };
    const response = status >= 300 && status < 400 ? moved(status, value) : value === "" ? page(status) : plain;
    return { outcome, response: withSnippet(response, outcome) };
  }

  /** On to the backend, or its canary; the default backend steps in where nobody is, or for answers that it is to replace. */
  private pass(
    of: Asked,
    to: {
      backend: Backend;
      config: LocationConfig;
      ingress: string;
      location: Location | undefined;
      consent: Consent;
    },
  ): ServedResponse {
    const { request, account } = of;
    const { location, config, ingress, consent } = to;
    const { backend, alternative } =
      location === undefined
        ? { backend: to.backend, alternative: "" }
        : chooseBackend(location, request, (bound) => this.host.random(bound));
    account.backend = backend.name;
    account.alternative = alternative;
    if (backend.service === undefined) return this.defaultBackend(of);
    const response = this.upstreams.ask(backend, { ...of, config, location, consent });
    if (response === undefined) return this.standIn(of, { config, ingress, backend, code: 503 }) ?? page(503);
    if (config.connections > 0) {
      const until = this.host.now() + (response.delayMs ?? 0);
      this.access.limits.opened(`${location?.ingress ?? ""} ${request.remoteAddress}`, until);
    }
    if (config.errorCodes.length === 0) return response;
    const replaced = (answer: ServedResponse): ServedResponse =>
      config.errorCodes.includes(answer.status)
        ? { ...answer, ...(this.standIn(of, { config, ingress, backend, code: answer.status }) ?? page(404)) }
        : answer;
    const { later } = response;
    return later === undefined
      ? replaced(response)
      : { ...response, later: (answer) => later((late) => answer(replaced(late))) };
  }

  /** What the Ingress' own default backend, or the controller's, says in a backend's place; undefined: there is none. */
  private standIn(
    of: Asked,
    about: { config: LocationConfig; ingress: string; backend: Backend; code: number },
  ): ServedResponse | undefined {
    const { config, ingress, backend, code } = about;
    const [namespace = "", ingressName = ""] = ingress.split("/");
    const service = config.defaultBackend === "" ? this.host.defaultService : `${namespace}/${config.defaultBackend}`;
    const { request } = of;
    const headers = {
      ...request.headers,
      "x-code": String(code),
      "x-format": request.headers["accept"] ?? "",
      "x-original-uri": `${request.path}${request.query === "" ? "" : `?${request.query}`}`,
      "x-namespace": namespace,
      "x-ingress-name": ingressName,
      "x-service-name": backend.service?.split("/")[1] ?? "",
      "x-service-port": String(backend.port),
    };
    return this.askService(service, { ...of, request: { ...request, headers } }, config);
  }

  /** A service at its first port. */
  private askService(service: string, of: Asked, config: LocationConfig): ServedResponse | undefined {
    const port = service === "" ? undefined : this.host.objects.service(service)?.spec.ports?.[0]?.port;
    if (port === undefined) return undefined;
    const backend = { service, port, name: DEFAULT_BACKEND };
    return this.upstreams.ask(backend, { ...of, config, location: undefined });
  }

  /** The controller's default backend, or nginx' own 404. */
  private defaultBackend(of: Asked): ServedResponse {
    const answer = this.askService(this.host.defaultService, of, readAnnotations().config);
    if (answer !== undefined) return answer;
    of.account.tries.push({ upstream: "127.0.0.1:8181", status: "404", length: "-", ms: 0 });
    return page(404);
  }

  private redirect(
    { request, server, secure, name }: Asked,
    config: LocationConfig,
    location: Location | undefined,
  ): ServedResponse | undefined {
    const { useForwardedHeaders } = this.upstreams.settings;
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

  private withCustomHeaders(response: ServedResponse, { customHeaders }: LocationConfig): ServedResponse {
    const { addHeaders } = this.upstreams.settings;
    if (customHeaders === "" && addHeaders === "") return response;
    const extra = { ...headersOf(this.host.objects, addHeaders), ...headersOf(this.host.objects, customHeaders) };
    return changed(response, (headers) => ({ ...headers, ...extra }));
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
}

/** Cloud load balancers ask `/healthz` of the server without a name, which logs nothing of it; a longer path goes first. */
function isHealthCheck(server: Server, path: string): boolean {
  if (server.host !== "" || !path.startsWith(HEALTH_PATH)) return false;
  const location = findLocation(server, path);
  return location === undefined || (location.pattern === undefined && location.path.length < HEALTH_PATH.length);
}

const HEALTH_PATH = "/healthz";
const NO_CLIENT = { headers: {} };
const DEFAULT_BACKEND = "upstream-default-backend";

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

function withSnippet(response: ServedResponse, { answered }: SnippetOutcome): ServedResponse {
  if (answered.length === 0) return response;
  const { later } = response;
  const apply = (answer: ServedResponse): ServedResponse => {
    const headers: Record<string, string> = { ...answer.headers };
    for (const { name, value, always } of answered) {
      if (value === undefined) delete headers[name];
      else if (always || WITH_HEADERS.has(answer.status)) headers[name] = value;
    }
    return { ...answer, headers };
  };
  return later === undefined
    ? apply(response)
    : { ...response, later: (answer) => later((late) => answer(apply(late))) };
}

function originMatches(allowed: string, origin: string): boolean {
  if (!allowed.includes("*.")) return allowed === origin;
  const [scheme = "", domain = ""] = allowed.split("*");
  return origin.startsWith(scheme) && origin.endsWith(domain);
}
