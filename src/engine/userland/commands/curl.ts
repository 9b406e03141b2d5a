import type { HttpRequest, HttpResponse } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, http, open, read, readAll, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { conversation, head, header, writeOut } from "../curl-texts.ts";
import type { Exchange } from "../curl-texts.ts";
import { checkCertificate, MORE_DETAILS } from "../curl-tls.ts";
import { encodeUtf8 } from "../utf8.ts";
import { parseUrl, withCredentials } from "../urls.ts";
import type { Url } from "../urls.ts";

/**
 * Simplified: no progress meter, no cookies, no multipart forms, no upload; a certificate is looked at when the answer is
 * there, so that the server has seen the request. A server that shows none is trusted.
 */
export const curl = defineCommand({
  name: "curl",
  usage: `
Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
     --cacert <file>        CA certificate to verify peer against
     --connect-timeout <s>  Maximum time allowed to connect
 -f, --fail                 Fail fast with no output on HTTP errors
 -G, --get                  Put the post data in the URL and use GET
 -H, --header <header>      Pass custom header(s) to server
 -I, --head                 Show document info only
 -i, --include              Include response headers in output
 -k, --insecure             Allow insecure server connections
 -L, --location             Follow redirects
 -m, --max-time <seconds>   Maximum time allowed for transfer
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to file named as remote file
 -X, --request <method>     Specify request method to use
     --resolve <host:port:addr>  Resolve host+port to address
     --retry <num>          Retry transient problems
 -S, --show-error           Show error even when -s is used
 -s, --silent               Silent mode
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -w, --write-out <format>   Output FORMAT after completion`,
  options: {
    flags: "fGIikLOSsvNg46",
    values: "dHmoXuAwe",
    long: {
      "data=": "d",
      "data-raw=": "raw",
      "data-binary=": "d",
      "data-urlencode=": "urlencode",
      "json=": "json",
      "connect-timeout=": "connect",
      fail: "f",
      "fail-with-body": "failbody",
      get: "G",
      "header=": "H",
      head: "I",
      include: "i",
      insecure: "k",
      location: "L",
      "max-time=": "m",
      "output=": "o",
      "remote-name": "O",
      "request=": "X",
      "resolve=": "resolve",
      "connect-to=": "connectto",
      "retry=": "retry",
      "retry-delay=": "retrydelay",
      "retry-connrefused": "retryrefused",
      "show-error": "S",
      silent: "s",
      "user=": "u",
      "user-agent=": "A",
      verbose: "v",
      "write-out=": "w",
      "no-buffer": "N",
      "no-progress-meter": "quiet",
      "referer=": "e",
      "cacert=": "cacert",
      "url=": "url",
      compressed: "quiet",
      "http1.1": "quiet",
    },
  },
  badUsageStatus: 2,
  *run(io) {
    const urls = [...io.operands, ...io.values("url")];
    if (urls.length === 0) {
      yield* write(2, "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
      return 2;
    }
    let status = 0;
    for (const [at, text] of urls.entries()) {
      const outcome = yield* transfer(io, text, io.values("o")[at] ?? undefined);
      status = outcome;
    }
    return status;
  },
});

/** Says why, unless -s without -S. */
function* fail(io: CommandIo, code: number, message: string): Call<number> {
  if (!io.has("s") || io.has("S")) yield* write(2, `curl: (${code}) ${message}\n`);
  return code;
}

function* transfer(io: CommandIo, text: string, output: string | undefined): Call<number> {
  const url = parseUrl(text);
  if (url === undefined) return yield* fail(io, 3, "URL using bad/illegal format or missing URL");
  if (url.scheme !== "http" && url.scheme !== "https")
    return yield* fail(io, 1, `Protocol "${url.scheme}" not supported`);
  const exchange = yield* buildExchange(io, url);
  if (typeof exchange === "number") return exchange;
  const retries = Number(io.value("retry") ?? 0);
  for (let attempt = 0; ; attempt++) {
    const startedAt = io.ctx.now();
    try {
      return yield* exchangeOnce(io, exchange, output);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const transient = error.errno === "ETIMEDOUT" || (error.errno === "ECONNREFUSED" && io.has("retryrefused"));
      if (attempt >= retries || !transient) return yield* networkFailure(io, { exchange, error, startedAt });
      yield {
        call: "sleep",
        ms: io.value("retrydelay") === undefined ? 1000 * 2 ** attempt : Number(io.value("retrydelay")) * 1000,
      };
    }
  }
}

function* buildExchange(io: CommandIo, url: Url): Call<Exchange | number> {
  const headers: Record<string, string> = { "User-Agent": io.value("A") ?? "curl/8.14.1", Accept: "*/*" };
  const data: string[] = [];
  for (const item of io.values("d")) data.push(item.startsWith("@") ? yield* fileText(item.slice(1)) : item);
  for (const item of io.values("raw")) data.push(item);
  for (const item of io.values("urlencode"))
    data.push(
      item.replace(
        /^([^=]*=)?([^]*)$/,
        (_, name: string | undefined, value: string) => `${name ?? ""}${encodeURIComponent(value)}`,
      ),
    );
  const json = io.values("json").join("");
  let target = url;
  let body = data.join("&");
  if (io.has("G") && body !== "") {
    target = { ...url, path: `${url.path}${url.path.includes("?") ? "&" : "?"}${body}` };
    body = "";
  } else if (json !== "") {
    body = json;
    headers["Content-Type"] = "application/json";
    headers["Accept"] = "application/json";
  } else if (data.length > 0) headers["Content-Type"] = "application/x-www-form-urlencoded";
  if (io.has("I") && body !== "") {
    return yield* fail(
      io,
      2,
      "You can only select one HTTP request method! You asked for both POST (-d, --data) and HEAD (-I, --head).",
    );
  }
  const credentials = io.value("u") ?? url.credentials;
  if (credentials !== undefined) headers["Authorization"] = withCredentials(credentials);
  for (const header of io.values("H")) setHeader(headers, header);
  if (body !== "") headers["Content-Length"] = String(encodeUtf8(body).length);
  const method =
    io.value("X") ?? (io.has("I") ? "HEAD" : body !== "" || (data.length > 0 && !io.has("G")) ? "POST" : "GET");
  return { url: target, method, headers, body };
}

function setHeader(headers: Record<string, string>, text: string): void {
  const at = text.indexOf(":");
  if (at < 0) return;
  const name = text.slice(0, at).trim();
  for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
  const value = text.slice(at + 1).trim();
  if (value !== "") headers[name] = value;
}

function* fileText(name: string): Call<string> {
  const fd = name === "-" ? 0 : yield* open(name, "read");
  return (yield* readAll(fd)).replace(/[\r\n]/g, "");
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Math.round(Number(text) * 1000);
}

function request(io: CommandIo, exchange: Exchange): HttpRequest {
  const { url, method, headers, body } = exchange;
  const result: HttpRequest = {
    method,
    url: `${url.scheme}://${url.host}:${url.port}${url.path}`,
    headers: { Host: url.authority, ...headers },
    body,
  };
  const timeout = seconds(io.value("m")) ?? seconds(io.value("connect"));
  if (timeout !== undefined) result.timeoutMs = timeout;
  for (const rule of io.values("resolve")) {
    const match = /^\+?([^:]+):(\d+):\[?([^\]]+)\]?$/.exec(rule);
    if (match !== null && (match[1] === url.host || match[1] === "*") && Number(match[2]) === url.port)
      result.connectTo = `${match[3]}:${url.port}`;
  }
  for (const rule of io.values("connectto")) {
    const [host, port, toHost, toPort] = rule.split(":");
    if ((host === "" || host === url.host) && (port === "" || Number(port) === url.port))
      result.connectTo = `${toHost === "" ? url.host : toHost}:${toPort === "" ? url.port : toPort}`;
  }
  return result;
}

