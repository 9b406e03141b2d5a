/**
 * Kubernetes' test server agnhost: `netexec`, `serve-hostname`, `porter`, `liveness`, `grpc-health-checking`, `webhook`,
 * `pause`, and tools beside it. Upstream: test/images/agnhost. **Simplified:** its other subcommands are absent and say so.
 */
import type { ServedResponse } from "../../runtime/network-port.ts";
import { dig } from "../../userland/commands/dig.ts";
import { host } from "../../userland/commands/host.ts";
import { nslookupAs } from "../../userland/commands/nslookup.ts";
import { ss } from "../../userland/packet-tools/ss.ts";
import { shellProgram } from "../../userland/shell/main.ts";
import { glog, plain } from "./answers.ts";
import { liveness } from "./liveness.ts";
import { netexec } from "./netexec.ts";
import { toolOf } from "./tools.ts";
import { webhook } from "./webhook.ts";
import { defineImage } from "../define-image.ts";
import { dashed, sayUnread } from "../services/define-service.ts";
import { tags } from "../tags.ts";
import type { Server, ServerContext } from "../define-image.ts";

/** What each command reads of its flags. */
const READ_FLAGS: Readonly<Record<string, readonly string[]>> = {
  netexec: ["http-port", "udp-port"],
  webhook: ["tls-cert-file", "tls-private-key-file", "port", "sidecar-image"],
  "grpc-health-checking": ["port", "http-port", "service", "delay-unhealthy-sec"],
  "serve-hostname": ["port", "http", "tcp", "udp"],
  porter: [],
};

/** `--name=value` and `--name value`. */
function readFlags(argv: readonly string[]): Map<string, string> {
  const flags = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const match = /^--?([^=]+)(?:=(.*))?$/.exec(argv[i] as string);
    if (match !== null) flags.set(match[1] as string, match[2] ?? argv[i + 1] ?? "");
  }
  return flags;
}

/** A gRPC server with the health service alone, and an HTTP server that makes it say something else. */
function grpcHealthChecking(ctx: ServerContext, flags: ReadonlyMap<string, string>): void {
  const named = flags.get("service") ?? "";
  const state = { serving: true };
  const grpc = (status: string, body: string, message = ""): ServedResponse => ({
    status: 200,
    headers: { "content-type": "application/grpc", "grpc-status": status, "grpc-message": message },
    body,
  });
  ctx.listen(Number(flags.get("port") ?? 5000), ({ path, query }) => {
    if (path !== "/grpc.health.v1.Health/Check")
      return grpc("12", "", `unknown service ${path.slice(1).split("/")[0]}`);
    const service = query.replace("service=", "");
    if (service !== "" && service !== named) return grpc("5", "", "unknown service");
    return grpc("0", state.serving ? "SERVING" : "NOT_SERVING");
  });
  ctx.listen(Number(flags.get("http-port") ?? 8080), ({ path }) => {
    if (path !== "/make-serving" && path !== "/make-not-serving") return plain(404, "404 page not found\n");
    state.serving = path === "/make-serving";
    return plain(200, "");
  });
  const delay = Number(flags.get("delay-unhealthy-sec") ?? -1);
  if (delay > 0) ctx.after(delay * 1000, () => void (state.serving = false));
  glog(ctx, `Http server starting to listen on :${flags.get("http-port") ?? 8080}`);
  glog(ctx, `gRPC server starting to listen on :${flags.get("port") ?? 5000}`);
}

/** Its name at a port, to whoever comes by the protocols that are asked for; HTTP unless another one is. */
function serveHostname(ctx: ServerContext, flags: ReadonlyMap<string, string>): void {
  // One without a value has what follows it, or nothing.
  const on = (name: string, usual: boolean): boolean => /^(--.*|[1tT].*|)$/.test(flags.get(name) ?? String(usual));
  const port = Number(flags.get("port") ?? 9376);
  const name = `${ctx.hostname}\n`;
  if (on("udp", false)) ctx.listenUdp(port, () => name);
  if (on("tcp", false)) {
    ctx.listenTcp(port, (connection) => {
      connection.write(name);
      connection.end();
      return {};
    });
  } else if (on("http", true)) ctx.listen(port, () => plain(200, ctx.hostname));
  glog(ctx, `Serving on port ${port}`);
}

/** At each port of a variable SERVE_PORT_N what the variable says. */
function porter(ctx: ServerContext): void {
  for (const [name, value] of Object.entries(ctx.env)) {
    const port = /^SERVE_PORT_(\d+)$/.exec(name)?.[1];
    if (port !== undefined) ctx.listen(Number(port), () => plain(200, value));
    else if (/^SERVE_(TLS|SCTP)_PORT_/.test(name))
      ctx.log(`Drydock: ${name} has no effect in this playground`, "stderr");
  }
}

function start(ctx: ServerContext): ReturnType<Server> {
  const [, command = "", ...rest] = ctx.argv;
  const flags = readFlags(rest);
  ctx.use({ cpuMillicores: 1, memoryBytes: 10 * 1024 * 1024 });
  const unread = [...flags.keys()].filter((name) => READ_FLAGS[command]?.includes(name) === false);
  sayUnread(ctx, unread.map(dashed));
  const number = (name: string, usual: number): number => Number(flags.get(name) ?? usual);
  if (command === "netexec") netexec(ctx, { http: number("http-port", 8080), udp: number("udp-port", 8081) });
  else if (command === "webhook") webhook(ctx, flags);
  else if (command === "liveness") liveness(ctx);
  else if (command === "grpc-health-checking") grpcHealthChecking(ctx, flags);
  else if (command === "serve-hostname") serveHostname(ctx, flags);
  else if (command === "porter") porter(ctx);
  else if (command === "pause") ctx.log("Paused");
  else {
    ctx.log(`Error: unknown command ${JSON.stringify(command)} for "app"`, "stderr");
    ctx.exit(1);
  }
  return { signals: { SIGTERM: () => ctx.exit(command === "pause" ? 0 : 2), SIGINT: () => ctx.exit(2) } };
}

export const agnhost = defineImage({
  name: "registry.k8s.io/e2e-test-images/agnhost",
  tags: tags(53, "2.10..56"),
  entrypoint: ["/agnhost"],
  cmd: ["pause"],
  userland: "busybox",
  // Alpine with BIND's tools, bash and iproute2.
  programs: () => ({
    "/agnhost": { kind: "server", start, tool: toolOf },
    "/usr/bin/nslookup": { kind: "program", run: nslookupAs("bind") },
    "/usr/bin/dig": { kind: "program", run: dig.program("busybox") },
    "/usr/bin/host": { kind: "program", run: host.program("busybox") },
    "/bin/bash": { kind: "program", run: shellProgram({ dialect: "bash" }) },
    "/sbin/ss": { kind: "program", run: ss.program("busybox") },
  }),
});
