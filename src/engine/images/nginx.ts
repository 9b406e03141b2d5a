/**
 * nginx as its official image runs it: with the configuration that the image brings, or the one that is mounted.
 * **Simplified:** conditional and range requests are answered in full; what a configuration may hold says `nginx-conf.ts`.
 */
import { defineImage } from "./define-image.ts";
import type { BindFailure, ImageTag, Server, ServerContext } from "./define-image.ts";
import { SystemError } from "../base/program.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { AccessLog } from "./http-log.ts";
import { NginxConfError, readNginxConf, unsimulated } from "./nginx-conf.ts";
import { boundAddress, nginxServers, upstreamHosts } from "./nginx-servers.ts";
import type { NginxServer } from "./nginx-servers.ts";
import { NginxSite } from "./nginx-site.ts";
import type { Directive } from "./nginx-conf.ts";
import { FileResponse, StaticSite } from "./static-files.ts";

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

const NGINX_CONF = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;
    access_log    /var/log/nginx/access.log;
    sendfile      on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`;
const DEFAULT_CONF = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

/** Of the 90 types that nginx brings those that pages are made of. */
const MIME_TYPES = `types {
    text/html                             html htm shtml;
    text/css                              css;
    text/xml                              xml;
    image/gif                             gif;
    image/jpeg                            jpeg jpg;
    application/javascript                js;
    text/plain                            txt;
    image/png                             png;
    image/svg+xml                         svg svgz;
    image/webp                            webp;
    image/x-icon                          ico;
    font/woff                             woff;
    font/woff2                            woff2;
    application/json                      json;
    application/pdf                       pdf;
    application/wasm                      wasm;
    application/zip                       zip;
}
`;

const TITLES: Record<number, string> = {
  301: "301 Moved Permanently",
  302: "302 Found",
  307: "307 Temporary Redirect",
  308: "308 Permanent Redirect",
  400: "400 Bad Request",
  401: "401 Authorization Required",
  403: "403 Forbidden",
  404: "404 Not Found",
  405: "405 Not Allowed",
  413: "413 Request Entity Too Large",
  429: "429 Too Many Requests",
  500: "500 Internal Server Error",
  502: "502 Bad Gateway",
  503: "503 Service Temporarily Unavailable",
  504: "504 Gateway Time-out",
};

function errorPage(status: number, software: string): string {
  const title = TITLES[status] ?? String(status);
  const body = [
    `<html>`,
    `<head><title>${title}</title></head>`,
    `<body>`,
    `<center><h1>${title}</h1></center>`,
    `<hr><center>${software}</center>`,
    `</body>`,
    `</html>`,
  ];
  return body.map((line) => `${line}\r\n`).join("");
}

function notice(ctx: ServerContext, text: string, level: "notice" | "warn" | "emerg" = "notice"): void {
  ctx.log((time) => {
    const stamp = new Date(time).toISOString();
    return `${stamp.slice(0, 10).replaceAll("-", "/")} ${stamp.slice(11, 19)} [${level}] 1#1: ${text}`;
  }, "stderr");
}

/** The servers of the configuration; a text when nginx would not start with it. */
function configured(
  ctx: ServerContext,
  file: string,
): { servers: NginxServer[]; unsimulated: readonly Directive[] } | string {
  const { fs } = ctx;
  const list = (pattern: string): string[] => {
    if (!pattern.includes("*")) return [pattern];
    const folder = pattern.slice(0, pattern.lastIndexOf("/"));
    const [head = "", tail = ""] = pattern.slice(folder.length + 1).split("*");
    const names = fs.exists(folder) ? fs.readdir(folder) : [];
    return names
      .filter((name) => !name.startsWith(".") && name.startsWith(head) && name.endsWith(tail))
      .map((name) => `${folder}/${name}`);
  };
  try {
    const conf = readNginxConf(file, { list, read: (path) => (fs.exists(path) ? fs.readFile(path) : undefined) });
    const servers = nginxServers(conf);
    for (const { host, line, file: where } of upstreamHosts(servers)) {
      try {
        ctx.network.resolve(host);
      } catch {
        return `host not found in upstream "${host}" in ${where}:${line}`;
      }
    }
    for (const { directives, securePorts } of servers) {
      const certificate = directives.find(({ name }) => name === "ssl_certificate")?.args[0];
      if (securePorts.length > 0 && certificate !== undefined && !fs.exists(certificate))
        return `cannot load certificate "${certificate}": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(${certificate}, r) error:10000080:BIO routines::no such file)`;
    }
    return { servers, unsimulated: unsimulated(conf) };
  } catch (error) {
    if (error instanceof NginxConfError) return error.message;
    throw error;
  }
}

