/** hashicorp/http-echo: answers every request with one text. */
import { defineImage } from "./define-image.ts";
import type { Server, ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";

const VERSION = "1.0.0";

function stamp(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

function flag(argv: readonly string[], name: string): string | undefined {
  for (let i = 1; i < argv.length; i++) {
    const word = (argv[i] as string).replace(/^--?/, "");
    if (word === name) return argv[i + 1];
    if (word.startsWith(`${name}=`)) return word.slice(name.length + 1);
  }
  return undefined;
}

function start(ctx: ServerContext): ReturnType<Server> {
  const text = flag(ctx.argv, "text") ?? ctx.env["ECHO_TEXT"];
  if (text === undefined || text === "") {
    ctx.log("Missing -text option!", "stderr");
    ctx.exit(127);
    return undefined;
  }
  const address = flag(ctx.argv, "listen") ?? ":5678";
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  const host = address.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, "");
  const status = Number(flag(ctx.argv, "status-code") ?? 200);
  const body = `${text}\n`;
  ctx.listen(
    port,
    (request) => {
      const { host = "" } = request.headers;
      if (request.path === "/health")
        return { status: 200, headers: { "content-type": "application/json" }, body: `{"status":"ok"}\n` };
      ctx.log(
        (time) =>
          `${stamp(time)} ${host} ${request.remoteAddress}:40000 "${request.method} ${request.path} HTTP/1.1" ${status} ${body.length} "${request.headers["user-agent"] ?? ""}" 10.5µs`,
      );
      const headers = {
        "x-app-name": "http-echo",
        "x-app-version": VERSION,
        date: httpDate(ctx.now()),
        "content-length": String(body.length),
        "content-type": "text/plain; charset=utf-8",
      };
      return { status, headers, body };
    },
    ...(host === "" ? [] : [host === "localhost" ? "127.0.0.1" : host]),
  );
  ctx.use({ cpuMillicores: 1, memoryBytes: 6 * 1024 * 1024 });
  ctx.log(`${stamp(ctx.now())} [INFO] server is listening on ${address}`);
  const stop = (): void => ctx.exit(0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

export const httpEcho = defineImage({
  name: "docker.io/hashicorp/http-echo",
  tags: Object.fromEntries(["latest", "1.0", "1.0.0", "0.2.3", "alpine"].map((tag) => [tag, { size: 3_400_000 }])),
  entrypoint: ["/http-echo"],
  exposedPorts: [5678],
  userland: "none",
  programs: () => ({ "/http-echo": { kind: "server", start } }),
});
