/**
 * curl. Upstream: curl/curl src/tool_operate.c, lib/multi.c; 8.14.1.
 *
 * Simplified: no progress meter; a certificate is looked at when the answer is there, so that the server has seen the
 * request. A server that shows none is trusted.
 */
import { publicAuthority } from "../../base/x509/public-authority.ts";
import type { HttpResponse, KeptConnection } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, http, open, read, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { encodeUtf8 } from "../utf8.ts";
import { parseUrl } from "../urls.ts";
import type { Url } from "../urls.ts";
import { CookieJar } from "./cookies.ts";
import { fail, failureLines, failureOf } from "./failure.ts";
import { textOf } from "./form.ts";
import { OPTIONS, USAGE, VERSION } from "./options.ts";
import {
  buildExchange,
  clientCertificate,
  connectTo,
  ofFamily,
  proxyOf,
  requestOf,
  triedAddresses,
  whyRejected,
} from "./request.ts";
import { connecting, conversation, head, header } from "./texts.ts";
import type { Exchange } from "./texts.ts";
import { telnet } from "./telnet.ts";
import { checkCertificate, MORE_DETAILS } from "./tls.ts";
import { writeOut } from "./write-out.ts";
import type { Transfer } from "./write-out.ts";

export const curl = defineCommand({
  name: "curl",
  usage: USAGE,
  options: OPTIONS,
  badUsageStatus: 2,
  badUsage: ({ option, lacks }) =>
    `curl: option ${option}: ${lacks === "argument" ? "requires parameter" : "is unknown"}\ncurl: try 'curl --help' or 'curl --manual' for more information\n`,
  *run(io) {
    if (io.has("V")) {
      yield* io.out(VERSION);
      return 0;
    }
    const urls = [...io.operands, ...io.values("url")].flatMap((text) => (io.has("g") ? [text] : globbed(text)));
    if (urls.length === 0) {
      yield* write(2, "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
      return 2;
    }
    const session: Session = { jar: yield* CookieJar.open(io), connections: new Map() };
    let status = 0;
    for (const [at, text] of urls.entries())
      status = yield* transfer(io, session, { text, output: io.values("o")[at] });
    yield* session.jar.save(io);
    return status;
  },
});

/** What the transfers of one command share. */
interface Session {
  jar: CookieJar;
  /** Kept open, by scheme, host and port. */
  connections: Map<string, KeptConnection>;
}

/** `http://web/[1-3]` and `{a,b}` stand for several; an address of IPv6 in brackets does not. */
function globbed(text: string): string[] {
  const match = /^(.*?)(?:\{([^{}]*)\}|\[(\d+)-(\d+)\])(.*)$/s.exec(text);
  if (match === null) return [text];
  const [, before = "", words, from, to, after = ""] = match;
  const steps =
    words?.split(",") ??
    Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, step) =>
      String(Number(from) + step).padStart((from ?? "").length, "0"),
    );
  return steps.flatMap((step) => globbed(`${before}${step}${after}`));
}

function* transfer(
  io: CommandIo,
  session: Session,
  { text, output }: { text: string; output: string | undefined },
): Call<number> {
  const url = parseUrl(text);
  if (url === undefined) return yield* fail(io, 3, `URL rejected: ${whyRejected(text)}`);
  if (url.scheme === "telnet") return yield* telnet(io, url);
  if (url.scheme !== "http" && url.scheme !== "https")
    return yield* fail(io, 1, `Protocol "${url.scheme}" not supported`);
  const certificate = yield* clientCertificate(io);
  if (typeof certificate === "number") return certificate;
  const exchange = yield* buildExchange(io, url);
  if (typeof exchange === "number") return exchange;
  const first = { ...exchange, headers: { ...exchange.headers, ...certificate } };
  const retries = Number(io.value("retry") ?? 0);
  for (let attempt = 0; ; attempt++) {
    const left = retries - attempt;
    const run = new Run(io, session, { first, output, again: left > 0 });
    const outcome = yield* run.through();
    if (typeof outcome === "number") return outcome;
    const ms = io.value("retrydelay") === undefined ? 1000 * 2 ** attempt : Number(io.value("retrydelay")) * 1000;
    const [delay, tries] = [
      `${ms / 1000} second${ms === 1000 ? "" : "s"}`,
      `${left} ${left === 1 ? "retry" : "retries"}`,
    ];
    if (!io.has("s")) yield* write(2, `Warning: Problem : ${outcome}. Will retry in ${delay}. ${tries} left.\n`);
    yield { call: "sleep", ms };
  }
}

