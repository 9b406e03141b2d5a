/**
 * GNU wget, as Debian has it. Upstream: wget src/http.c, src/retr.c, src/progress.c.
 * Simplified: one bar when the file is there instead of one that grows; no recursion, no cookies, no .netrc.
 */
import type { HttpRequest, HttpResponse } from "../../base/program.ts";
import { NOT_HTTP, SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, http, open, read, resolve, sleep, write } from "../../base/syscalls.ts";
import { publicAuthority } from "../../base/x509/public-authority.ts";
import type { CommandIo } from "../command.ts";
import { head, header, statusText } from "../curl/texts.ts";
import { checkCertificate } from "../curl/tls.ts";
import { errorText, WRONG_VERSION } from "../errors.ts";
import { encodeUtf8 } from "../utf8.ts";
import { hostInUrl, parseUrl, withCredentials } from "../urls.ts";
import type { Url } from "../urls.ts";

const NETWORK_FAILURE = 4;
const TLS_FAILURE = 5;
const SERVER_ERROR = 8;
const USUAL_TRIES = 20;
const LONGEST_WAIT_S = 10;
const MOST_REDIRECTS = 20;

export function* gnuWget(io: CommandIo): Call<number> {
  let worst = 0;
  for (const text of io.operands) {
    const status = yield* retrieve(io, text);
    // The lowest of the codes that aren't 0 is what is told.
    if (status !== 0) worst = worst === 0 ? status : Math.min(worst, status);
  }
  return worst;
}

function stamp(io: CommandIo): string {
  return new Date(io.ctx.now()).toISOString().slice(0, 19).replace("T", " ");
}

/** What the usual way of talking prints: -q and -nv leave it out. */
function* say(io: CommandIo, text: string): Call<void> {
  if (!io.has("q") && !terse(io)) yield* write(2, text);
}

function terse(io: CommandIo): boolean {
  return io.has("nv") || (io.has("n") && io.has("v"));
}

function* retrieve(io: CommandIo, text: string): Call<number> {
  let url = parseUrl(text);
  if (url === undefined || !/^https?$/.test(url.scheme)) {
    yield* write(2, `${text}: ${url === undefined ? "Invalid URL" : `Unsupported scheme ‘${url.scheme}’`}.\n`);
    return 1;
  }
  const tries = Number(io.value("t") ?? USUAL_TRIES) || Infinity;
  if (io.has("spider")) yield* say(io, "Spider mode enabled. Check if remote file exists.\n");
  for (let attempt = 1, redirects = 0; ;) {
    const outcome: HttpResponse | number | "again" = yield* attemptOne(io, url, { attempt, tries });
    if (typeof outcome === "number") return outcome;
    if (outcome === "again") {
      yield* sleep(Math.min(attempt, LONGEST_WAIT_S) * 1000);
      attempt += 1;
      continue;
    }
    const location = header(outcome, "location");
    if (location === undefined || outcome.status < 300 || outcome.status >= 400) return yield* finish(io, url, outcome);
    yield* close(outcome.body);
    yield* say(io, `Location: ${location} [following]\n`);
    redirects += 1;
    if (redirects > MOST_REDIRECTS) {
      yield* write(2, `${MOST_REDIRECTS} redirections exceeded.\n`);
      return SERVER_ERROR;
    }
    url = parseUrl(location.startsWith("/") ? `${url.scheme}://${url.authority}${location}` : location) ?? url;
  }
}

