/**
 * The few hosts of the simulated internet: what tutorials ask for. Their pages say that they are simulated.
 * **Simplified:** addresses are fixed and few; nothing but HTTP, HTTPS and names is served.
 */
import { encodeBase64 } from "../../base/base64.ts";
import { parseJson } from "../../base/json.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";

export interface PublicHost {
  /** Names that lead here, the first is the host's own. */
  names: readonly string[];
  address: string;
  serve(request: ServedRequest): ServedResponse;
}

const JSON_TYPE = "application/json";

function page(title: string, text: string): ServedResponse {
  const body = `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
  return { status: 200, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}

function json(value: unknown, status = 200): ServedResponse {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  return {
    status,
    headers: { "content-type": JSON_TYPE, "content-length": String(body.length), server: "gunicorn/19.9.0" },
    body,
  };
}

function redirect(location: string, status = 302): ServedResponse {
  return { status, headers: { location, "content-length": "0" }, body: "" };
}

const exampleDomain = (): ServedResponse =>
  page(
    "Example Domain",
    "This domain is for use in documentation examples without needing permission. (Answered by the simulated internet.)",
  );

const simulated = (name: string) => (): ServedResponse =>
  page(name, `This is ${name} of the simulated internet: it answers, and has nothing else to say.`);

/** Query text as httpbin's `args`. */
function args(query: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of query.split("&")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    if (name !== "") found[decode(name)] = decode(value);
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** Names as clients write them: `User-Agent`. */
function headersOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of Object.keys(headers).sort()) {
    shown[name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())] = headers[name] as string;
  }
  return shown;
}

/** A body as httpbin shows it: fields and files of a form, JSON read, or the text itself. */
function contentOf(type: string, body: string): object {
  if (type.startsWith("application/x-www-form-urlencoded"))
    return { data: "", files: {}, form: args(body), json: null };
  const boundary = /^multipart\/form-data;.*boundary=(\S+)$/.exec(type)?.[1];
  if (boundary === undefined) return { data: body, files: {}, form: {}, json: parseJson(body) ?? null };
  const found = { files: {} as Record<string, string>, form: {} as Record<string, string> };
  for (const part of body.split(`--${boundary}`)) {
    const [head = "", content = ""] = part.split(/\r\n\r\n(.*)\r\n$/s);
    const name = /; name="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined) found[head.includes("; filename=") ? "files" : "form"][name] = content;
  }
  return { data: "", ...found, json: null };
}

const MOST_DELAY = 10;

/** What ingress-nginx' example of external authentication asks. */
function basicAuth(given: string | undefined, user: string, password: string): ServedResponse {
  if (given === `Basic ${encodeBase64(`${user}:${password}`)}`) return json({ authenticated: true, user });
  const headers = { "www-authenticate": 'Basic realm="Fake Realm"', "content-length": "0" };
  return { status: 401, headers, body: "" };
}

/** The part of httpbin.org that examples use; what is absent is its 404. */
function httpbin(request: ServedRequest): ServedResponse {
  const { method, path, query, headers, body, remoteAddress } = request;
  const url = `${request.port === 443 ? "https" : "http"}://${headers["host"] ?? "httpbin.org"}${path}${query === "" ? "" : `?${query}`}`;
  const seen = { args: args(query), headers: headersOf(headers), origin: remoteAddress, url };
  const [, first = "", second = ""] = path.split("/");
  switch (first) {
    case "":
      return page("httpbin.org", "A simple HTTP request and response service. (Answered by the simulated internet.)");
    case "get":
      return method === "GET" || method === "HEAD" ? json(seen) : json({ message: "Method Not Allowed" }, 405);
    case "post":
    case "put":
    case "patch":
    case "delete":
      return method.toLowerCase() === first
        ? json({ ...seen, ...contentOf(headers["content-type"] ?? "", body) })
        : json({ message: "Method Not Allowed" }, 405);
    case "anything":
      return json({ ...seen, ...contentOf(headers["content-type"] ?? "", body), method });
    case "headers":
      return json({ headers: seen.headers });
    case "ip":
      return json({ origin: remoteAddress });
    case "user-agent":
      return json({ "user-agent": headers["user-agent"] ?? null });
    case "status":
      return { status: Number(second) || 400, headers: { "content-length": "0" }, body: "" };
    case "delay":
      return { ...json({ ...seen, data: body }), delayMs: Math.min(MOST_DELAY, Number(second) || 0) * 1000 };
    case "basic-auth":
      return basicAuth(headers["authorization"], second, path.split("/")[3] ?? "");
    case "redirect":
      return redirect(Number(second) > 1 ? `/redirect/${Number(second) - 1}` : "/get");
    default:
      return {
        status: 404,
        headers: { "content-type": "text/html" },
        body: "<title>404 Not Found</title>\n<h1>Not Found</h1>\n",
      };
  }
}

/** The first step of a registry's protocol: who it is, and that it wants a token for more. */
function registry(service: string): (request: ServedRequest) => ServedResponse {
  return ({ path }) => {
    if (path === "/v2/" || path === "/v2") {
      const challenge = `Bearer realm="https://${service}/token",service="${service}"`;
      const body = '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}\n';
      return {
        status: 401,
        headers: {
          "content-type": JSON_TYPE,
          "docker-distribution-api-version": "registry/2.0",
          "www-authenticate": challenge,
        },
        body,
      };
    }
    return { status: 404, headers: { "content-type": "text/plain" }, body: "404 page not found\n" };
  };
}

/** What the documentation's pod with an init container fetches. */
function firstWebsite({ path }: ServedRequest): ServedResponse {
  if (path !== "/") return { status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not Found</h1>\n" };
  return page("http://info.cern.ch", "Home of the first website: in this playground, one page of it.");
}

export const publicHosts: readonly PublicHost[] = [
  { names: ["example.com", "www.example.com"], address: "93.184.215.14", serve: exampleDomain },
  { names: ["example.org", "www.example.org"], address: "93.184.215.15", serve: exampleDomain },
  { names: ["info.cern.ch"], address: "188.184.67.127", serve: firstWebsite },
  { names: ["httpbin.org", "www.httpbin.org"], address: "34.227.213.82", serve: httpbin },
  { names: ["google.com"], address: "142.250.184.206", serve: () => redirect("http://www.google.com/", 301) },
  { names: ["www.google.com"], address: "142.250.184.196", serve: simulated("www.google.com") },
  { names: ["kubernetes.io", "www.kubernetes.io"], address: "147.75.40.148", serve: simulated("kubernetes.io") },
  { names: ["github.com"], address: "140.82.121.4", serve: simulated("github.com") },
  { names: ["registry-1.docker.io", "docker.io"], address: "98.85.153.80", serve: registry("registry.docker.io") },
  { names: ["registry.k8s.io"], address: "34.96.108.209", serve: registry("registry.k8s.io") },
  { names: ["quay.io"], address: "54.88.100.109", serve: registry("quay.io") },
];

/** Public resolvers, by the names under which they know themselves. */
export const publicResolvers: readonly { name: string; addresses: readonly string[] }[] = [
  { name: "dns.google", addresses: ["8.8.8.8", "8.8.4.4"] },
  { name: "one.one.one.one", addresses: ["1.1.1.1", "1.0.0.1"] },
];
