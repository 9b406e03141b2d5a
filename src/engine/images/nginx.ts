/** nginx as its official image runs it: with the configuration that the image brings, or the one that is mounted. */
import { defineImage } from "./define-image.ts";
import type { ImageDefinition, ImageTag } from "./define-image.ts";
import { nginxPage } from "../runtime/nginx-page.ts";
import { entryScripts } from "./nginx-entrypoint.ts";
import { bindFails, nginxShows, NginxVersion, serve } from "./nginx-process.ts";
import { lazyTags } from "./tags.ts";

const MB = 1_000_000;
const SIZES: Record<string, number> = {
  "1.7.9": 39.9,
  "1.8": 52.0,
  "1.9": 52.0,
  "1.10": 50.0,
  "1.11": 50.0,
  "1.12": 42.0,
  "1.13": 42.5,
  "1.14": 44.7,
  "1.15": 44.7,
  "1.16": 51.0,
  "1.17": 51.0,
  "1.18": 53.6,
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
/** What nginx-slim was built from, where its releases say so. **Simplified:** of 0.25 and later ones by their dates. */
const SLIM: Record<string, string> = {
  "0.7": "1.10.0",
  "0.8": "1.11.1",
  "0.21": "1.13.3",
  "0.22": "1.13.3",
  "0.23": "1.13.4",
  "0.24": "1.13.5",
  "0.25": "1.13.5",
  "0.26": "1.13.6",
  "0.27": "1.13.6",
  "0.28": "1.13.6",
};
const EXACT: Record<string, string> = {
  "1.8": "1.8.1",
  "1.9": "1.9.15",
  "1.10": "1.10.3",
  "1.11": "1.11.13",
  "1.12": "1.12.2",
  "1.13": "1.13.12",
  "1.14": "1.14.2",
  "1.15": "1.15.12",
  "1.16": "1.16.1",
  "1.17": "1.17.10",
  "1.18": "1.18.0",
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

function allTags(): Record<string, ImageTag> {
  const all: Record<string, ImageTag> = {};
  for (const [tag, size] of Object.entries(SIZES)) {
    all[tag] = { size: size * MB };
    const [, minor = "", newest] = /^(\d+\.\d+)\.(\d+)$/.exec(EXACT[tag] ?? "") ?? [];
    const patches =
      newest === undefined ? [] : Array.from({ length: Number(newest) + 1 }, (_, patch) => `${minor}.${patch}`);
    for (const patch of patches) all[patch] = { size: size * MB };
    if (tag === "1.7.9") continue;
    for (const each of [tag, ...patches]) {
      const prefix = each === "latest" ? "" : `${each}-`;
      all[`${prefix}alpine`] = { size: ALPINE_SIZE * MB };
      all[`${prefix}alpine-slim`] = { size: 5 * MB };
      all[`${prefix}perl`] = { size: (size + 12) * MB };
    }
  }
  return all;
}

/** The version that a tag stands for. */
function versionOf(tag: string): string {
  const base = tag.replace(/-?(alpine|alpine-slim|perl)$/, "");
  if (base === "stable") return STABLE;
  // Copies have tags of their own: `1.14-2`, and those of nginx-slim.
  const [whole, minor = "", patch] = /^(\d+\.\d+)(\.\d+)?/.exec(base) ?? [];
  if (patch !== undefined) return whole ?? NEWEST;
  return EXACT[minor] ?? SLIM[minor] ?? NEWEST;
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

const NGINX_CONF = `
user  nginx;
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

export const nginx = defineImage({
  name: "docker.io/library/nginx",
  tags: lazyTags(allTags),
  cmd: ["nginx", "-g", "daemon off;"],
  env: { NGINX_VERSION: NEWEST },
  exposedPorts: [80],
  userland: "debian",
  files: {
    "/usr/share/nginx/html/index.html": INDEX,
    "/usr/share/nginx/html/50x.html": nginxPage(500, `nginx/${NEWEST}`),
    "/etc/nginx/nginx.conf": NGINX_CONF,
    "/etc/nginx/conf.d/default.conf": DEFAULT_CONF,
    "/etc/nginx/mime.types": MIME_TYPES,
    ...Object.fromEntries(
      entryScripts.map((path) => [path, "#!/bin/sh\n# Part of nginx itself in this playground.\n"]),
    ),
  },
  accounts: [{ name: "nginx", uid: 101, shell: "/bin/false" }],
  programs: (tag) => nginxProgram(new NginxVersion(versionOf(tag), DEFAULT_CONF)),
});

function nginxProgram(version: NginxVersion): ReturnType<NonNullable<ImageDefinition["programs"]>> {
  return {
    "/usr/sbin/nginx": { kind: "server", start: (ctx) => serve(ctx, version), bindFails, shows: nginxShows },
  };
}

const TEMPORARY = ["proxy", "client_body", "fastcgi", "uwsgi", "scgi"]
  .map((what) => `    ${what}_temp_path /tmp/${what === "client_body" ? "client" : what}_temp;\n`)
  .join("");
const OPEN_CONF = NGINX_CONF.replace("user  nginx;\n", "")
  .replace("/run/nginx.pid", "/tmp/nginx.pid")
  .replace("http {\n", `http {\n${TEMPORARY}`);
const OPEN_DEFAULT = DEFAULT_CONF.replace("80;", "8080;").replace("[::]:80", "[::]:8080");

/** nginx for those who may not be root. **Simplified:** its configuration belongs to root. */
export const nginxUnprivileged = defineImage({
  ...nginx,
  name: "docker.io/nginxinc/nginx-unprivileged",
  user: 101,
  exposedPorts: [8080],
  files: { ...nginx.files, "/etc/nginx/nginx.conf": OPEN_CONF, "/etc/nginx/conf.d/default.conf": OPEN_DEFAULT },
  programs: (tag) => nginxProgram(new NginxVersion(versionOf(tag), OPEN_DEFAULT, { plain: false })),
});

/** nginx in an image that brings a site of its own. */
export function nginxWithSite(name: string, site: { version: string; conf: string; tags: ImageDefinition["tags"] }) {
  const files = { ...nginx.files, "/etc/nginx/conf.d/default.conf": site.conf };
  const programs = () => nginxProgram(new NginxVersion(site.version, site.conf, { plain: false }));
  return defineImage({ ...nginx, name, tags: site.tags, files, programs });
}
