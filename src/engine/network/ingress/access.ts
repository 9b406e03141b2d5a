/**
 * Who may ask, and how much: source ranges, sizes, rates, passwords, another server's consent.
 * Upstream: kubernetes/ingress-nginx rootfs/etc/nginx/template/nginx.tmpl (externalAuth, buildAuthResponseHeaders).
 */
import { decodeBase64 } from "../../base/base64.ts";
import { matchesHash } from "../../base/apr1.ts";
import type { HttpRequest } from "../../base/program.ts";
import { utf8Length } from "../../runtime/file-nodes.ts";
import type { Exchanged, ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { inRange, parseAddress } from "../address.ts";
import type { Account } from "./access-log.ts";
import type { ExternalAuth, LocationConfig } from "./annotations.ts";
import type { IngressObjects } from "./backends.ts";
import { checkClient } from "./client-auth.ts";
import { moved, page } from "./nginx-answers.ts";
import { RequestLimits } from "../../runtime/request-limits.ts";

export interface AccessHost {
  readonly objects: IngressObjects;
  now(): number;
  exchange(request: HttpRequest): Exchanged;
}

/** Headers of the answer that lets a request through, for the backend. */
export type Consent = Readonly<Record<string, string>>;

const AUTH_TIMEOUT_MS = 60_000;

export class Access {
  readonly limits = new RequestLimits();
  private readonly host: AccessHost;

  constructor(host: AccessHost) {
    this.host = host;
  }

  /** The refusal, if there is one. */
  refusal(
    request: ServedRequest,
    of: { config: LocationConfig; ingress: string; account: Account },
  ): ServedResponse | undefined {
    const { config, ingress, account } = of;
    const key = `${ingress} ${request.remoteAddress}`;
    const now = this.host.now();
    if (config.ratePerSecond > 0 && !this.limits.allowsRate(key, config, now)) return page(503);
    if (config.connections > 0 && !this.limits.allowsConnection(key, config.connections, now)) return page(503);
    const address = parseAddress(request.remoteAddress);
    if (config.denied.some((range) => inRange(range, address))) return page(403);
    if (config.allowed.length > 0 && !config.allowed.some((range) => inRange(range, address))) return page(403);
    if (config.bodySize > 0 && utf8Length(request.body) > config.bodySize) return page(413);
    if (config.auth === undefined) return undefined;
    const [namespace = ""] = ingress.split("/");
    const { secret, realm } = config.auth;
    const verdict = this.userOf(request, secret.includes("/") ? secret : `${namespace}/${secret}`);
    if (verdict === "error") return page(503);
    if (verdict === undefined) return page(401, { "www-authenticate": `Basic realm="${realm}"` });
    account.user = verdict;
    return undefined;
  }

  /** Whether a client of TLS has shown the certificate that it has to. */
  client(
    request: ServedRequest,
    { config: { clientAuth: auth }, ingress }: { config: LocationConfig; ingress: string },
  ): ReturnType<typeof checkClient> {
    if (auth === undefined) return { headers: {} };
    const [namespace = ""] = ingress.split("/");
    const key = auth.secret.includes("/") ? auth.secret : `${namespace}/${auth.secret}`;
    const authority = this.host.objects.secret(key)?.data?.["ca.crt"];
    if (authority === undefined) return { refusal: page(503) };
    return checkClient(request, { auth, authority: decodeBase64(authority), now: this.host.now() });
  }

  /** The user; undefined when it is none; `error` when there is nothing to check against. */
  private userOf(request: ServedRequest, key: string): string | undefined {
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

  /** Asks the server of `auth-url`, then goes on as `then` says with what it said, or answers in its place. */
  consent(
    request: ServedRequest,
    of: { external: ExternalAuth; secure: boolean },
    then: (consent: Consent) => ServedResponse,
  ): ServedResponse {
    const { external, secure } = of;
    const scheme = secure ? "https" : "http";
    const uri = `${request.path}${request.query === "" ? "" : `?${request.query}`}`;
    const host = request.headers["host"] ?? "";
    const expand = (text: string): string =>
      text
        .replaceAll("$escaped_request_uri", encodeURIComponent(uri))
        .replaceAll("$request_uri", uri)
        .replaceAll(/\$(?:http_)?host\b/g, host)
        .replaceAll("$scheme", scheme);
    const { "content-length": _length, ...headers } = request.headers;
    const url = expand(external.url);
    const outcome = this.host.exchange({
      method: external.method === "" ? "GET" : external.method,
      url,
      headers: {
        ...headers,
        host: /^\w+:\/\/([^/?#]+)/.exec(url)?.[1] ?? "",
        "x-original-url": `${scheme}://${host}${uri}`,
        "x-original-method": request.method,
        "x-sent-from": "nginx-ingress-controller",
        "x-real-ip": request.remoteAddress,
        "x-forwarded-for": request.remoteAddress,
        "x-auth-request-redirect": uri,
      },
      body: "",
      timeoutMs: AUTH_TIMEOUT_MS,
    });
    const { latencyMs, hops } = outcome;
    const signIn =
      external.signIn === "" ? "" : signInUrl(expand(external.signIn), external, `${scheme}://${host}${uri}`);
    const decide = (answer: ServedResponse | undefined): ServedResponse => {
      const status = answer?.status ?? 500;
      const said = lowered(answer?.headers);
      if (status >= 200 && status < 300) {
        const wanted = external.responseHeaders.map((name) => name.toLowerCase());
        return then(
          Object.fromEntries(wanted.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]]))),
        );
      }
      if (status === 401 && signIn !== "") return moved(302, signIn);
      if (status === 401) {
        const challenge = said["www-authenticate"];
        return page(401, challenge === undefined ? {} : { "www-authenticate": challenge });
      }
      return page(status === 403 ? 403 : 500);
    };
    const late = (response: ServedResponse): ServedResponse => ({
      ...response,
      delayMs: latencyMs + (response.delayMs ?? 1),
      onward: () => [...hops, ...(response.onward?.() ?? [])],
    });
    if (!outcome.ok) return late(decide(undefined));
    const { later } = outcome.response;
    if (later === undefined) return late(decide(outcome.response));
    return {
      status: 0,
      body: "",
      delayMs: latencyMs,
      onward: () => hops,
      later: (answer) => later((given) => settle(decide(given), answer)),
    };
  }
}

/** Passes an answer on when it is there. */
function settle(response: ServedResponse, answer: (response: ServedResponse) => void): void {
  if (response.later === undefined) answer(response);
  else response.later(answer);
}

function signInUrl(url: string, { redirectParameter }: ExternalAuth, back: string): string {
  if (new RegExp(`[?&]${redirectParameter}=`).test(url)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}${redirectParameter}=${encodeURIComponent(back)}`;
}

export function lowered(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
