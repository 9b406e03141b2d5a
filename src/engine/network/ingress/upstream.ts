/**
 * How a request goes on to a backend's endpoints: which is asked, what of the request, what happens when it fails.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/lua/balancer.lua.
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
import { goesOn } from "./next-upstream.ts";
import { page } from "./nginx-answers.ts";
import { rewritten } from "./routing-table.ts";
import type { Backend, Location } from "./routing-table.ts";

const HTTPS = 443;

type Later = NonNullable<ServedResponse["later"]>;

/** A request's way through the endpoints of a backend. */
interface Passage {
  readonly backend: Backend;
  readonly of: Forwarded;
  readonly endpoints: readonly string[];
  /** The sticky cookie that the client brought, and the one that counts. */
  readonly known: string | undefined;
  readonly baked: string | undefined;
  readonly began: number;
  /** When the endpoints were asked that `spent` counts the time of. */
  since: number;
  spent: number;
  readonly hops: Decision[];
  tries: number;
}

export interface UpstreamHost {
  readonly objects: IngressObjects;
  now(): number;
  after(ms: number, run: () => void): void;
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
    const { request, config } = of;
    const endpoints = endpointsOf(this.host.objects, backend, {
      targetPorts: true,
      throughService: config.serviceUpstream,
    });
    if (endpoints.length === 0) return undefined;
    const { affinity } = config;
    const known = affinity === undefined ? undefined : cookieOf(request, affinity.cookie);
    const baked = affinity === undefined ? undefined : (known ?? this.bake(backend));
    const began = this.host.now();
    this.mirror(of);
    return this.attempt({ backend, of, endpoints, known, baked, began, since: began, spent: 0, hops: [], tries: 0 });
  }

  /** On to an endpoint as it came; a connection that can't be made is broken off. */
  passTls(backend: Backend, { method, path, query, headers, body }: ServedRequest): ServedResponse {
    const endpoints = endpointsOf(this.host.objects, backend, { targetPorts: true });
    if (endpoints.length === 0) return BROKEN_OFF;
    const endpoint = this.balancer.choose(backend.name, endpoints, undefined);
    const host = headers["host"] ?? endpoint;
    const url = `https://${host}${path}${query === "" ? "" : `?${query}`}`;
    const outcome = this.host.exchange({ method, url, connectTo: endpoint, headers, body });
    return passOn(outcome, { answered: (answer) => answer, failed: () => BROKEN_OFF });
  }

  /** Asks one endpoint after the other as long as the last one's trouble, or answer, lets it go on. */
  private attempt(passage: Passage): ServedResponse {
    const { backend, of, endpoints, baked } = passage;
    const { account, config } = of;
    for (;;) {
      const endpoint = this.balancer.choose(backend.name, endpoints, passage.tries === 0 ? baked : undefined);
      const asked = this.requestTo(endpoint, of);
      const outcome = this.host.exchange(asked);
      passage.tries++;
      passage.hops.push(...outcome.hops);
      passage.spent += outcome.latencyMs;
      const tried = { upstream: endpoint, status: "-", length: "-", ms: outcome.latencyMs };
      account.tries.push(tried);
      if (!outcome.ok) {
        const trouble = troubleOf(outcome.errno, outcome.latencyMs, config);
        Object.assign(tried, { status: String(gatewayStatus(outcome.errno)), length: "0" });
        this.complain(passage, trouble, { url: asked.url, at: passage.since + passage.spent });
        if (this.goesOn(passage, trouble)) continue;
      } else if (outcome.response.later === undefined && this.goesOn(passage, outcome.response.status)) {
        Object.assign(tried, {
          status: String(outcome.response.status),
          length: String(utf8Length(outcome.response.body)),
        });
        continue;
      }
      return this.answer(passage, outcome, asked.url);
    }
  }

  private goesOn({ of, tries, spent, since, began }: Passage, outcome: UpstreamTrouble | number): boolean {
    const spentMs = since - began + spent;
    return goesOn(of.config.nextUpstream, { method: of.request.method, tries, spentMs, outcome });
  }

  private complain({ of }: Passage, trouble: UpstreamTrouble, { url, at }: { url: string; at: number }): void {
    this.host.complain(() => errorLine(trouble, { request: of.request, server: of.name, url, at }));
  }

  /** What the last endpoint that was asked says, now or later; when it says nothing the next one may be asked then. */
  private answer(passage: Passage, outcome: Exchanged, url: string): ServedResponse {
    const { of, known, baked, spent, hops, since } = passage;
    const { account, config, location, secure } = of;
    const { affinity } = config;
    /** Of the one that was asked, when its answer came later or never. */
    const tell = (status: number, length: number): void => {
      const last = account.tries.at(-1);
      if (last === undefined) return;
      last.status = String(status);
      last.length = String(length);
      last.ms = Math.max(last.ms, this.host.now() - since);
    };
    const answered = (answer: ServedResponse): ServedResponse => {
      const { server: _server, ...headers } = lowered(answer.headers);
      tell(answer.status, utf8Length(answer.body));
      const cookie =
        affinity !== undefined && known === undefined
          ? { "set-cookie": cookieText(affinity, baked ?? "", { path: location?.path ?? "/", secure }) }
          : {};
      return { status: answer.status, headers: { ...headers, ...cookie }, body: answer.body };
    };
    const failed = (errno: Errno): ServedResponse => {
      if (outcome.ok) {
        tell(gatewayStatus(errno), 0);
        this.complain(passage, lateTrouble(errno), { url, at: this.host.now() });
      }
      return page(gatewayStatus(errno));
    };
    const passed = { ...passOn({ ...outcome, latencyMs: spent, hops }, { answered, failed }), passed: outcome };
    const { later } = outcome.ok ? outcome.response : {};
    return later === undefined ? passed : { ...passed, later: this.orNext(passage, later, { answered, failed }) };
  }

  /** An answer that comes later, as it is passed on, or that of the next endpoint when it is none. */
  private orNext(
    passage: Passage,
    later: Later,
    how: { answered(answer: ServedResponse): ServedResponse; failed(errno: Errno): ServedResponse },
  ): Later {
    return (answer) => {
      let over = false;
      let giveUp = later((late) => {
        const errno = late.hangs === true ? "ETIMEDOUT" : late.resets === true ? "ECONNRESET" : undefined;
        const turned = errno === undefined ? how.answered(late) : how.failed(errno);
        passage.spent = this.host.now() - passage.since;
        if (!this.goesOn(passage, errno === undefined ? late.status : lateTrouble(errno))) return answer(turned);
        passage.since = this.host.now();
        passage.spent = 0;
        const next = this.attempt(passage);
        this.host.after(next.delayMs ?? 0, () => {
          if (over) return;
          if (next.later === undefined) answer(next);
          else giveUp = next.later(answer);
        });
      });
      return () => {
        over = true;
        giveUp();
      };
    };
  }

  /** A copy of the request for another server, whose answer nobody waits for. */
  private mirror({ request, config, name }: Forwarded): void {
    const { mirror } = config;
    if (mirror === undefined) return;
    const uri = `${request.path}${request.query === "" ? "" : `?${request.query}`}`;
    const url = mirror.target.replaceAll("$request_uri", uri).replaceAll("$host", name);
    const { "content-length": _length, ...headers } = request.headers;
    const host = mirror.host === "" ? (/^\w+:\/\/([^/?]+)/.exec(url)?.[1] ?? name) : mirror.host;
    const body = mirror.withBody ? request.body : "";
    this.host.exchange({ method: request.method, url, headers: { ...headers, host }, body });
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

const BROKEN_OFF: ServedResponse = { status: 0, body: "", resets: true };

function lateTrouble(errno: Errno): UpstreamTrouble {
  return errno === "ETIMEDOUT" ? "silent" : "broken";
}

function troubleOf(errno: Errno, ms: number, { connectTimeoutMs }: LocationConfig): UpstreamTrouble {
  if (errno === "ECONNREFUSED") return "refused";
  if (errno === "EHOSTUNREACH" || errno === "ENETUNREACH" || errno === "ENOTFOUND") return "unreachable";
  if (errno === "EPROTO") return "plain";
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
