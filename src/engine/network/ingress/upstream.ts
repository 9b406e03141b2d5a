/**
 * How a request goes on to a backend's endpoints: which is asked, what of the request, what happens when it fails.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/lua/balancer.lua; nginx' proxy_next_upstream (error timeout, 3 tries).
 */
import { utf8Encode } from "../../base/base64.ts";
import { md5 } from "../../base/digests.ts";
import { CLIENT_CERTIFICATE_HEADER } from "../../base/x509/client-certificate.ts";
import type { Errno, HttpRequest } from "../../base/program.ts";
import { utf8Length } from "../../runtime/file-nodes.ts";
import type { Decision, Exchanged, ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { gatewayStatus, passOn } from "../../runtime/pass-on.ts";
import { errorLine } from "./access-log.ts";
import type { Account, UpstreamTrouble } from "./access-log.ts";
import { lowered } from "./access.ts";
import type { Consent } from "./access.ts";
import type { LocationConfig } from "./annotations.ts";
import { Balancer, cookieOf, endpointsOf } from "./backends.ts";
import type { IngressObjects } from "./backends.ts";
import type { ControllerSettings } from "./controller-settings.ts";
import { page } from "./nginx-answers.ts";
import { rewritten } from "./routing-table.ts";
import type { Backend, Location } from "./routing-table.ts";

const TRIES = 3;
const HTTPS = 443;
/** What may have had an effect when it was sent once is not sent again. */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(["POST", "LOCK", "PATCH"]);

export interface UpstreamHost {
  readonly objects: IngressObjects;
  now(): number;
  random(bound: number): number;
  exchange(request: HttpRequest): Exchanged;
  complain(line: () => string): void;
}

/** A request on its way to a backend. */
export interface Forwarded {
  readonly request: ServedRequest;
  readonly secure: boolean;
  /** The host that was asked for, without its port. */
  readonly name: string;
  readonly id: string;
  readonly account: Account;
  readonly config: LocationConfig;
  readonly location: Location | undefined;
  /** What the server that was asked for its consent adds. */
  readonly consent?: Consent;
}

export class Upstreams {
  settings: ControllerSettings;
  private readonly host: UpstreamHost;
  private readonly balancer = new Balancer();

  constructor(host: UpstreamHost, settings: ControllerSettings) {
    this.host = host;
    this.settings = settings;
  }

  /** undefined when the backend has nobody to ask. */
  ask(backend: Backend, of: Forwarded): ServedResponse | undefined {
    const { request, account, config, location, secure } = of;
    const endpoints = endpointsOf(this.host.objects, backend, config.serviceUpstream);
    if (endpoints.length === 0) return undefined;
    const { affinity } = config;
    const known = affinity === undefined ? undefined : cookieOf(request, affinity.cookie);
    const baked = affinity === undefined ? undefined : (known ?? this.bake(backend));
    let outcome: Exchanged | undefined;
    const hops: Decision[] = [];
    let spent = 0;
    const began = this.host.now();
    let url = "";
    const complain = (trouble: UpstreamTrouble, ms: number): void =>
      this.host.complain(() => errorLine(trouble, { request, server: of.name, url, at: began + ms }));
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const endpoint = this.balancer.choose(backend.name, endpoints, attempt === 0 ? baked : undefined);
      const asked = this.requestTo(endpoint, of);
      ({ url } = asked);
      outcome = this.host.exchange(asked);
      hops.push(...outcome.hops);
      spent += outcome.latencyMs;
      account.tries.push({ upstream: endpoint, status: "-", length: "-", ms: outcome.latencyMs });
      if (outcome.ok) break;
      const trouble = troubleOf(outcome.errno, outcome.latencyMs, config);
      Object.assign(account.tries.at(-1) as object, { status: String(gatewayStatus(outcome.errno)), length: "0" });
      complain(trouble, spent);
      const sent = trouble === "silent" || trouble === "broken";
      if (sent && NOT_IDEMPOTENT.has(request.method)) break;
    }
    /** Of the last one that was asked, when its answer came later or never. */
    const tell = (status: number, length: number): void => {
      const last = account.tries.at(-1);
      if (last === undefined) return;
      last.status = String(status);
      last.length = String(length);
      last.ms = Math.max(last.ms, this.host.now() - began);
    };
    const last = { ...(outcome as Exchanged), latencyMs: spent, hops };
    const answered = passOn(last, {
      answered: (answer) => {
        const { server: _server, ...headers } = lowered(answer.headers);
        tell(answer.status, utf8Length(answer.body));
        const cookie =
          affinity !== undefined && known === undefined
            ? { "set-cookie": cookieText(affinity, baked ?? "", { path: location?.path ?? "/", secure }) }
            : {};
        return { status: answer.status, headers: { ...headers, ...cookie }, body: answer.body };
      },
      failed: (errno) => {
        if (outcome?.ok === true) {
          tell(gatewayStatus(errno), 0);
          complain(errno === "ETIMEDOUT" ? "silent" : "broken", this.host.now() - began);
        }
        return page(gatewayStatus(errno));
      },
    });
    return { ...answered, passed: outcome as Exchanged };
  }

  private requestTo(endpoint: string, of: Forwarded): HttpRequest {
    const { request, secure, name, id, config, location, consent } = of;
    const path = location === undefined ? request.path : rewritten(location, request.path);
    const scheme = config.backendProtocol.endsWith("S") ? "https" : "http";
    // What a client shows of itself is between it and this server.
    const { [CLIENT_CERTIFICATE_HEADER]: _shown, ...headers } = request.headers;
    const { useForwardedHeaders, proxySetHeaders } = this.settings;
    const said = (header: string, own: string): string => (useForwardedHeaders ? (headers[header] ?? own) : own);
    const proto = said("x-forwarded-proto", secure ? "https" : "http");
    return {
      method: request.method,
      url: `${scheme}://${endpoint}${path}${request.query === "" ? "" : `?${request.query}`}`,
      headers: {
        ...headers,
        host: config.upstreamVhost === "" ? (headers["host"] ?? name) : config.upstreamVhost,
        "x-request-id": id,
        "x-real-ip": request.remoteAddress,
        "x-forwarded-for": said("x-forwarded-for", request.remoteAddress),
        "x-forwarded-host": said("x-forwarded-host", headers["host"] ?? name),
        "x-forwarded-port": said("x-forwarded-port", secure ? String(HTTPS) : "80"),
        "x-forwarded-proto": proto,
        "x-forwarded-scheme": proto,
        "x-scheme": proto,
        ...(config.forwardedPrefix !== "" && { "x-forwarded-prefix": config.forwardedPrefix }),
        ...headersOf(this.host.objects, proxySetHeaders),
        ...consent,
      },
      body: request.body,
      timeoutMs: config.readTimeoutMs,
      connectTimeoutMs: config.connectTimeoutMs,
    };
  }

  private bake({ name }: Backend): string {
    const now = this.host.now();
    const first = `${Math.floor(now / 1000)}.${String(now % 1000).padStart(3, "0")}.${30 + this.host.random(20)}.${this.host.random(1_000_000)}`;
    return `${first}|${md5(utf8Encode(name))}`;
  }
}

function troubleOf(errno: Errno, ms: number, { connectTimeoutMs }: LocationConfig): UpstreamTrouble {
  if (errno === "ECONNREFUSED") return "refused";
  if (errno === "EHOSTUNREACH" || errno === "ENETUNREACH" || errno === "ENOTFOUND") return "unreachable";
  if (errno === "ETIMEDOUT") return ms <= connectTimeoutMs ? "unconnected" : "silent";
  return "broken";
}

/** The headers that a ConfigMap (`namespace/name`) holds. */
export function headersOf(objects: IngressObjects, key: string): Record<string, string> {
  return key === "" ? {} : lowered(objects.configMap(key)?.data);
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
