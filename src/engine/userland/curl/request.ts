/** What curl sends: method, headers and body from its options. Upstream: curl src/tool_operate.c. */
import { CLIENT_CERTIFICATE_HEADER, presentCertificate } from "../../base/x509/client-certificate.ts";
import type { HttpRequest, KeptConnection } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { resolve } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { encodeUtf8 } from "../utf8.ts";
import { hostInUrl, parseUrl, withCredentials } from "../urls.ts";
import type { Url } from "../urls.ts";
import { fail } from "./failure.ts";
import { formBody, textOf } from "./form.ts";
import { wasResolved } from "./texts.ts";
import type { Exchange } from "./texts.ts";

/** What curl says of a URL that is none. Upstream: lib/urlapi.c. */
export function whyRejected(text: string): string {
  const [, place = ""] = /^(?:[a-zA-Z][\w+.-]*:\/\/)?([^/?#]*)/.exec(text) ?? [];
  if (place.replace(/^[^@]*@/, "").replace(/:\d*$/, "") === "") return "No host part in the URL";
  if (/:[^\]]*$/.test(place) && !/:\d{1,4}$/.test(place))
    return "Port number was not a decimal number between 0 and 65535";
  return "Malformed input to a URL function";
}

/** The exchange that is asked for, or curl's exit code. */
export function* buildExchange(io: CommandIo, url: Url): Call<Exchange | number> {
  const headers: Record<string, string> = { "User-Agent": io.value("A") ?? "curl/8.14.1", Accept: "*/*" };
  let target = url;
  let body: string;
  let posts = false;
  try {
    const data = yield* dataOf(io);
    posts = data.length > 0;
    body = data.join("&");
    if (io.has("F") || io.has("formstring")) {
      const form = yield* formBody(io);
      ({ body } = form);
      headers["Content-Type"] = form.type;
      posts = true;
    } else if (io.has("json")) {
      body = "";
      for (const item of io.values("json")) body += item.startsWith("@") ? yield* textOf(item.slice(1)) : item;
      headers["Content-Type"] = "application/json";
      headers["Accept"] = "application/json";
      posts = true;
    } else if (io.has("G") && posts) {
      target = { ...url, path: `${url.path}${url.path.includes("?") ? "&" : "?"}${body}` };
      body = "";
      posts = false;
    } else if (posts) headers["Content-Type"] = "application/x-www-form-urlencoded";
    const upload = io.value("T");
    if (upload !== undefined) {
      body = yield* textOf(upload);
      if (url.path.endsWith("/")) target = { ...url, path: url.path + (upload.split("/").at(-1) ?? "") };
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* fail(io, 26, `Failed to open/read local data from file/application (${errorText(error)})`);
  }
  if (io.has("I") && posts) {
    return yield* fail(
      io,
      2,
      "You can only select one HTTP request method! You asked for both POST (-d, --data) and HEAD (-I, --head).",
    );
  }
  const credentials = io.value("u") ?? url.credentials;
  if (credentials !== undefined) headers["Authorization"] = withCredentials(credentials);
  const referer = io.value("e");
  if (referer !== undefined) headers["Referer"] = referer;
  for (const text of io.values("H")) setHeader(headers, text);
  const chunked = Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === "transfer-encoding" && value === "chunked",
  );
  if ((body !== "" || posts) && !chunked) headers["Content-Length"] = String(encodeUtf8(body).length);
  const usual = io.has("I") ? "HEAD" : io.has("T") ? "PUT" : posts ? "POST" : "GET";
  return { url: target, method: io.value("X") ?? usual, headers, body };
}

function* dataOf(io: CommandIo): Call<string[]> {
  const data: string[] = [];
  for (const item of io.values("d"))
    data.push(item.startsWith("@") ? (yield* textOf(item.slice(1))).replace(/[\r\n]/g, "") : item);
  for (const item of io.values("binary")) data.push(item.startsWith("@") ? yield* textOf(item.slice(1)) : item);
  data.push(...io.values("raw"));
  for (const item of io.values("urlencode")) {
    const [, name = "", value = ""] = /^([^=]*=)?([^]*)$/.exec(item) ?? [];
    data.push(`${name === "=" ? "" : name}${encodeURIComponent(value)}`);
  }
  return data;
}

function setHeader(headers: Record<string, string>, text: string): void {
  const at = text.search(/[:;]/);
  if (at < 0) return;
  const name = text.slice(0, at).trim();
  for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
  const value = text.slice(at + 1).trim();
  // `Name;` sends it empty, `Name:` takes it away.
  if (value !== "" || text[at] === ";") headers[name] = value;
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.round(Number(text) * 1000);
}

/** Where it connects in place of the URL's host and port, by --resolve, --connect-to and --proxy. */
export function connectTo(
  io: CommandIo,
  url: Url,
): { place: string; how: "resolve" | "connect-to" | "proxy" } | undefined {
  const proxy = proxyOf(io);
  if (proxy !== undefined) return { place: `${proxy.host}:${proxy.port}`, how: "proxy" };
  for (const rule of io.values("connectto")) {
    const [host, port, toHost, toPort] = rule.split(":");
    if ((host === "" || host === url.host) && (port === "" || Number(port) === url.port)) {
      const place = `${toHost === "" ? url.host : toHost}:${toPort === "" ? url.port : toPort}`;
      return { place, how: "connect-to" };
    }
  }
  for (const rule of io.values("resolve")) {
    const match = /^\+?([^:]+):(\d+):\[?([^\],]+)\]?/.exec(rule);
    if (match !== null && (match[1] === url.host || match[1] === "*") && Number(match[2]) === url.port)
      return { place: `${hostInUrl(match[3] as string)}:${url.port}`, how: "resolve" };
  }
  return undefined;
}