/** nginx tries five times before it gives up. */
const bindFails: BindFailure = ({ address, port, why, now }) => {
  const number = why === "Address already in use" ? 98 : 99;
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " ");
  const line = `bind() to ${address === "::" ? "0.0.0.0" : address}:${port} failed (${number}: ${why})`;
  const tries = number === 98 ? 5 : 1;
  return {
    lines: [
      ...Array.from({ length: tries }, () => `${stamp} [emerg] 1#1: ${line}`),
      ...Array.from({ length: tries }, () => `nginx: [emerg] ${line}`),
      ...(number === 98
        ? [`${stamp} [emerg] 1#1: still could not bind()`, "nginx: [emerg] still could not bind()"]
        : []),
    ],
  };
};

function serve(ctx: ServerContext, version: string): ReturnType<Server> {
  const access = new AccessLog({ forwarded: true });
  const [, ...words] = ctx.argv;
  if (words.includes("-v") || words.includes("-s")) {
    ctx.log(words.includes("-v") ? `nginx version: nginx/${version}` : "nginx: [error] -s is not simulated", "stderr");
    ctx.exit(words.includes("-v") ? 0 : 1);
    return undefined;
  }
  const server = `nginx/${version}`;
  const at = words.indexOf("-c");
  const file = at < 0 ? "/etc/nginx/nginx.conf" : (words[at + 1] ?? "");
  const bound = new Set<number>();
  let answer: (request: ServedRequest) => { response: ServedResponse; logged: boolean };
  const load = (): boolean => {
    if (at < 0 && ctx.untouched("/etc/nginx")) {
      const site = new StaticSite(ctx, {
        root: "/usr/share/nginx/html",
        server,
        errorPage: (status) => errorPage(status, server),
      });
      answer = (request) => ({ response: site.answer(request), logged: true });
      return bind([80], () => undefined);
    }
    const found = configured(ctx, file);
    if (typeof found === "string") {
      notice(ctx, found, "emerg");
      ctx.log(`nginx: [emerg] ${found}`, "stderr");
      return false;
    }
    const { servers } = found;
    for (const { name, file: where, line } of found.unsimulated)
      notice(ctx, `directive "${name}" is not simulated: it has no effect in ${where}:${line}`, "warn");
    const site = new NginxSite(ctx, { servers, server, errorPage });
    answer = (request) => site.answer(request);
    return bind(
      servers.flatMap(({ ports }) => ports),
      (port) => boundAddress(servers, port),
    );
  };
  const bind = (ports: readonly number[], addressOf: (port: number) => string | undefined): boolean => {
    for (const port of ports) {
      if (bound.has(port) || words.includes("-t")) continue;
      const listener = (request: ServedRequest): ServedResponse => {
        const { response, logged } = answer(request);
        return logged ? recorded(request, response) : response;
      };
      ctx.listen(port, listener, addressOf(port));
      bound.add(port);
    }
    return true;
  };
  const recorded = (request: ServedRequest, response: ServedResponse): ServedResponse => {
    const { later } = response;
    if (later !== undefined) return { ...response, later: (done) => later((late) => done(recorded(request, late))) };
    const length = response instanceof FileResponse ? response.length : utf8Length(response.body);
    ctx.log(access.line(request, response.status, request.method === "HEAD" ? 0 : length));
    return response;
  };
  if (!load()) {
    ctx.exit(1);
    return undefined;
  }
  if (words.includes("-t")) {
    ctx.log(`nginx: the configuration file ${file} syntax is ok`, "stderr");
    ctx.log(`nginx: configuration file ${file} test is successful`, "stderr");
    ctx.exit(0);
    return undefined;
  }
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
      SIGHUP: () => {
        notice(ctx, "signal 1 (SIGHUP) received, reconfiguring");
        // What is wrong is said, and the configuration that runs goes on.
        try {
          load();
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          notice(ctx, `bind() to 0.0.0.0${error.detail} failed (98: Address already in use)`, "emerg");
        }
      },
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
    "/usr/share/nginx/html/50x.html": errorPage(500, `nginx/${NEWEST}`),
    "/etc/nginx/nginx.conf": NGINX_CONF,
    "/etc/nginx/conf.d/default.conf": DEFAULT_CONF,
    "/etc/nginx/mime.types": MIME_TYPES,
  },
  programs: (tag) => ({ "/usr/sbin/nginx": { kind: "server", start: (ctx) => serve(ctx, versionOf(tag)), bindFails } }),
});
