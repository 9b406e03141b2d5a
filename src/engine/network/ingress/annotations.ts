/**
 * What the annotations of an Ingress ask of ingress-nginx. Upstream: kubernetes/ingress-nginx
 * internal/ingress/annotations, docs/user-guide/nginx-configuration/annotations.md.
 *
 * **Simplified:** stream and authentication snippets, ModSecurity, OpenTelemetry and tuning of buffers are not simulated; the controller says so for each such annotation, in its log and in an event.
 */
import { parseRange } from "../address.ts";
import type { Range } from "../address.ts";
import { readClientAuth } from "./client-auth.ts";
import type { ClientAuth } from "./client-auth.ts";
import { USUAL_SETTINGS } from "./controller-settings.ts";
import type { ControllerSettings } from "./controller-settings.ts";
import { nextUpstream } from "./next-upstream.ts";
import type { NextUpstream } from "./next-upstream.ts";
import { readSnippet } from "./snippet.ts";
import type { Snippet } from "./snippet.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";

export interface Canary {
  weight: number;
  weightTotal: number;
  header: string;
  headerValue: string;
  headerPattern: string;
  cookie: string;
}

export interface Cors {
  origins: readonly string[];
  methods: string;
  headers: string;
  credentials: boolean;
  maxAge: string;
  expose: string;
}

/** Another server that is asked whether a request may pass. */
export interface ExternalAuth {
  url: string;
  method: string;
  /** Where who may not is sent; "" for nowhere. */
  signIn: string;
  redirectParameter: string;
  /** Headers of its answer that the backend is to see. */
  responseHeaders: readonly string[];
}

export interface LocationConfig {
  rewriteTarget: string;
  useRegex: boolean;
  appRoot: string;
  sslRedirect: boolean;
  forceSslRedirect: boolean;
  redirect: { url: string; code: number } | undefined;
  auth: { secret: string; realm: string } | undefined;
  external: ExternalAuth | undefined;
  clientAuth: ClientAuth | undefined;
  affinity: { cookie: string; path: string; expires: string; maxAge: string } | undefined;
  canary: Canary | undefined;
  /** `HTTP` or `HTTPS`, `GRPC` …: how the backend is spoken to. */
  backendProtocol: string;
  /** 0: no limit. */
  bodySize: number;
  allowed: readonly Range[];
  denied: readonly Range[];
  ratePerSecond: number;
  burst: number;
  connections: number;
  cors: Cors | undefined;
  /** `namespace/name` of a ConfigMap. */
  customHeaders: string;
  readTimeoutMs: number;
  connectTimeoutMs: number;
  upstreamVhost: string;
  forwardedPrefix: string;
  serverAliases: readonly string[];
  serviceUpstream: boolean;
  /** A service of the same namespace for when the backend has no endpoints, or answers one of `errorCodes`. */
  defaultBackend: string;
  errorCodes: readonly number[];
  nextUpstream: NextUpstream;
  /** Whom copies of requests are sent to, and as which host; "" for the one that the target names. */
  mirror: { target: string; host: string; withBody: boolean } | undefined;
  /** Directives of nginx for its locations and its hosts; none where the controller doesn't allow them. */
  snippet: Snippet | undefined;
  serverSnippet: Snippet | undefined;
  /** Connections of TLS go to the backend as they are, where the controller is told to let them. */
  sslPassthrough: boolean;
}

const DEFAULT_BODY = 1024 * 1024;
const BURST_MULTIPLIER = 5;
/** What changes nothing that could be seen here: buffers, versions of HTTP and ciphers. */
const NO_EFFECT: ReadonlySet<string> = new Set([
  "proxy-buffering",
  "proxy-buffer-size",
  "proxy-buffers-number",
  "proxy-http-version",
  "proxy-request-buffering",
  "proxy-send-timeout",
  "enable-rewrite-log",
  "ssl-ciphers",
  "http2-push-preload",
]);