const MAX_REDIRECTS = 50;

function* exchangeOnce(io: CommandIo, first: Exchange, output: string | undefined): Call<number> {
  let exchange = first;
  for (let redirects = 0; ; redirects++) {
    const response = yield* http(request(io, exchange));
    const shown = yield* certificateLines(io, exchange, response);
    if (typeof shown === "number") return shown;
    if (io.has("v")) yield* write(2, conversation(exchange, response, shown));
    const location = header(response, "location");
    if (io.has("L") && location !== undefined && response.status >= 300 && response.status < 400) {
      if (redirects >= MAX_REDIRECTS) return yield* fail(io, 47, `Maximum (${MAX_REDIRECTS}) redirects followed`);
      if (io.has("i") || io.has("I")) yield* io.out(head(response));
      yield* close(response.body);
      const next = parseUrl(
        location.startsWith("/") ? `${exchange.url.scheme}://${exchange.url.authority}${location}` : location,
      );
      if (next === undefined) return yield* fail(io, 3, "URL using bad/illegal format or missing URL");
      const becomesGet = exchange.method === "POST" && response.status <= 303;
      exchange = { ...exchange, url: next, ...(becomesGet ? { method: "GET", body: "" } : {}) };
      continue;
    }
    return yield* deliver(io, { exchange, response, output, redirects });
  }
}

