/**
 * What ingress-nginx' validating webhook refuses. Upstream: kubernetes/ingress-nginx internal/ingress/controller/controller.go
 * (CheckIngress, checkOverlap), internal/ingress/inspector, internal/ingress/annotations/parser/validators.go.
 *
 * **Simplified:** values are checked of those annotations that have an effect here; nginx' own test of the whole
 * configuration is not run.
 */
import type { Ingress } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { parseJson } from "../../base/json.ts";
import { parseRange } from "../address.ts";
import type { ControllerSettings } from "./controller-settings.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";
const RISKS: readonly string[] = ["Low", "Medium", "High", "Critical"];
/** Groups of annotations whose risk is Critical, by the group's name. */
const CRITICAL: Readonly<Record<string, string>> = {
  "auth-snippet": "ExternalAuth",
  "configuration-snippet": "ConfigurationSnippet",
  "modsecurity-snippet": "ModSecurity",
  "server-snippet": "ServerSnippet",
  "stream-snippet": "StreamSnippet",
};

const SIMPLE_PATH = /^\/[a-z0-9._\-/]*$/i;
const CAPTURE = /^\/?[-._~a-zA-Z0-9/:$]*$/;
const LINK = /^[-._~a-zA-Z0-9/::?&=$]*$/;

type Test = (value: string) => boolean;

const boolean: Test = (value) => /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value);
const integer: Test = (value) => /^[+-]?\d+$/.test(value);
const ranges: Test = (value) =>
  value.split(",").every((text) => {
    const range = text.trim();
    return range === "" || parseRange(range.includes("/") ? range : `${range}/32`) !== undefined;
  });
const oneOf =
  (...options: string[]): Test =>
  (value) =>
    options.includes(value.trim().toLowerCase());

const TESTS: Readonly<Record<string, Test>> = {
  "use-regex": boolean,
  "ssl-passthrough": boolean,
  "proxy-next-upstream-tries": integer,
  "proxy-next-upstream-timeout": integer,
  "ssl-redirect": boolean,
  "force-ssl-redirect": boolean,
  "enable-cors": boolean,
  "cors-allow-credentials": boolean,
  "cors-max-age": integer,
  canary: boolean,
  "canary-weight": integer,
  "canary-weight-total": integer,
  "service-upstream": boolean,
  "limit-rps": integer,
  "limit-rpm": integer,
  "limit-connections": integer,
  "limit-burst-multiplier": integer,
  "permanent-redirect-code": integer,
  "proxy-connect-timeout": integer,
  "proxy-read-timeout": integer,
  "proxy-send-timeout": integer,
  "proxy-body-size": (value) => /^\d+[bkmg]?$/i.test(value),
  "whitelist-source-range": ranges,
  "allowlist-source-range": ranges,
  "denylist-source-range": ranges,
  "rewrite-target": (value) => CAPTURE.test(value),
  "app-root": (value) => CAPTURE.test(value),
  "auth-url": (value) => LINK.test(value),
  "auth-signin": (value) => LINK.test(value),
  affinity: oneOf("cookie"),
  "auth-type": oneOf("basic", "digest"),
  "backend-protocol": oneOf("auto_http", "http", "https", "grpc", "grpcs", "fcgi"),
};

/** Why it may not be, in the webhook's words; undefined when it may. `others`: what the controller serves already. */
export function checkIngress(
  ingress: Ingress,
  { settings, others }: { settings: ControllerSettings; others: readonly Ingress[] },
): string | undefined {
  return (
    (settings.strictPaths ? checkPaths(ingress) : undefined) ??
    checkAnnotations(ingress, settings) ??
    checkOverlap(ingress, others)
  );
}

function checkPaths({ spec }: Ingress): string | undefined {
  const wrong = (spec.rules ?? [])
    .flatMap(({ http }) => http?.paths ?? [])
    .filter(
      ({ path = "", pathType }) => path !== "" && pathType !== "ImplementationSpecific" && !SIMPLE_PATH.test(path),
    )
    .map(({ path, pathType }) => `path ${path} cannot be used with pathType ${pathType}`);
  return wrong.length === 0 ? undefined : `ingress contains invalid paths: ${wrong.join("\n")}`;
}

function checkAnnotations({ metadata }: Ingress, settings: ControllerSettings): string | undefined {
  const own = Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? [{ key, name: key.slice(PREFIX.length), value: value as string }] : [],
  );
  for (const { key, name, value } of own) {
    const word = settings.forbiddenWords.find((each) => value.includes(each));
    if (word !== undefined) return `${key} annotation contains invalid word ${word}`;
    if (!settings.allowsSnippets && name.endsWith("-snippet"))
      return `${key} annotation cannot be used. Snippet directives are disabled by the Ingress administrator`;
  }
  for (const { key, name, value } of own) {
    if (value !== "" && TESTS[name]?.(value) === false) return `annotation ${key} contains invalid value`;
  }
  if (RISKS.indexOf(settings.riskLevel) >= RISKS.indexOf("Critical")) return undefined;
  const risky = own.map(({ name }) => CRITICAL[name]).find((group) => group !== undefined);
  return risky === undefined
    ? undefined
    : `annotation group ${risky} contains risky annotation based on ingress configuration`;
}

function isCanary({ metadata }: Ingress): boolean {
  return metadata.annotations?.[`${PREFIX}canary`] === "true";
}

/** A host and path that another Ingress has, unless one of the two is the other's canary. */
function checkOverlap(ingress: Ingress, others: readonly Ingress[]): string | undefined {
  const key = keyOf(ingress);
  for (const { host = "_", http } of ingress.spec.rules ?? []) {
    for (const { path = "/" } of http?.paths ?? []) {
      const holders = others.filter((other) => hasPath(other, host, path));
      if (holders.length === 0) continue;
      if (holders.some((other) => keyOf(other) === key)) return undefined;
      const clash = holders.find((other) => isCanary(other) === isCanary(ingress));
      if (clash !== undefined) return `host "${host}" and path "${path}" is already defined in ingress ${keyOf(clash)}`;
      return undefined;
    }
  }
  return undefined;
}

function hasPath({ spec }: Ingress, host: string, path: string): boolean {
  return (spec.rules ?? []).some(
    (rule) => (rule.host ?? "_") === host && (rule.http?.paths ?? []).some((each) => (each.path ?? "/") === path),
  );
}

/** The review that the API server is answered with; `check` is asked of an Ingress that would be stored. */
export function answerReview(
  body: string,
  check: (ingress: Ingress) => string | undefined,
): { status: number; headers: Record<string, string>; body: string } {
  const { apiVersion = "admission.k8s.io/v1", request } = (parseJson(body) ?? {}) as {
    apiVersion?: string;
    request?: { uid?: string; object?: Ingress };
  };
  const why = request?.object === undefined ? undefined : check(request.object);
  const status = { status: "Failure", message: why, reason: "BadRequest", code: 400 };
  const response = { uid: request?.uid ?? "", allowed: why === undefined, ...(why !== undefined && { status }) };
  const review = { kind: "AdmissionReview", apiVersion, response };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(review) };
}