const MAX_REDIRECTS = 50;
const TRANSIENT = [408, 429, 500, 502, 503, 504];

/** One URL, with its redirects. */
class Run {
  private readonly io: CommandIo;
  private readonly session: Session;
  private readonly output: string | undefined;
  /** Whether what may pass is tried again. */
  private readonly again: boolean;
  private exchange: Exchange;
  private readonly startedAt: number;
  private sentAt: number;
  private redirects = 0;
  private received = 0;

  constructor(io: CommandIo, session: Session, how: { first: Exchange; output: string | undefined; again: boolean }) {
    this.io = io;
    this.session = session;
    this.output = how.output;
    this.again = how.again;
    this.exchange = how.first;
    this.startedAt = io.ctx.now();
    this.sentAt = this.startedAt;
  }

  /** curl's exit code, or the words for a problem that may pass. */
  *through(): Call<number | string> {
    const { io } = this;
    try {
      return yield* this.exchanges();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const refused = error.errno === "ECONNREFUSED";
      const passes = error.errno === "ETIMEDOUT" || io.has("retryall") || (refused && io.has("retryrefused"));
      if (this.again && passes)
        return refused ? "connection refused" : error.errno === "ETIMEDOUT" ? "timeout" : "(retrying all errors)";
      return yield* this.networkFailure(error);
    }
  }

  private *exchanges(): Call<number | string> {
    const { io, session } = this;
    const most = Number(io.value("redirs") ?? MAX_REDIRECTS);
    for (;;) {
      const { url } = this.exchange;
      const key = `${url.scheme}://${url.host}:${url.port}`;
      const known = session.connections.get(key);
      const connection = known ?? {};
      const cookie = session.jar.header(url, io.ctx.now());
      const headers = cookie === undefined ? this.exchange.headers : { ...this.exchange.headers, Cookie: cookie };
      const exchange = { ...this.exchange, headers };
      this.sentAt = io.ctx.now();
      if (url.scheme === "https" && proxyOf(io) !== undefined) {
        const refused = yield* this.tunnel(url);
        if (refused !== undefined) return refused;
      }
      const response = yield* http(yield* ofFamily(io, url, requestOf(io, exchange, connection)));
      session.connections.set(key, connection);
      const answeredMs = io.ctx.now() - this.sentAt;
      const told = yield* this.tellCertificate(response, known !== undefined);
      if (typeof told === "number") return told;
      session.jar.take(header(response, "set-cookie"), url.host, io.ctx.now());
      if (io.has("v")) {
        const way = { way: response.way, certificate: told, told: this.elsewhere(), again: known !== undefined };
        yield* write(2, conversation(exchange, response, connecting(url, way)));
      }
      if (this.again && TRANSIENT.includes(response.status)) {
        yield* close(response.body);
        return "HTTP error";
      }
      const location = header(response, "location");
      const moved = location !== undefined && response.status >= 300 && response.status < 400;
      const next = moved ? absolute(location, url) : undefined;
      if (!io.has("L") || !moved) {
        return yield* this.deliver(response, { again: known !== undefined, answeredMs, next: next ?? "" });
      }
      if (this.redirects >= most) {
        yield* close(response.body);
        return yield* fail(io, 47, `Maximum (${most}) redirects followed`);
      }
      if (io.has("i") || io.has("I")) yield* io.out(head(response));
      yield* this.dump(response);
      yield* close(response.body);
      const to = parseUrl(next ?? "");
      if (to === undefined) return yield* fail(io, 3, "URL using bad/illegal format or missing URL");
      this.redirects += 1;
      this.follow(to, response.status);
      if (io.has("v")) {
        const switched = exchange.method !== this.exchange.method ? [`* Switch from ${exchange.method} to GET`] : [];
        const lines = [
          `* Connection #0 to host ${url.host} left intact`,
          `* Issue another request to this URL: '${next}'`,
          ...switched,
        ];
        yield* write(2, `${lines.join("\n")}\n`);
      }
    }
  }

