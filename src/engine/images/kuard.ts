/**
 * A look-alike of kuard, the demo server of "Kubernetes: Up and Running": port 8080, probes that can be made to fail,
 * memory that can be taken. **Simplified:** pages are plain; no DNS page, no key generator, no file browser.
 */
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { defineImage } from "./define-image.ts";
import type { Server, ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";

const VERSION = "v0.10.0-";
const BASE_MEMORY = 8 * 1024 * 1024;
const SIZE = { size: 11_200_000 };

/** Counts down the failures that somebody asked for. */
class ProbeSwitch {
  private failNext = 0;

  answer(request: ServedRequest, part: string): ServedResponse {
    if (part === "/api") {
      if (request.method === "PUT") this.failNext = readFailNext(request.body);
      return json({ failNext: this.failNext });
    }
    if (this.failNext === 0) return text(200, "ok");
    if (this.failNext > 0) this.failNext--;
    return text(500, "fail");
  }
}

/** A negative number fails for ever. */
function readFailNext(body: string): number {
  const match = /"failNext"\s*:\s*(-?\d+)/.exec(body);
  return match === null ? 0 : Number(match[1]);
}

function text(status: number, body: string): ServedResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function json(value: unknown): ServedResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

function page(ctx: ServerContext, tag: string, request: ServedRequest): string {
  const colour = tag.includes("-") ? tag.slice(tag.indexOf("-") + 1) : tag;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>KUAR Demo</title>
</head>
<body>
  <h1>Demo application version <i>${VERSION}${colour}</i></h1>
  <div>Hostname: ${ctx.hostname}</div>
  <div>IP addresses: ${ctx.podIP}</div>
  <div>Your address: ${request.remoteAddress}</div>
</body>
</html>
`;
}

function environment(ctx: ServerContext, rest: string): ServedResponse {
  if (rest === "/api") return json({ commandLine: ctx.argv, env: ctx.env });
  const lines = Object.entries(ctx.env).map(([name, value]) => `${name}=${value}\n`);
  return text(200, lines.join(""));
}

function serve(ctx: ServerContext, tag: string): ReturnType<Server> {
  const probes = { healthy: new ProbeSwitch(), ready: new ProbeSwitch() };
  let taken = 0;
  const memory = (request: ServedRequest, rest: string): ServedResponse => {
    if (rest === "/api/alloc" && request.method === "POST") {
      taken += Number(
        new Map(request.query.split("&").map((pair) => pair.split("=") as [string, string])).get("size") ?? 0,
      );
      ctx.use({ memoryBytes: BASE_MEMORY + taken });
      return text(200, "");
    }
    if (rest === "/api/clear" && request.method === "POST") {
      taken = 0;
      ctx.use({ memoryBytes: BASE_MEMORY });
      return text(200, "");
    }
    return json({ memStats: { HeapAlloc: BASE_MEMORY + taken } });
  };
  const route = (request: ServedRequest): ServedResponse => {
    const [, first = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(request.path) ?? [];
    if (first === "" || first === "-")
      return { ...text(200, page(ctx, tag, request)), headers: { "content-type": "text/html" } };
    if (first === "healthy" || first === "ready") return probes[first].answer(request, rest);
    if (first === "env") return environment(ctx, rest);
    if (first === "mem") return memory(request, rest);
    return text(404, "404 page not found\n");
  };
  const stamp = (time: number): string =>
    new Date(time).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
  ctx.listen(8080, (request) => {
    const response = route(request);
    ctx.log((time) => `${stamp(time)} ${request.remoteAddress}:40000 ${request.method} ${request.path}`);
    const { headers } = response;
    return {
      ...response,
      headers: { ...headers, date: httpDate(ctx.now()), "content-length": String(response.body.length) },
    };
  });
  ctx.use({ cpuMillicores: 1, memoryBytes: BASE_MEMORY });
  ctx.log(`${stamp(ctx.now())} Starting kuard version: ${VERSION}${tag}`);
  ctx.log(`${stamp(ctx.now())} Serving on HTTP on :8080`);
  // A Go program: its runtime ends it with status 2 when SIGTERM isn't handled.
  return { signals: { SIGTERM: () => ctx.exit(2), SIGINT: () => ctx.exit(2) } };
}

const TAGS = ["blue", "green", "purple", "1", "2", "3", "v0.10.0-blue", "v0.10.0-green", "v0.10.0-purple"];

export const kuard = defineImage({
  name: "gcr.io/kuar-demo/kuard-amd64",
  tags: Object.fromEntries(TAGS.map((tag) => [tag, SIZE])),
  cmd: ["/kuard"],
  exposedPorts: [8080],
  userland: "busybox",
  programs: (tag) => ({ "/kuard": { kind: "server", start: (ctx) => serve(ctx, tag) } }),
});