/** The answer, an exit status, or that it may be tried again. */
function* attemptOne(
  io: CommandIo,
  url: Url,
  { attempt, tries }: { attempt: number; tries: number },
): Call<HttpResponse | number | "again"> {
  const { host } = url;
  yield* say(io, `--${stamp(io)}--  ${url.scheme}://${url.authority}${url.path}\n`);
  if (attempt > 1) yield* say(io, `  (try:${String(attempt).padStart(2)}) => ‘${fileName(io, url)}’\n`);
  let addresses: string[] = [];
  const literal = /^[\d.]+$|:/.test(host);
  if (!literal) {
    yield* say(io, `Resolving ${host} (${host})... `);
    try {
      addresses = (yield* resolve(host)).filter((each) => (each.includes(":") ? !io.has("4") : !io.has("6")));
      if (addresses.length === 0) throw new SystemError("ENOTFOUND", host);
      yield* say(io, `${addresses.join(", ")}\n`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* say(io, `failed: ${errorText(error)}.\n`);
      if (!io.has("q")) yield* write(2, `wget: unable to resolve host address ‘${host}’\n`);
      return NETWORK_FAILURE;
    }
  }
  let response: HttpResponse;
  try {
    response = yield* connected(io, url, addresses);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "EPIPE") {
      yield* say(io, "connected.\nHTTP request sent, awaiting response... No data received.\n");
      yield* say(io, attempt < tries ? "Retrying.\n\n" : "Giving up.\n\n");
      return attempt < tries ? "again" : NETWORK_FAILURE;
    }
    if (error.detail === NOT_HTTP) {
      yield* say(io, "connected.\nHTTP request sent, awaiting response... 200 No headers, assuming HTTP/0.9\n");
      yield* write(2, "wget: to save what is no HTTP is not simulated\n");
      return NETWORK_FAILURE;
    }
    if (error.errno === "EPROTO") {
      yield* say(io, `connected.\nOpenSSL: ${WRONG_VERSION}\nUnable to establish SSL connection.\n`);
      return NETWORK_FAILURE;
    }
    yield* say(io, `failed: ${errorText(error)}.\n`);
    if (error.errno === "ECONNREFUSED" || error.errno === "EHOSTUNREACH") return NETWORK_FAILURE;
    if (attempt < tries) {
      yield* say(io, "Retrying.\n\n");
      return "again";
    }
    yield* say(io, "Giving up.\n\n");
    return NETWORK_FAILURE;
  }
  yield* say(io, "connected.\n");
  const distrust = yield* untrusted(io, url, response);
  if (distrust) return TLS_FAILURE;
  yield* say(io, `HTTP request sent, awaiting response... ${io.has("S") ? "\n" : `${statusText(response.status)}\n`}`);
  if (io.has("S")) {
    const lines = head(response).trimEnd().split("\r\n");
    yield* write(2, lines.map((line) => `  ${line}\n`).join(""));
  }
  return response;
}

/** From the first of the host's addresses that doesn't refuse; none are given where the host is one. */
function* connected(io: CommandIo, url: Url, addresses: readonly string[]): Call<HttpResponse> {
  const { host, port } = url;
  const request = requestOf(io, url);
  for (const [at, address] of addresses.entries()) {
    yield* say(io, `Connecting to ${host} (${host})|${address}|:${port}... `);
    try {
      // What has one address alone may be looked up once more, so that the way tells of the name.
      const fixed = addresses.length === 1 ? request : { ...request, connectTo: `${hostInUrl(address)}:${port}` };
      return yield* http(fixed);
    } catch (error) {
      const refused = error instanceof SystemError && REFUSALS.has(error.errno);
      if (!refused || at === addresses.length - 1) throw error;
      yield* say(io, `failed: ${errorText(error)}.\n`);
    }
  }
  yield* say(io, `Connecting to ${host}:${port}... `);
  return yield* http(request);
}

const REFUSALS: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

