/**
 * What the ConfigMap of `--configmap` asks of ingress-nginx for all Ingresses. Upstream: kubernetes/ingress-nginx
 * internal/ingress/controller/config/config.go, docs/user-guide/nginx-configuration/configmap.md.
 *
 * **Simplified:** keys other than these have no effect; the controller's log says so for each.
 */
export interface ControllerSettings {
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  /** The header's value; undefined: none is sent. */
  readonly hsts: string | undefined;
  readonly bodySize: string;
  readonly readTimeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
  /** `404,503`: answers of backends that the default backend gives in their place. */
  readonly errorCodes: string;
  /** When a request goes on to another endpoint: `error timeout`. */
  readonly nextUpstream: string;
  readonly nextUpstreamTries: number;
  readonly nextUpstreamTimeoutSeconds: number;
  /** X-Forwarded-* of who asks are believed. */
  readonly useForwardedHeaders: boolean;
  readonly allowed: string;
  readonly denied: string;
  /** `namespace/name` of ConfigMaps with headers for clients and for backends. */
  readonly addHeaders: string;
  readonly proxySetHeaders: string;
  /** What the webhook lets pass: annotations that end in `-snippet`, up to which risk, which words in none. */
  readonly allowsSnippets: boolean;
  readonly riskLevel: string;
  readonly forbiddenWords: readonly string[];
  /** Paths of type Exact and Prefix may hold no pattern. */
  readonly strictPaths: boolean;
  /** Keys that are not simulated. */
  readonly unknown: readonly string[];
}

const HSTS_AGE = "31536000";
const READ_TIMEOUT = 60;
const CONNECT_TIMEOUT = 5;

export function readControllerSettings(data: Readonly<Record<string, string>> = {}): ControllerSettings {
  const left = new Map(Object.entries(data));
  const text = (key: string, usual = ""): string => {
    const value = left.get(key) ?? usual;
    left.delete(key);
    return value;
  };
  const flag = (key: string, usual: boolean): boolean => text(key, String(usual)) === "true";
  const age = text("hsts-max-age", HSTS_AGE);
  const subdomains = flag("hsts-include-subdomains", true) ? "; includeSubDomains" : "";
  const preload = flag("hsts-preload", false) ? "; preload" : "";
  return {
    sslRedirect: flag("ssl-redirect", true),
    forceSslRedirect: flag("force-ssl-redirect", false),
    hsts: flag("hsts", true) ? `max-age=${age}${subdomains}${preload}` : undefined,
    bodySize: text("proxy-body-size"),
    readTimeoutSeconds: Number(text("proxy-read-timeout")) || READ_TIMEOUT,
    connectTimeoutSeconds: Number(text("proxy-connect-timeout")) || CONNECT_TIMEOUT,
    errorCodes: text("custom-http-errors"),
    nextUpstream: text("proxy-next-upstream", "error timeout"),
    nextUpstreamTries: Number(text("proxy-next-upstream-tries", "3")),
    nextUpstreamTimeoutSeconds: Number(text("proxy-next-upstream-timeout", "0")),
    useForwardedHeaders: flag("use-forwarded-headers", false),
    allowed: text("whitelist-source-range"),
    denied: text("denylist-source-range"),
    addHeaders: text("add-headers"),
    proxySetHeaders: text("proxy-set-headers"),
    allowsSnippets: flag("allow-snippet-annotations", false),
    riskLevel: text("annotations-risk-level", "High"),
    forbiddenWords: text("annotation-value-word-blocklist")
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== ""),
    strictPaths: flag("strict-validate-path-type", true),
    unknown: [...left.keys()],
  };
}

export const USUAL_SETTINGS: ControllerSettings = readControllerSettings();
