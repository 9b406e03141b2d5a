/**
 * Kubernetes' test server agnhost: `netexec`, `serve-hostname`, `liveness`, `grpc-health-checking`, `webhook`, `pause`.
 * Upstream: test/images/agnhost. **Simplified:** its other subcommands, netexec's UDP and SCTP servers and its `/shell`,
 * `/dial` and `/upload` are absent and say so.
 */
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { dig } from "../userland/commands/dig.ts";
import { host } from "../userland/commands/host.ts";
import { nslookupAs } from "../userland/commands/nslookup.ts";
import { ss } from "../userland/packet-tools/ss.ts";
import { shellProgram } from "../userland/shell/main.ts";
import { liveness } from "./agnhost-liveness.ts";
import { webhook } from "./agnhost-webhook.ts";
import { formOf } from "./applications/app-state.ts";
import { defineImage } from "./define-image.ts";
import { dashed, sayUnread } from "./services/define-service.ts";
import { tags } from "./tags.ts";
import type { Server, ServerContext } from "./define-image.ts";

const ABSENT: ReadonlySet<string> = new Set(["/shell", "/dial", "/upload"]);

function plain(status: number, body: string): ServedResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) },
    body,
  };
}

/** What each command reads of its flags. */
const READ_FLAGS: Readonly<Record<string, readonly string[]>> = {
  netexec: ["http-port"],
  webhook: ["tls-cert-file", "tls-private-key-file", "port", "sidecar-image"],
  "grpc-health-checking": ["port", "http-port", "service", "delay-unhealthy-sec"],
  "serve-hostname": ["port"],
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

function glog(ctx: ServerContext, line: string): void {
  ctx.log((time) => `I${stamp(time)}       1 log.go:245] ${line}`, "stderr");
}

/** `0101 00:00:12.345000` */
function stamp(time: number): string {
  const text = new Date(time).toISOString();
  return `${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 23)}000`;
}

function netexec(ctx: ServerContext, port: number): void {
  const answer = (request: ServedRequest): ServedResponse => {
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
        return plain(200, `${request.remoteAddress}:40000`);
      case "/echo":
        return plain(Number(query["code"] ?? 200), query["msg"] ?? "");
      case "/header":
        return plain(200, request.headers[(query["key"] ?? "").toLowerCase()] ?? "");
      case "/healthz":
        return plain(200, "");
      case "/exit":
        ctx.after(Number(query["wait"] ?? 0), () => ctx.exit(Number(query["code"] ?? 0)));
        return plain(200, "");
      default:
        return ABSENT.has(request.path)
          ? plain(501, `${request.path} is not supported by this look-alike of agnhost\n`)
          : plain(404, "404 page not found\n");
    }
  };
  ctx.listen(port, (request) => {
    glog(ctx, `${request.method} ${request.path}`);
    return answer(request);
  });
  glog(ctx, `Started HTTP server on port ${port}`);
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

function start(ctx: ServerContext): ReturnType<Server> {
  const [, command = "", ...rest] = ctx.argv;
  const flags = readFlags(rest);
  ctx.use({ cpuMillicores: 1, memoryBytes: 10 * 1024 * 1024 });
  const unread = [...flags.keys()].filter((name) => READ_FLAGS[command]?.includes(name) === false);
  sayUnread(ctx, unread.map(dashed));
  if (command === "netexec") netexec(ctx, Number(flags.get("http-port") ?? 8080));
  else if (command === "webhook") webhook(ctx, flags);
  else if (command === "liveness") liveness(ctx);
  else if (command === "grpc-health-checking") grpcHealthChecking(ctx, flags);
  else if (command === "serve-hostname") {
    const port = Number(flags.get("port") ?? 9376);
    ctx.listen(port, () => plain(200, ctx.hostname));
    glog(ctx, `Serving on port ${port}`);
  } else if (command === "pause") ctx.log("Paused");
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
    "/agnhost": { kind: "server", start },
    "/usr/bin/nslookup": { kind: "program", run: nslookupAs("bind") },
    "/usr/bin/dig": { kind: "program", run: dig.program("busybox") },
    "/usr/bin/host": { kind: "program", run: host.program("busybox") },
    "/bin/bash": { kind: "program", run: shellProgram({ dialect: "bash" }) },
    "/sbin/ss": { kind: "program", run: ss.program("busybox") },
  }),
});