  /** A form goes on as a GET, unless the server says to keep the method (307, 308) or -X does. */
  private follow(to: Url, status: number): void {
    const { exchange, io } = this;
    const becomesGet = exchange.method === "POST" && status <= 303 && io.value("X") === undefined;
    const headers = { ...exchange.headers };
    if (becomesGet) for (const name of ["Content-Length", "Content-Type"]) delete headers[name];
    if (to.host !== exchange.url.host) delete headers["Authorization"];
    this.exchange = { ...exchange, url: to, headers, ...(becomesGet ? { method: "GET", body: "" } : {}) };
  }

  /** What -v tells of a connection that goes elsewhere than the URL says. */
  private elsewhere(): string[] {
    const { url } = this.exchange;
    const to = connectTo(this.io, url);
    if (to?.how === "resolve") {
      const address = to.place.slice(0, to.place.lastIndexOf(":"));
      return [`Added ${url.host}:${url.port}:${address} to DNS cache`, `Hostname ${url.host} was found in DNS cache`];
    }
    return to?.how === "connect-to" ? [`Connecting to ${to.place}`] : [];
  }

  /** Through a proxy TLS goes in a tunnel: the answer is curl's exit code where the proxy digs none. */
  private *tunnel(url: Url): Call<number | undefined> {
    const place = `${url.host}:${url.port}`;
    const request = requestOf(
      this.io,
      { url: { ...url, scheme: "http" }, method: "CONNECT", headers: {}, body: "" },
      {},
    );
    const { status, body } = yield* http({ ...request, headers: { Host: place } });
    yield* close(body);
    if (status >= 200 && status < 300) return undefined;
    return yield* fail(this.io, 56, `CONNECT tunnel failed, response ${status}`);
  }

  /** What -v tells of the server's certificate, or curl's exit code when that can't be trusted. */
  private *tellCertificate(response: HttpResponse, again: boolean): Call<string[] | number> {
    const { io } = this;
    const { url } = this.exchange;
    if (response.certificate === undefined || url.scheme !== "https") return [];
    const file = io.value("cacert");
    let authorities = publicAuthority().certificate;
    try {
      if (file !== undefined) authorities = yield* textOf(file);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      yield* close(response.body);
      return yield* fail(io, 77, `error adding trust anchors from file: ${file}`);
    }
    const insecure = io.has("k");
    const check = checkCertificate(response.certificate, { host: url.host, now: io.ctx.now(), authorities, insecure });
    if (check.problem === undefined || insecure) return check.lines;
    yield* close(response.body);
    if (io.has("v")) {
      const way = connecting(url, { way: response.way, certificate: [], told: this.elsewhere(), again }).slice(0, -1);
      yield* write(2, [...way, check.problem, "closing connection #0"].map((line) => `* ${line}\n`).join(""));
    }
    yield* this.writeOut({ exitCode: 60, error: check.problem });
    const code = yield* fail(io, 60, check.problem);
    if (!io.has("s") || io.has("S")) yield* write(2, MORE_DETAILS);
    return code;
  }