function requestOf(io: CommandIo, url: Url): HttpRequest {
  const headers: Record<string, string> = {
    Host: url.authority,
    "User-Agent": io.value("U") ?? "Wget/1.25.0",
    Accept: "*/*",
    "Accept-Encoding": "identity",
  };
  const user = io.value("user");
  const credentials = user === undefined ? url.credentials : `${user}:${io.value("password") ?? ""}`;
  if (credentials !== undefined) headers["Authorization"] = withCredentials(credentials);
  const body = io.value("post") ?? io.value("body") ?? "";
  if (body !== "" || io.has("post")) {
    headers["Content-Type"] = "application/x-www-form-urlencoded";
    headers["Content-Length"] = String(encodeUtf8(body).length);
  }
  for (const text of io.values("header")) {
    const at = text.indexOf(":");
    if (at > 0) headers[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  const usual = io.has("spider") ? "HEAD" : io.has("post") ? "POST" : "GET";
  const request: HttpRequest = {
    method: io.value("method") ?? usual,
    url: `${url.scheme}://${hostInUrl(url.host)}:${url.port}${url.path}`,
    headers,
    body,
  };
  const timeout = Number(io.value("T") ?? 0);
  if (timeout > 0) request.timeoutMs = timeout * 1000;
  return request;
}

/** Says why a certificate is not trusted; true when that ends it. */
function* untrusted(io: CommandIo, { host }: Url, response: HttpResponse): Call<boolean> {
  if (response.certificate === undefined) return false;
  const authorities = publicAuthority().certificate;
  const { problem } = checkCertificate(response.certificate, { host, now: io.ctx.now(), authorities, insecure: false });
  if (problem === undefined) return false;
  const insecure = io.has("k");
  const reason = /self-signed/.test(problem)
    ? "Self-signed certificate encountered."
    : /expired/.test(problem)
      ? "Issued certificate has expired."
      : /host name/.test(problem)
        ? "no certificate subject alternative name matches"
        : "Unable to locally verify the issuer's authority.";
  if (!io.has("q") || !insecure) {
    yield* write(2, `${insecure ? "WARNING" : "ERROR"}: cannot verify ${host}'s certificate:\n  ${reason}\n`);
  }
  if (insecure) return false;
  yield* write(2, `To connect to ${host} insecurely, use \`--no-check-certificate'.\n`);
  yield* close(response.body);
  return true;
}

function fileName(io: CommandIo, url: Url): string {
  const said = io.value("O");
  if (said !== undefined) return said;
  const own = url.path.replace(/#.*/, "").split("/").at(-1) || "index.html";
  const folder = io.value("P");
  const path = folder === undefined ? own : `${folder.replace(/\/$/, "")}/${own}`;
  if (!io.ctx.fs.exists(io.path(path))) return path;
  for (let count = 1; ; count += 1) if (!io.ctx.fs.exists(io.path(`${path}.${count}`))) return `${path}.${count}`;
}

function* finish(io: CommandIo, url: Url, response: HttpResponse): Call<number> {
  const { status } = response;
  const text = statusText(status);
  if (status >= 400) {
    yield* close(response.body);
    if (io.has("spider") && status === 404) yield* say(io, "Remote file does not exist -- broken link!!!\n\n");
    else if (!io.has("q")) yield* write(2, `${stamp(io)} ERROR ${text.replace(" ", ": ")}.\n${terse(io) ? "" : "\n"}`);
    return SERVER_ERROR;
  }
  const type = header(response, "content-type")?.replace(/;.*/, "");
  const length = header(response, "content-length");
  yield* say(io, `Length: ${length ?? "unspecified"}${type === undefined ? "" : ` [${type}]`}\n`);
  if (io.has("spider")) {
    yield* close(response.body);
    yield* say(
      io,
      type === "text/html"
        ? "Remote file exists and could contain further links,\nbut recursion is disabled -- not retrieving.\n\n"
        : "Remote file exists.\n\n",
    );
    return 0;
  }
  const name = fileName(io, url);
  const toScreen = name === "-";
  yield* say(io, `Saving to: ‘${toScreen ? "STDOUT" : name}’\n\n`);
  const fd = toScreen ? 1 : yield* open(name, "write");
  let size = 0;
  for (let piece = yield* read(response.body); piece !== null; piece = yield* read(response.body)) {
    size += encodeUtf8(piece).length;
    yield* write(fd, piece);
  }
  yield* close(response.body);
  if (!toScreen) yield* close(fd);
  const shown = (toScreen ? "-" : (name.split("/").at(-1) ?? "")).padEnd(19).slice(0, 19);
  yield* say(io, `${shown} 100%[===================>] ${String(size).padStart(7)}  --.-KB/s    in 0s      \n\n`);
  const saved = toScreen ? "written to stdout" : `‘${name}’ saved`;
  yield* say(io, `${stamp(io)} (0.00 B/s) - ${saved} [${size}${length === undefined ? "" : `/${length}`}]\n\n`);
  if (terse(io) && !io.has("q")) {
    yield* write(
      2,
      `${stamp(io)} URL:${url.scheme}://${url.authority}${url.path} [${size}${length === undefined ? "" : `/${length}`}] -> "${name}" [1]\n`,
    );
  }
  return 0;
}
