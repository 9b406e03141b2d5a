import { NOT_HTTP, SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, http, open, read, write } from "../../base/syscalls.ts";
import { head, statusText } from "../curl/texts.ts";
import { gnuWget } from "./wget-gnu.ts";
import type { HttpRequest, HttpResponse } from "../../base/program.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { firstOfIPv4 } from "../prefer-ipv4.ts";
import { hostInUrl, parseUrl } from "../urls.ts";
import type { Url } from "../urls.ts";

/** busybox' wget; Debian's is GNU's (`wget-gnu.ts`). Simplified: no progress bar, no recursion. */
export const wget = defineCommand({
  name: "wget",
  usage: `
Usage: wget [-cqS] [--spider] [-O FILE] [--header STR] [--post-data STR] [-T SEC] [-t TRIES] [-U AGENT] URL...

Retrieve files via HTTP

  --spider     Only check URL existence
  -O FILE      Save to FILE ('-' for stdout)
  -q           Quiet
  -S           Show server response
  -T SEC       Network read timeout
  --header STR Add STR to headers
  --post-data STR  Send STR using POST method`,
  options: {
    flags: "cqSnv",
    gnuFlags: "46",
    values: "OTtUP",
    long: {
      spider: "spider",
      "output-document=": "O",
      quiet: "q",
      "timeout=": "T",
      "tries=": "t",
      "header=": "header",
      "post-data=": "post",
      "body-data=": "body",
      "method=": "method",
      "user=": "user",
      "password=": "password",
      "http-user=": "user",
      "http-password=": "password",
      "directory-prefix=": "P",
      "server-response": "S",
      "connect-timeout=": "T",
      "user-agent=": "U",
      "no-check-certificate": "k",
      "no-verbose": "nv",
      "inet4-only": "4",
      "inet6-only": "6",
    },
  },
  *run(io) {
    if (io.operands.length === 0) {
      yield* write(
        2,
        io.flavour === "busybox"
          ? "BusyBox v1.36.1 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] URL...\n"
          : "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n",
      );
      return 1;
    }
    if (io.flavour === "debian") return yield* gnuWget(io);
    const foreign = Object.keys(FOREIGN).find((name) => io.has(FOREIGN[name] ?? ""));
    if (foreign !== undefined) {
      yield* write(
        2,
        `wget: unrecognized option: ${foreign}\nBusyBox v1.36.1 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] URL...\n`,
      );
      return 1;
    }
    for (const text of io.operands) {
      const status = yield* fetchOne(io, text);
      if (status !== 0) return status;
    }
    return 0;
  },
});

/** Long options that GNU's alone has, by what they stand for. */
const FOREIGN: Readonly<Record<string, string>> = {
  "body-data": "body",
  method: "method",
  user: "user",
  password: "password",
  "inet4-only": "4",
  "inet6-only": "6",
};

function* fetchOne(io: CommandIo, text: string): Call<number> {
  let url = parseUrl(text);
  for (let redirects = 0; url !== undefined && redirects < 10; redirects++) {
    const response = yield* ask(io, url);
    if (response === undefined) return 1;
    if (io.has("S")) {
      const lines = head(response).trimEnd().split("\r\n");
      yield* write(2, lines.map((line) => `  ${line}\n`).join(""));
    }
    const location = response.headers["location"] ?? response.headers["Location"];
    if (response.status >= 300 && response.status < 400 && location !== undefined) {
      url = parseUrl(location.startsWith("/") ? `${url.scheme}://${url.authority}${location}` : location);
      yield* close(response.body);
      continue;
    }
    if (response.status >= 400) {
      yield* close(response.body);
      yield* io.complain(`server returned error: HTTP/1.1 ${statusText(response.status)}`);
      return 1;
    }
    return yield* save(io, url, response.body);
  }
  yield* io.complain(`bad address '${text}'`);
  return 1;
}

function* ask(io: CommandIo, url: Url): Call<HttpResponse | undefined> {
  const headers: Record<string, string> = { Host: url.authority, "User-Agent": io.value("U") ?? "Wget" };
  for (const header of io.values("header")) {
    const at = header.indexOf(":");
    if (at > 0) headers[header.slice(0, at).trim()] = header.slice(at + 1).trim();
  }
  const post = io.value("post");
  const request: HttpRequest = {
    method: io.has("spider") ? "HEAD" : post === undefined ? "GET" : "POST",
    url: `${url.scheme}://${hostInUrl(url.host)}:${url.port}${url.path}`,
    headers,
    body: post ?? "",
  };
  const timeout = io.value("T");
  if (timeout !== undefined) request.timeoutMs = Number(timeout) * 1000;
  let address = url.host;
  try {
    const known = yield* addresses(url.host);
    address = firstOfIPv4(known) ?? address;
    // It knows of no other one.
    if (known.length > 1) request.connectTo = `${hostInUrl(address)}:${url.port}`;
    if (!io.has("q")) yield* write(2, `Connecting to ${url.authority} (${hostInUrl(address)}:${url.port})\n`);
    if (url.scheme === "https" && !io.has("k"))
      yield* write(2, "wget: note: TLS certificate validation not implemented\n");
    return yield* http(request);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "ENOTFOUND" || error.errno === "EAI_AGAIN")
      yield* io.complain(`bad address '${url.authority}'`);
    else if (error.errno === "EPIPE" || error.detail === NOT_HTTP) yield* io.complain("error getting response");
    else if (error.errno === "EPROTO")
      yield* io.complain("got bad TLS record (len:5) while expecting handshake record");
    else if (error.errno === "ETIMEDOUT" && timeout !== undefined) yield* io.complain("download timed out");
    else {
      const where = address.includes(":") ? "" : ` (${address})`;
      yield* io.complain(`can't connect to remote host${where}: ${errorText(error)}`);
    }
    return undefined;
  }
}

function* addresses(host: string): Call<string[]> {
  return /^[\d.]+$/.test(host) || host.includes(":") ? [host] : ((yield { call: "resolve", host }) as string[]);
}

function* save(io: CommandIo, url: Url, body: number): Call<number> {
  if (io.has("spider")) {
    if (!io.has("q")) yield* write(2, "remote file exists\n");
    return 0;
  }
  const name =
    io.value("O") ??
    (url.path
      .replace(/[?#].*/, "")
      .split("/")
      .at(-1) ||
      "index.html");
  const quiet = io.has("q");
  let fd = 1;
  if (name === "-") {
    if (!quiet) yield* write(2, "writing to stdout\n");
  } else {
    const existing = io.value("O") === undefined && io.ctx.fs.exists(io.path(name));
    if (existing) {
      yield* io.complain(`can't open '${name}': File exists`);
      return 1;
    }
    fd = yield* open(name, "write");
    if (!quiet) yield* write(2, `saving to '${name}'\n`);
  }
  for (let piece = yield* read(body); piece !== null; piece = yield* read(body)) yield* write(fd, piece);
  if (fd !== 1) yield* close(fd);
  if (!quiet) yield* write(2, name === "-" ? "written to stdout\n" : `'${name}' saved\n`);
  return 0;
}