/** What -v tells of the server's certificate, or curl's exit code when that can't be trusted. */
function* certificateLines(io: CommandIo, { url }: Exchange, response: HttpResponse): Call<string[] | number> {
  if (response.certificate === undefined) return [];
  const file = io.value("cacert");
  const authorities = file === undefined ? "" : yield* authorityText(file);
  if (authorities === undefined) {
    yield* close(response.body);
    return yield* fail(io, 77, `error adding trust anchors from file: ${file}`);
  }
  const insecure = io.has("k");
  const check = checkCertificate(response.certificate, { host: url.host, now: io.ctx.now(), authorities, insecure });
  if (check.problem === undefined || insecure) return check.lines;
  yield* close(response.body);
  if (io.has("v")) yield* write(2, `* ${check.problem}\n`);
  const code = yield* fail(io, 60, check.problem);
  if (!io.has("s") || io.has("S")) yield* write(2, MORE_DETAILS);
  return code;
}

function* authorityText(file: string): Call<string | undefined> {
  try {
    return yield* readAll(yield* open(file, "read"));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

function* deliver(
  io: CommandIo,
  what: { exchange: Exchange; response: HttpResponse; output: string | undefined; redirects: number },
): Call<number> {
  const { exchange, response } = what;
  const failed = response.status >= 400 && (io.has("f") || io.has("failbody"));
  let size = 0;
  if (failed && !io.has("failbody")) yield* close(response.body);
  else {
    const target = yield* outputDescriptor(io, exchange.url, what.output);
    if (target === undefined) return 23;
    if (io.has("i") || io.has("I")) yield* write(target, head(response));
    if (exchange.method !== "HEAD") {
      for (let piece = yield* read(response.body); piece !== null; piece = yield* read(response.body)) {
        size += piece.length;
        yield* write(target, piece);
      }
    }
    yield* close(response.body);
    if (target !== 1) yield* close(target);
  }
  if (io.has("v")) yield* write(2, `* Connection #0 to host ${exchange.url.host} left intact\n`);
  const format = io.value("w");
  if (format !== undefined)
    yield* io.out(
      writeOut(format, {
        status: response.status,
        size,
        url: exchange.url,
        type: header(response, "content-type") ?? "",
        redirects: what.redirects,
        method: exchange.method,
      }),
    );
  return failed ? yield* fail(io, 22, `The requested URL returned error: ${response.status}`) : 0;
}

function* outputDescriptor(io: CommandIo, url: Url, output: string | undefined): Call<number | undefined> {
  const name =
    output ??
    (io.has("O")
      ? url.path
          .replace(/[?#].*/, "")
          .split("/")
          .at(-1)
      : undefined);
  if (name === undefined || name === "-") return 1;
  if (name === "") {
    yield* fail(io, 23, "Remote file name has no length");
    return undefined;
  }
  try {
    return yield* open(name, "write");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* fail(io, 23, "client returned ERROR on write, 0 bytes");
    return undefined;
  }
}

/** curl's own words and exit codes for what the network said. */
function* networkFailure(
  io: CommandIo,
  what: { exchange: Exchange; error: SystemError; startedAt: number },
): Call<number> {
  const { exchange, error } = what;
  const { host, port } = exchange.url;
  const ms = io.ctx.now() - what.startedAt;
  const format = io.value("w");
  if (format !== undefined)
    yield* io.out(
      writeOut(format, { status: 0, size: 0, url: exchange.url, type: "", redirects: 0, method: exchange.method }),
    );
  switch (error.errno) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return yield* fail(io, 6, `Could not resolve host: ${host}`);
    case "ETIMEDOUT": {
      const limit = seconds(io.value("m"));
      if (limit !== undefined && io.value("connect") === undefined)
        return yield* fail(io, 28, `Connection timed out after ${ms} milliseconds`);
      return yield* fail(
        io,
        28,
        io.value("connect") === undefined
          ? `Failed to connect to ${host} port ${port} after ${ms} ms: Couldn't connect to server`
          : `Connection timed out after ${ms} milliseconds`,
      );
    }
    case "ECONNRESET":
      return yield* fail(io, 56, "Recv failure: Connection reset by peer");
    case "EPIPE":
      return yield* fail(io, 52, "Empty reply from server");
    default:
      return yield* fail(io, 7, `Failed to connect to ${host} port ${port} after ${ms} ms: Couldn't connect to server`);
  }
}
