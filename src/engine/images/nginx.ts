/**
 * nginx as its official image runs it. **Simplified:** its configuration file is not read: one server on port 80 with
 * /usr/share/nginx/html; conditional and range requests are answered in full.
 */
import { defineImage } from "./define-image.ts";
import type { ImageTag, Server, ServerContext } from "./define-image.ts";
import { AccessLog } from "./http-log.ts";
import { StaticSite } from "./static-files.ts";

const MB = 1_000_000;
const SIZES: Record<string, number> = {
  "1.7.9": 39.9,
  "1.14.2": 44.7,
  "1.16.1": 51.0,
  "1.19": 53.7,
  "1.20": 56.7,
  "1.21": 56.8,
  "1.22": 57.0,
  "1.23": 57.0,
  "1.24": 56.9,
  "1.25": 71.0,
  "1.26": 72.0,
  "1.27": 72.2,
  "1.28": 72.2,
  "1.29": 72.3,
  latest: 72.3,
  stable: 72.2,
  mainline: 72.3,
};
const ALPINE_SIZE = 20.5;
const NEWEST = "1.29.1";
const STABLE = "1.28.0";
const EXACT: Record<string, string> = {
  "1.19": "1.19.10",
  "1.20": "1.20.2",
  "1.21": "1.21.6",
  "1.22": "1.22.1",
  "1.23": "1.23.4",
  "1.24": "1.24.0",
  "1.25": "1.25.5",
  "1.26": "1.26.3",
  "1.27": "1.27.5",
  "1.28": STABLE,
  "1.29": NEWEST,
};

function tags(): Record<string, ImageTag> {
  const all: Record<string, ImageTag> = {};
  for (const [tag, size] of Object.entries(SIZES)) {
    all[tag] = { size: size * MB };
    const exact = EXACT[tag];
    if (exact !== undefined) all[exact] = { size: size * MB };
    if (tag === "1.7.9") continue;
    const alpine = { size: ALPINE_SIZE * MB };
    all[tag === "latest" ? "alpine" : `${tag}-alpine`] = alpine;
    if (exact !== undefined) all[`${exact}-alpine`] = alpine;
  }
  return all;
}

/** The version that a tag stands for. */
function versionOf(tag: string): string {
  const base = tag.replace(/-?alpine$/, "");
  if (base === "" || base === "latest" || base === "mainline") return NEWEST;
  return base === "stable" ? STABLE : (EXACT[base] ?? base);
}

const INDEX = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const TITLES: Record<number, string> = { 403: "403 Forbidden", 404: "404 Not Found", 405: "405 Not Allowed" };

function errorPage(status: number, version: string): string {
  const title = TITLES[status] ?? String(status);
  const body = [
    `<html>`,
    `<head><title>${title}</title></head>`,
    `<body>`,
    `<center><h1>${title}</h1></center>`,
    `<hr><center>nginx/${version}</center>`,
    `</body>`,
    `</html>`,
  ];
  return body.map((line) => `${line}\r\n`).join("");
}

function notice(ctx: ServerContext, text: string): void {
  ctx.log((time) => {
    const stamp = new Date(time).toISOString();
    return `${stamp.slice(0, 10).replaceAll("-", "/")} ${stamp.slice(11, 19)} [notice] 1#1: ${text}`;
  }, "stderr");
}

function serve(ctx: ServerContext, version: string): ReturnType<Server> {
  const access = new AccessLog({ forwarded: true });
  const site = new StaticSite(ctx, {
    root: "/usr/share/nginx/html",
    server: `nginx/${version}`,
    errorPage: (status) => errorPage(status, version),
  });
  ctx.listen(80, (request) => {
    const response = site.answer(request);
    ctx.log(access.line(request, response.status, request.method === "HEAD" ? 0 : response.length));
    return response;
  });
  ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
  notice(ctx, `using the "epoll" event method`);
  notice(ctx, `nginx/${version}`);
  notice(ctx, "start worker processes");
  const quit = (signal: number, name: string, text: string) => () => {
    notice(ctx, `signal ${signal} (${name}) received, ${text}`);
    notice(ctx, "exit");
    ctx.exit(0);
  };
  return {
    signals: {
      SIGTERM: quit(15, "SIGTERM", "exiting"),
      SIGINT: quit(2, "SIGINT", "exiting"),
      SIGQUIT: quit(3, "SIGQUIT", "shutting down"),
      SIGHUP: () => notice(ctx, "signal 1 (SIGHUP) received, reconfiguring"),
    },
  };
}

export const nginx = defineImage({
  name: "docker.io/library/nginx",
  tags: tags(),
  cmd: ["nginx", "-g", "daemon off;"],
  env: { NGINX_VERSION: NEWEST },
  exposedPorts: [80],
  userland: "debian",
  files: {
    "/usr/share/nginx/html/index.html": INDEX,
    "/usr/share/nginx/html/50x.html": errorPage(500, NEWEST),
    "/etc/nginx/nginx.conf":
      "user  nginx;\nworker_processes  auto;\n\nerror_log  /var/log/nginx/error.log notice;\npid        /run/nginx.pid;\n",
  },
  programs: (tag) => ({ "/usr/sbin/nginx": { kind: "server", start: (ctx) => serve(ctx, versionOf(tag)) } }),
});