/** The settings, and the names of annotations that are not simulated. */
export function readAnnotations(
  annotations: Readonly<Record<string, string>> = {},
  usual: ControllerSettings = USUAL_SETTINGS,
): {
  config: LocationConfig;
  unknown: readonly string[];
} {
  const left = new Map<string, string>();
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(PREFIX)) left.set(key.slice(PREFIX.length), value);
  }
  const text = (name: string, otherwise = ""): string => {
    const value = left.get(name) ?? otherwise;
    left.delete(name);
    return value;
  };
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = text(name);
    return value === "" ? otherwise : value === "true";
  };
  const number = (name: string, otherwise: number): number => {
    const value = Number(text(name, String(otherwise)));
    return Number.isFinite(value) ? value : otherwise;
  };
  const permanent = text("permanent-redirect");
  const temporal = text("temporal-redirect");
  const permanentCode = number("permanent-redirect-code", 301);
  const authType = text("auth-type");
  const authSecret = text("auth-secret");
  const realm = text("auth-realm", "Authentication Required");
  const burstMultiplier = number("limit-burst-multiplier", BURST_MULTIPLIER);
  const rps = number("limit-rps", 0);
  const rpm = number("limit-rpm", 0);
  const allow = text("whitelist-source-range") || text("allowlist-source-range") || usual.allowed;
  const config: LocationConfig = {
    rewriteTarget: text("rewrite-target"),
    useRegex: flag("use-regex", false),
    appRoot: text("app-root"),
    sslRedirect: flag("ssl-redirect", usual.sslRedirect),
    forceSslRedirect: flag("force-ssl-redirect", usual.forceSslRedirect),
    redirect:
      temporal !== ""
        ? { url: temporal, code: 302 }
        : permanent !== ""
          ? { url: permanent, code: permanentCode }
          : undefined,
    auth: authType === "basic" ? { secret: authSecret, realm } : undefined,
    external: external(text),
    clientAuth: readClientAuth(text),
    affinity: affinity(text),
    canary: canary({ flag, number, text }),
    backendProtocol: text("backend-protocol", "HTTP").toUpperCase(),
    bodySize: bytes(text("proxy-body-size", usual.bodySize)),
    allowed: ranges(allow),
    denied: ranges(text("denylist-source-range", usual.denied)),
    ratePerSecond: rps > 0 ? rps : rpm / 60,
    burst: (rps > 0 ? rps : rpm) * burstMultiplier,
    connections: number("limit-connections", 0),
    cors: cors(flag, text),
    customHeaders: text("custom-headers"),
    readTimeoutMs: number("proxy-read-timeout", usual.readTimeoutSeconds) * 1000,
    connectTimeoutMs: number("proxy-connect-timeout", usual.connectTimeoutSeconds) * 1000,
    upstreamVhost: text("upstream-vhost"),
    forwardedPrefix: text("x-forwarded-prefix"),
    serverAliases: words(text("server-alias")),
    serviceUpstream: flag("service-upstream", false),
    defaultBackend: text("default-backend"),
    errorCodes: words(text("custom-http-errors", usual.errorCodes)).map(Number),
    nextUpstream: nextUpstream(
      text("proxy-next-upstream", usual.nextUpstream),
      number("proxy-next-upstream-tries", usual.nextUpstreamTries),
      number("proxy-next-upstream-timeout", usual.nextUpstreamTimeoutSeconds),
    ),
    mirror: mirror(text),
    ...snippets(text, usual.allowsSnippets),
    sslPassthrough: flag("ssl-passthrough", false),
  };
  if (authType !== "" && authType !== "basic") left.set("auth-type", authType);
  return { config, unknown: [...left.keys()].filter((name) => !NO_EFFECT.has(name)) };
}

/** Annotations that nothing here goes by, and why; `passesTls`: the controller may let TLS through. */
export function withoutEffect(
  { config, unknown }: ReturnType<typeof readAnnotations>,
  passesTls: boolean,
): { name: string; why: string }[] {
  const idle = unknown.map((name) => ({ name, why: "is not simulated: it has no effect" }));
  for (const [name, snippet] of [
    ["configuration-snippet", config.snippet],
    ["server-snippet", config.serverSnippet],
  ] as const)
    if ((snippet?.unknown.length ?? 0) > 0)
      idle.push({ name, why: `has directives that are not simulated: ${snippet?.unknown.join(", ")}` });
  if (!config.sslPassthrough || passesTls) return idle;
  return [...idle, { name: "ssl-passthrough", why: "has no effect without the flag --enable-ssl-passthrough" }];
}

function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function snippets(text: Text, allowed: boolean): Pick<LocationConfig, "snippet" | "serverSnippet"> {
  const [own, server] = [text("configuration-snippet"), text("server-snippet")];
  return { snippet: readSnippet(allowed ? own : ""), serverSnippet: readSnippet(allowed ? server : "") };
}

function mirror(text: Text): LocationConfig["mirror"] {
  const target = text("mirror-target");
  const settings = { target, host: text("mirror-host"), withBody: text("mirror-request-body", "on") !== "off" };
  return target === "" ? undefined : settings;
}

function external(text: Text): ExternalAuth | undefined {
  const url = text("auth-url");
  const settings: ExternalAuth = {
    url,
    method: text("auth-method"),
    signIn: text("auth-signin"),
    redirectParameter: text("auth-signin-redirect-param", "rd"),
    responseHeaders: words(text("auth-response-headers")),
  };
  return url === "" ? undefined : settings;
}

type Text = (name: string, usual?: string) => string;

function affinity(text: Text): LocationConfig["affinity"] {
  const kind = text("affinity");
  const cookie = text("session-cookie-name", "INGRESSCOOKIE");
  const path = text("session-cookie-path");
  const expires = text("session-cookie-expires");
  const maxAge = text("session-cookie-max-age");
  return kind === "cookie" ? { cookie, path, expires, maxAge } : undefined;
}

function canary(read: {
  flag: (name: string, usual: boolean) => boolean;
  number: (name: string, usual: number) => number;
  text: Text;
}): Canary | undefined {
  const { flag, number, text } = read;
  const on = flag("canary", false);
  const settings: Canary = {
    weight: number("canary-weight", 0),
    weightTotal: number("canary-weight-total", 100),
    header: text("canary-by-header"),
    headerValue: text("canary-by-header-value"),
    headerPattern: text("canary-by-header-pattern"),
    cookie: text("canary-by-cookie"),
  };
  return on ? settings : undefined;
}

function cors(flag: (name: string, usual: boolean) => boolean, text: Text): Cors | undefined {
  const on = flag("enable-cors", false);
  const settings: Cors = {
    origins: words(text("cors-allow-origin", "*")),
    methods: text("cors-allow-methods", "GET, PUT, POST, DELETE, PATCH, OPTIONS"),
    headers: text(
      "cors-allow-headers",
      "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
    ),
    credentials: flag("cors-allow-credentials", true),
    maxAge: text("cors-max-age", "1728000"),
    expose: text("cors-expose-headers"),
  };
  return on ? settings : undefined;
}

/** `8m`, `512k`, `0` … in bytes. */
function bytes(text: string): number {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  if (match === null) return DEFAULT_BODY;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? "").toLowerCase()] ?? 1;
  return Number(match[1]) * unit;
}

function ranges(text: string): Range[] {
  return words(text)
    .map((range) => parseRange(range.includes("/") ? range : `${range}/32`))
    .filter((range) => range !== undefined);
}
