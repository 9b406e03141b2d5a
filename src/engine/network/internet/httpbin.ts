/**
 * httpbin: a server that answers with what it was asked, in many ways. The public one, and its image.
 * Upstream: postmanlabs/httpbin httpbin/core.py. What is absent of it is its 404.
 */
import { wireName } from "../../base/http-text.ts";
import { encodeBase64 } from "../../base/base64.ts";
import { parseJson } from "../../base/json.ts";
import { decodeFormText } from "../../base/percent.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";

/** Runs something later. */
export type After = (ms: number, run: () => void) => void;

const JSON_TYPE = "application/json";

function json(value: unknown, status = 200): ServedResponse {
  const body = `${JSON.stringify(value, null, 2)}\n`;
  return {
    status,
    headers: { "content-type": JSON_TYPE, "content-length": String(body.length), server: "gunicorn/19.9.0" },
    body,
  };
}

function redirect(location: string): ServedResponse {
  return { status: 302, headers: { location, "content-length": "0" }, body: "" };
}

function index(): ServedResponse {
  const body =
    '<!doctype html><html lang="en"><head><title>httpbin.org</title></head><body><h1>httpbin.org</h1><p>A simple HTTP Request &amp; Response Service. (Simulated.)</p></body></html>\n';
  return { status: 200, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}

/** Query text as httpbin's `args`. */
function args(query: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of query.split("&")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    if (name !== "") found[decodeFormText(name)] = decodeFormText(value);
  }
  return found;
}

/** Names as clients write them: `User-Agent`. */
function headersOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const name of Object.keys(headers).sort()) {
    shown[wireName(name)] = headers[name] as string;
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

const MOST_LINES = 100;
const CHUNKED = { "transfer-encoding": "chunked", server: "gunicorn/19.9.0" };

/** `/stream/3`: as many lines, in chunks of one each. */
function stream(count: number, seen: object): ServedResponse {
  const lines = Array.from(
    { length: Math.min(Math.max(1, count), MOST_LINES) },
    (_, id) => `${JSON.stringify({ ...seen, id })}\n`,
  );
  return { status: 200, headers: { "content-type": JSON_TYPE, ...CHUNKED }, body: lines.join("") };
}

const MOST_DRIP_SECONDS = 60;

/** `/drip?duration=2&numbytes=10&code=200&delay=2`: a byte at a time, evenly over its duration. */
function drip(query: string, after: After): ServedResponse {
  const given = args(query);
  const number = (name: string, usual: number): number => {
    const value = Number(given[name] ?? usual);
    return Number.isFinite(value) && value >= 0 ? value : usual;
  };
  const count = Math.max(1, Math.floor(number("numbytes", 10)));
  const pause = (Math.min(MOST_DRIP_SECONDS, number("duration", 2)) * 1000) / count;
  const headers = { "content-type": "application/octet-stream", "content-length": String(count) };
  return {
    status: number("code", 200),
    headers,
    body: "*",
    delayMs: 1 + Math.min(MOST_DELAY, number("delay", 2)) * 1000,
    goesOn(to) {
      let over = false;
      const next = (left: number): void => {
        if (left === 0) return to.end();
        after(pause, () => {
          if (over) return;
          to.data("*");
          next(left - 1);
        });
      };
      next(count - 1);
      return () => void (over = true);
    },
  };
}

function cookies(header: string | undefined): Record<string, string> {
  const pairs = (header ?? "").split(";").flatMap((pair) => {
    const [name = "", value = ""] = pair.trim().split(/=(.*)/s);
    return name === "" ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

export function httpbin(request: ServedRequest, after: After): ServedResponse {
  const { method, path, query, headers, body, remoteAddress } = request;
  const url = `${request.port === 443 ? "https" : "http"}://${headers["host"] ?? "httpbin.org"}${path}${query === "" ? "" : `?${query}`}`;
  const seen = { args: args(query), headers: headersOf(headers), origin: remoteAddress, url };
  const [, first = "", second = ""] = path.split("/");
  switch (first) {
    case "":
      return first === "" ? index() : json(seen);
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
    case "bearer": {
      const token = /^Bearer (.+)$/.exec(headers["authorization"] ?? "")?.[1];
      if (token !== undefined) return json({ authenticated: true, token });
      return { status: 401, headers: { "www-authenticate": "Bearer", "content-length": "0" }, body: "" };
    }
    case "cookies": {
      if (second !== "set") return json({ cookies: cookies(headers["cookie"]) });
      const [name = "", value = ""] = Object.entries(args(query))[0] ?? [];
      const answer = redirect("/cookies");
      return { ...answer, headers: { ...answer.headers, "set-cookie": `${name}=${value}; Path=/` } };
    }
    case "response-headers": {
      const answer = json(args(query));
      const own = Object.entries(args(query)).map(([name, value]) => [name.toLowerCase(), value]);
      return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(own) } };
    }
    case "stream":
      return stream(Number(second) || 1, { url, args: seen.args, headers: seen.headers, origin: remoteAddress });
    case "drip":
      return drip(query, after);
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
