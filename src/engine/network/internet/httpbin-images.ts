/** httpbin in a container, under the names that it is pulled by. */
import type { ImageDefinition, ServerContext, ServerHooks } from "../../runtime/containers/image.ts";
import { httpbin } from "./httpbin.ts";

const PORT = 80;
const NAMES: readonly (readonly [name: string, tags: readonly string[], size: number])[] = [
  ["docker.io/kennethreitz/httpbin", ["latest"], 200_000_000],
  ["docker.io/kong/httpbin", ["latest", "0.1.0"], 66_000_000],
];

export const httpbinImages: readonly ImageDefinition[] = NAMES.map(([name, tags, size]) => ({
  name,
  tags: Object.fromEntries(tags.map((tag) => [tag, { size }])),
  entrypoint: ["/usr/local/bin/gunicorn"],
  cmd: ["-b", "0.0.0.0:80", "httpbin:app", "-k", "gevent"],
  exposedPorts: [PORT],
  userland: "debian",
  programs: () => ({ "/usr/local/bin/gunicorn": { kind: "server", start } }),
}));

function start(ctx: ServerContext): ServerHooks {
  const at = ctx.argv.findIndex((word) => word === "-b" || word === "--bind");
  const bind = /^(.*):(\d+)$/.exec(ctx.argv[at + 1] ?? "");
  const address = bind?.[1];
  const own = address === undefined || address === "0.0.0.0" || address === "" ? undefined : address;
  const port = Number(bind?.[2] ?? 8000);
  const say = (text: string, pid = 1): void =>
    ctx.log(
      (time) => `[${new Date(time).toISOString().slice(0, 19).replace("T", " ")} +0000] [${pid}] [INFO] ${text}`,
      "stderr",
    );
  say("Starting gunicorn 19.9.0");
  ctx.listen(port, (request) => httpbin(request, (ms, run) => ctx.after(ms, run)), own);
  say(`Listening at: http://${address ?? "127.0.0.1"}:${port} (1)`);
  say("Using worker: gevent");
  say("Booting worker with pid: 8", 8);
  return { signals: { SIGTERM: () => ctx.exit(0) } };
}
