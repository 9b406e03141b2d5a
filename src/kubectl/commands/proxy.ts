/**
 * `kubectl proxy`. Upstream: kubectl pkg/cmd/proxy, pkg/proxy.
 * Simplified: one request waits for the head of another's answer; no files, no unix socket.
 */
import type { ListenedRequest, ListenedResponse } from "../../engine/base/program.ts";
import { type Call, close, http, poll, read, readLineOf, respond, respondMore } from "../../engine/base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { openPort } from "../listening.ts";

export const proxy = defineCommand({
  name: "proxy",
  group: "Troubleshooting and Debugging Commands",
  short: "Run a proxy to the Kubernetes API server",
  usage: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
  examples: ["kubectl proxy --port=8080"],
  flags: [
    { name: "port", short: "p", type: "int", default: 8001, usage: "Port to listen on; 0 takes one that is free." },
    { name: "address", type: "string", default: "127.0.0.1", usage: "Address to listen on." },
    { name: "api-prefix", type: "string", default: "/", usage: "Path under which the API is served." },
    { name: "accept-paths", type: "string", default: "^.*", usage: "Pattern of the paths to let through." },
    {
      name: "reject-paths",
      type: "string",
      default: "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
      usage: "Patterns of paths to refuse.",
    },
    {
      name: "accept-hosts",
      type: "string",
      default: "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$",
      usage: "Patterns of the hosts to let through.",
    },
    { name: "reject-methods", type: "string", default: "^$", usage: "Patterns of methods to refuse." },
    { name: "disable-filter", type: "bool", usage: "Let everything through." },
    { name: "append-server-path", type: "bool", unsupported: true },
    { name: "keepalive", type: "duration", default: "0s", unsupported: true },
    { name: "unix-socket", short: "u", type: "string", unsupported: true },
    { name: "www", short: "w", type: "string", unsupported: true },
    { name: "www-prefix", short: "P", type: "string", default: "/static/", unsupported: true },
  ],
  completes: "none",
  *run(call) {
    const { flags } = call;
    if (flags.bool("disable-filter")) {
      yield* call.err("Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n");
    }
    const port = flags.int("port");
    const asked = flags.string("address");
    // Go takes every address of IPv4 for every address.
    const address = asked === "0.0.0.0" ? "::" : asked;
    if (!/^[\d.]+$|:/.test(address)) throw new CommandError(`listen tcp: lookup ${address}: no such host`);
    const opened = yield* openPort({ address, port }, (bound) => call.ctx.random(bound));
    const shown = address.includes(":") ? `[${address}]` : address;
    yield* call.out(`Starting to serve on ${shown}:${opened.port}\n`);
    return yield* serve(call, opened.fd);
  },
});

function matchesAny(patterns: string, text: string): boolean {
  return patterns.split(",").some((pattern) => new RegExp(pattern).test(text));
}

function accepted(call: Invocation, request: ListenedRequest): boolean {
  const { flags } = call;
  if (flags.bool("disable-filter")) return true;
  const host = (request.headers["host"] ?? "").replace(/:\d+$/, "");
  return (
    !matchesAny(flags.string("reject-paths"), request.path) &&
    !matchesAny(flags.string("reject-methods"), request.method) &&
    matchesAny(flags.string("accept-paths"), request.path) &&
    matchesAny(flags.string("accept-hosts"), host)
  );
}

/** Passes requests on, and of each answer what comes of its body when it comes: a watch takes as long as it likes. */
function* serve(call: Invocation, fd: number): Call<never> {
  /** Descriptor of a body → whose answer it is. */
  const open = new Map<number, number>();
  for (;;) {
    for (const ready of yield* poll([fd, ...open.keys()])) {
      if (ready === fd) {
        const line = yield* readLineOf(fd);
        if (line === null) continue;
        const request = JSON.parse(line) as ListenedRequest;
        const { rest, ...response } = yield* answer(call, request);
        yield* respond(fd, request.id, response);
        if (rest !== undefined) open.set(rest, request.id);
        continue;
      }
      const piece = yield* read(ready);
      const heard = yield* respondMore(fd, open.get(ready) ?? 0, piece);
      if (piece !== null && heard) continue;
      open.delete(ready);
      yield* close(ready);
    }
  }
}

/** `rest`: a descriptor of what comes after the body that is there. */
function* answer(call: Invocation, request: ListenedRequest): Call<ListenedResponse & { rest?: number }> {
  if (!accepted(call, request)) return { status: 403, body: "Forbidden" };
  const prefix = `/${call.flags.string("api-prefix").replace(/^\/+|\/+$/g, "")}`;
  const path = prefix === "/" ? request.path : request.path.slice(prefix.length);
  if (prefix !== "/" && !request.path.startsWith(`${prefix}/`)) return { status: 404, body: "404 page not found\n" };
  const { host: _, "content-length": __, connection: ___, ...headers } = request.headers;
  const response = yield* http({
    method: request.method,
    url: `${call.config.server}${path}${request.query === "" ? "" : `?${request.query}`}`,
    headers: { ...headers, ...call.config.headers },
    body: request.body,
  });
  const { status, headers: said, body: rest } = response;
  let body = "";
  while ((yield* poll([rest], 0)).length > 0) {
    const piece = yield* read(rest);
    if (piece === null) {
      yield* close(rest);
      return { status, headers: said, body };
    }
    body += piece;
  }
  return { status, headers: said, body, goesOn: true, rest };
}