/** The proxy, whose port is 1080 unless it says one. */
export function proxyOf(io: CommandIo): Url | undefined {
  const said = io.value("x");
  if (said === undefined || said === "") return undefined;
  const proxy = parseUrl(said);
  return proxy === undefined || /:\d+$/.test(proxy.authority) ? proxy : { ...proxy, port: 1080 };
}

export function requestOf(
  io: CommandIo,
  { url, method, headers, body }: Exchange,
  connection: KeptConnection,
): HttpRequest {
  const request: HttpRequest = {
    method,
    url: `${url.scheme}://${hostInUrl(url.host)}:${url.port}${url.path}`,
    headers: { Host: url.authority, ...headers },
    body,
    connection,
  };
  const timeoutMs = milliseconds(io.value("m"));
  if (timeoutMs !== undefined) request.timeoutMs = timeoutMs;
  const connectTimeoutMs = milliseconds(io.value("connect"));
  if (connectTimeoutMs !== undefined) request.connectTimeoutMs = connectTimeoutMs;
  const elsewhere = connectTo(io, url);
  if (elsewhere !== undefined) request.connectTo = elsewhere.place;
  return request;
}

/** Whether `-4` and `-6` let it connect to such an address. */
function ofWantedFamily(io: CommandIo, address: string): boolean {
  return address.includes(":") ? !io.has("4") : !io.has("6");
}

/** `-4` and `-6`: connects to the first of the host's addresses that is of the family. Throws ENOTFOUND when there is none. */
export function* ofFamily(io: CommandIo, { host, port }: Url, request: HttpRequest): Call<HttpRequest> {
  if ((!io.has("6") && !io.has("4")) || request.connectTo !== undefined) return request;
  const address = (yield* resolve(host)).find((each) => ofWantedFamily(io, each));
  if (address === undefined) throw new SystemError("ENOTFOUND", host);
  return { ...request, connectTo: `${hostInUrl(address)}:${port}` };
}

/** For -v alone: the addresses of a host that could not be reached, and what it tells of how it came to them. */
export function* triedAddresses(
  io: CommandIo,
  { url, host, port }: { url: Url; host: string; port: number },
): Call<{ tried: string[]; told: string[] }> {
  const elsewhere = connectTo(io, url)?.place.replace(/^\[(.*)\]:\d+$|^([^:]+):\d+$/, "$1$2");
  try {
    const known = yield* resolve(elsewhere ?? host);
    if (elsewhere !== undefined) return { tried: known, told: [] };
    const tried = known.filter((each) => ofWantedFamily(io, each));
    return { tried, told: known[0] === host ? [] : wasResolved({ host, port }, tried) };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { tried: [], told: [] };
  }
}

/** The header that shows a client's certificate (--cert, --key), or curl's exit code. */
export function* clientCertificate(io: CommandIo): Call<Record<string, string> | number> {
  const file = io.value("E");
  if (file === undefined) return {};
  try {
    const certificate = yield* textOf(file);
    const key = io.value("key");
    return {
      [CLIENT_CERTIFICATE_HEADER]: presentCertificate(
        certificate,
        key === undefined ? certificate : yield* textOf(key),
      ),
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return yield* fail(io, 58, `could not load PEM client certificate from ${file}, ${error.message}`);
  }
}