  private *deliver(response: HttpResponse, how: { again: boolean; answeredMs: number; next: string }): Call<number> {
    const { io, exchange } = this;
    const failed = response.status >= 400 && (io.has("f") || io.has("failbody"));
    const silent = failed && !io.has("failbody");
    const target = silent ? 1 : yield* this.outputDescriptor();
    if (target === undefined) return 23;
    yield* this.dump(response);
    if (!silent && (io.has("i") || io.has("I"))) yield* write(target, head(response));
    if (exchange.method !== "HEAD" && !silent) {
      for (let piece = yield* read(response.body); piece !== null; piece = yield* read(response.body)) {
        this.received += encodeUtf8(piece).length;
        yield* write(target, piece);
      }
    }
    yield* close(response.body);
    if (target !== 1) yield* close(target);
    if (io.has("v")) yield* write(2, `* Connection #0 to host ${exchange.url.host} left intact\n`);
    const error = failed ? `The requested URL returned error: ${response.status}` : "";
    yield* this.writeOut({
      status: response.status,
      headers: response.headers,
      headSize: encodeUtf8(head(response)).length,
      way: response.way,
      again: how.again,
      answeredMs: how.answeredMs,
      exitCode: failed ? 22 : 0,
      redirectUrl: how.next,
      error,
    });
    return failed ? yield* fail(io, 22, error) : 0;
  }

  /** `-D` */
  private *dump(response: HttpResponse): Call<void> {
    const file = this.io.value("D");
    if (file === undefined) return;
    const fd = file === "-" ? 1 : yield* open(file, this.redirects > 0 ? "append" : "write");
    yield* write(fd, head(response));
    if (fd !== 1) yield* close(fd);
  }

  private *writeOut(what: Partial<Transfer>): Call<void> {
    const { io, exchange } = this;
    let format = io.value("w");
    if (format === undefined) return;
    if (format.startsWith("@")) format = (yield* textOf(format.slice(1))).replaceAll(/\r?\n/g, "");
    const { text, unknown } = writeOut(format, {
      status: 0,
      headers: {},
      headSize: 0,
      way: undefined,
      again: false,
      answeredMs: 0,
      exitCode: 0,
      redirectUrl: "",
      error: "",
      url: exchange.url,
      method: exchange.method,
      size: this.received,
      uploaded: encodeUtf8(exchange.body).length,
      redirects: this.redirects,
      redirectMs: this.sentAt - this.startedAt,
      totalMs: io.ctx.now() - this.sentAt,
      file: this.fileName(),
      ...what,
    });
    for (const name of unknown) yield* write(2, `curl: unknown --write-out variable: '${name}'\n`);
    yield* io.out(text);
  }

  private fileName(): string | undefined {
    const own = this.exchange.url.path
      .replace(/[?#].*/, "")
      .split("/")
      .at(-1);
    return this.output ?? (this.io.has("O") ? own : undefined);
  }

  private *outputDescriptor(): Call<number | undefined> {
    const { io } = this;
    const name = this.fileName();
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

  private *networkFailure(error: SystemError): Call<number> {
    const { io } = this;
    const proxy = proxyOf(io);
    const { host, port } = proxy ?? this.exchange.url;
    const ms = io.ctx.now() - this.startedAt;
    const limited = io.value("m") !== undefined || io.value("connect") !== undefined;
    const attempt = { host, port, proxy: proxy !== undefined, error, ms, limited, received: this.received };
    if (io.has("v")) {
      const { tried, told } = yield* triedAddresses(io, { url: this.exchange.url, host, port });
      const lines = [...told, ...failureLines(attempt, tried)];
      yield* write(2, lines.map((line) => `* ${line}\n`).join(""));
    }
    const { code, message } = failureOf(attempt);
    yield* this.writeOut({ exitCode: code, error: message });
    return yield* fail(io, code, message);
  }
}

/** A `Location` as a whole URL. */
function absolute(location: string, { scheme, authority, path }: Url): string {
  if (/^\w+:\/\//.test(location)) return location;
  if (location.startsWith("//")) return `${scheme}:${location}`;
  const folder = path.replace(/[?#].*/, "").replace(/[^/]*$/, "");
  return `${scheme}://${authority}${location.startsWith("/") ? location : folder + location}`;
}
