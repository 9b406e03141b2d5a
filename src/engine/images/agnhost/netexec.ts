/**
 * `agnhost netexec`: servers that tell who asks and who answers, and that ask others. Upstream: test/images/agnhost/netexec.
 *
 * **Simplified:** its SCTP server, `/shell` and `/upload` are absent and say so; so are tries of `/dial` one after the other:
 * they go out together.
 */
import type { Connection } from "../../runtime/connection.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { formOf } from "../applications/app-state.ts";
import type { ServerContext } from "../define-image.ts";
import { glog, plain } from "./answers.ts";

const ABSENT: ReadonlySet<string> = new Set(["/shell", "/upload"]);
/** Both clients of `/dial` wait so long. */
const PATIENCE_MS = 5000;

export interface Ports {
  readonly http: number;
  /** -1: none. */
  readonly udp: number;
}

export function netexec(ctx: ServerContext, { http, udp }: Ports): void {
  if (udp !== -1) {
    ctx.listenUdp(udp, ({ data, remoteAddress, remotePort }) => {
      const said = data.replace(/\n$/, "");
      glog(ctx, `Received request: ${said}`);
      if (/^hostname$/i.test(said)) return ctx.hostname;
      if (/^clientip$/i.test(said)) return `${bracketed(remoteAddress)}:${remotePort}`;
      return /^echo /i.test(said) ? said.slice("echo ".length) : "";
    });
    glog(ctx, `Started UDP server on port  ${udp}`);
  }
  ctx.listen(http, (request) => {
    const answer = answerTo(ctx, request);
    glog(ctx, `${request.method} ${request.path}${request.query === "" ? "" : `?${request.query}`}`);
    return answer;
  });
  glog(ctx, `Started HTTP server on port ${http}`);
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function answerTo(ctx: ServerContext, request: ServedRequest): ServedResponse {
  const query = formOf(request.query);
  switch (request.path) {
    case "/":
      return plain(
        200,
        `NOW: ${new Date(ctx.now()).toISOString().replace("T", " ").replace("Z", "000000 +0000 UTC")} m=+0.000000000`,
      );
    case "/hostname":
    case "/hostName":
      return plain(200, ctx.hostname);
    case "/clientip":
      return plain(200, `${bracketed(request.remoteAddress)}:40000`);
    case "/echo":
      return plain(Number(query["code"] ?? 200), query["msg"] ?? "");
    case "/header":
      return plain(200, request.headers[(query["key"] ?? "").toLowerCase()] ?? "");
    case "/healthz":
      return plain(200, "");
    case "/redirect":
      return redirect(query);
    case "/dial":
      return dial(ctx, query);
    case "/shutdown":
      ctx.exit(0);
      return { status: 0, body: "", resets: true };
    case "/exit":
      ctx.after(Number(query["wait"] ?? 0), () => ctx.exit(Number(query["code"] ?? 0)));
      return plain(200, "");
    default:
      return ABSENT.has(request.path)
        ? plain(501, `${request.path} is not supported by this look-alike of agnhost\n`)
        : plain(404, "404 page not found\n");
  }
}

function redirect({ location = "", code = "302" }: Readonly<Record<string, string>>): ServedResponse {
  const answer = plain(Number(code), `<a href="${location}">Found</a>.\n\n`);
  return { ...answer, headers: { ...answer.headers, "content-type": "text/html; charset=utf-8", location } };
}

/** How one try of `/dial` came out. */
type Tried = { response: string } | { error: string };

function dial(ctx: ServerContext, query: Readonly<Record<string, string>>): ServedResponse {
  const { host = "", port = "", request = "", protocol = "http", tries = "1" } = query;
  const bad = (text: string): ServedResponse => plain(400, `${text}\n`);
  if (!/^[+-]?\d+$/.test(tries))
    return bad(`tries parameter is invalid. strconv.Atoi: parsing ${JSON.stringify(tries)}: invalid syntax`);
  if (request === "") return bad("request parameter not specified. <nil>");
  const kind = protocol.toLowerCase();
  if (kind === "sctp") return plain(501, "sctp is not supported by this look-alike of agnhost\n");
  if (kind !== "http" && kind !== "udp") return bad(`unsupported protocol. ${protocol}`);
  const one = kind === "udp" ? dialUdp : dialHttp;
  return {
    ...plain(200, ""),
    later(answer) {
      const all: Tried[] = [];
      const wanted = Math.max(0, Number(tries));
      const stop: (() => void)[] = [];
      const finish = (): void => {
        const responses = all.flatMap((each) => ("response" in each ? [each.response] : []));
        const errors = all.flatMap((each) => ("error" in each ? [each.error] : []));
        const output = { ...(errors.length > 0 && { errors }), ...(responses.length > 0 && { responses }) };
        answer(plain(200, JSON.stringify(output)));
      };
      if (wanted === 0) finish();
      for (let at = 0; at < wanted; at++)
        stop.push(
          one(ctx, { host, port: Number(port), request }, (tried) => {
            if (all.push(tried) === wanted) finish();
          }),
        );
      return () => {
        for (const giveUp of stop) giveUp();
      };
    },
  };
}

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly request: string;
}

function dialHttp(ctx: ServerContext, { host, port, request }: Asked, done: (tried: Tried) => void): () => void {
  const url = `http://${bracketed(host)}:${port}/${request}`;
  let body = "";
  const exchange = ctx.network.send(
    { method: "GET", url, headers: { "user-agent": "Go-http-client/1.1" }, body: "", timeoutMs: PATIENCE_MS },
    {
      head() {},
      data: (text) => void (body += text),
      frame() {},
      end: () => done({ response: body }),
      fail: (errno) => done({ error: `Get "${url}": ${wordsOf(errno, { host, port })}` }),
    },
  );
  return () => exchange.abort();
}

function wordsOf(errno: string, { host, port }: Pick<Asked, "host" | "port">): string {
  const dialled = `dial tcp ${bracketed(host)}:${port}: connect:`;
  if (errno === "ECONNREFUSED") return `${dialled} connection refused`;
  if (errno === "EHOSTUNREACH") return `${dialled} no route to host`;
  if (errno === "ENOTFOUND" || errno === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`;
  if (errno === "ETIMEDOUT") return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  return "EOF";
}

function dialUdp(ctx: ServerContext, { host, port, request }: Asked, done: (tried: Tried) => void): () => void {
  let open: Connection | undefined;
  let over = false;
  const end = (tried: Tried): void => {
    if (over) return;
    over = true;
    open?.close();
    done(tried);
  };
  const unread = (why: string): Tried => ({ error: `reading from udp connection failed. err:'${why}'` });
  const giveUp = ctx.network.connect(
    { host, port, protocol: "UDP" },
    {
      opened(connection) {
        open = connection;
        connection.write(request);
        const place = `${connection.localAddress}:${connection.localPort}->${connection.remoteAddress}:${port}`;
        ctx.after(PATIENCE_MS, () => end(unread(`read udp ${place}: i/o timeout`)));
        return {
          data: (response) => end(response === "" ? unread("<nil>") : { response }),
          closed: () => end(unread(`read udp ${place}: read: connection refused`)),
        };
      },
      fail: (errno) => end({ error: `udp dial failed. err:${errno}` }),
    },
  );
  return () => {
    over = true;
    giveUp();
    open?.close();
  };
}
