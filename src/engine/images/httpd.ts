/** Apache httpd as its official image runs it. **Simplified:** httpd.conf is not read: port 80, htdocs. */
import { htpasswd } from "../userland/htpasswd.ts";
import { ab } from "../userland/load/ab.ts";
import type { ShownServer } from "../runtime/containers/image.ts";
import { defineImage } from "./define-image.ts";
import type { BindFailure, Server, ServerContext } from "./define-image.ts";
import { AccessLog, httpDate } from "./http-log.ts";
import { lazyTags, tags } from "./tags.ts";
import { StaticSite } from "./static-files.ts";

const VERSION = "2.4.65";
const VERSIONS = "latest 2 2.4 2.4.29 2.4.33..66";
const DEBIAN_MB = 45.2;
const ALPINE_MB = 21.7;
const TITLES: Record<number, [title: string, text: string]> = {
  403: ["403 Forbidden", "You don't have permission to access this resource."],
  404: ["404 Not Found", "The requested URL was not found on this server."],
  405: ["405 Method Not Allowed", "The requested method is not allowed for this URL."],
};

function errorPage(status: number): string {
  const [title, text] = TITLES[status] ?? [String(status), ""];
  const heading = title.slice(4);
  return `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${title}</title>\n</head><body>\n<h1>${heading}</h1>\n<p>${text}</p>\n</body></html>\n`;
}

const LOGS = "/usr/local/apache2/logs";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function notice(ctx: ServerContext, text: string): void {
  tell(ctx, "mpm_event:notice", text);
}

/** `source`: module and level. */
function tell(ctx: ServerContext, source: string, text: string): void {
  const [day = "", rest = ""] = httpDate(ctx.now()).split(", ");
  const [date = "", month = "", year = "", time = ""] = rest.split(" ");
  ctx.log(`[${day} ${month} ${date} ${time}.000000 ${year}] [${source}] [pid 1:tid 1] ${text}`, "stderr");
}

export const apacheBindFails: BindFailure = ({ address, port, why }) => ({
  lines: [
    `(98)${why}: AH00072: make_sock: could not bind to address ${address === "::" ? "[::]" : address}:${port}`,
    "no listening sockets available, shutting down",
    "AH00015: Unable to open logs",
  ],
});

/** A parent and its children, as each multi-processing module has them. */
function apacheShows(title: string, children: number): ShownServer {
  const shown = { title, children: Array.from({ length: children }, () => title), childUser: "www-data", shares: true };
  return () => shown;
}

/** Apache with PHP, as Debian starts it. */
export const phpApacheShows = apacheShows("apache2 -DFOREGROUND", 5);
const httpdShows = apacheShows("httpd -DFOREGROUND", 3);

function serve(ctx: ServerContext): ReturnType<Server> {
  const access = new AccessLog({ forwarded: false });
  const root = "/usr/local/apache2/htdocs";
  const site = new StaticSite(ctx, { root, server: `Apache/${VERSION} (Unix)`, errorPage });
  ctx.listen(80, (request) => {
    const response = site.answer(request);
    ctx.log(access.line(request, response.status, response.length));
    return response;
  });
  ctx.use({ cpuMillicores: 1, memoryBytes: 12 * 1024 * 1024 });
  const unnamed = `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${ctx.podIP}. Set the 'ServerName' directive globally to suppress this message`;
  ctx.log(unnamed, "stderr");
  ctx.log(unnamed, "stderr");
  const why = ctx.writeProblem(LOGS);
  if (why !== undefined) {
    // Its temporary name is mkstemp's.
    const temporary = Array.from({ length: 6 }, () => LETTERS[ctx.random(LETTERS.length)]).join("");
    const text = why === "EROFS" ? "(30)Read-only file system" : "(13)Permission denied";
    tell(ctx, "core:error", `${text}: AH00099: could not create ${LOGS}/httpd.pid.${temporary}`);
    tell(ctx, "core:error", `AH00100: httpd: could not log pid to file ${LOGS}/httpd.pid`);
    ctx.exit(1);
    return undefined;
  }
  notice(ctx, `AH00489: Apache/${VERSION} (Unix) configured -- resuming normal operations`);
  const stop = (): void => {
    notice(ctx, "AH00491: caught SIGTERM, shutting down");
    ctx.exit(0);
  };
  return { signals: { SIGTERM: stop, SIGWINCH: stop, SIGINT: () => ctx.exit(0) } };
}

export const httpd = defineImage({
  name: "docker.io/library/httpd",
  tags: lazyTags(() => ({
    ...tags(DEBIAN_MB, `${VERSIONS} bookworm trixie`),
    ...tags(ALPINE_MB, VERSIONS, ["-alpine"]),
  })),
  cmd: ["httpd-foreground"],
  env: {
    HTTPD_PREFIX: "/usr/local/apache2",
    PATH: "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  },
  workingDir: "/usr/local/apache2",
  exposedPorts: [80],
  userland: "debian",
  files: { "/usr/local/apache2/htdocs/index.html": "<html><body><h1>It works!</h1></body></html>\n" },
  programs: () => ({
    "/usr/local/apache2/bin/ab": { kind: "program", run: ab },
    "/usr/local/apache2/bin/htpasswd": { kind: "program", run: htpasswd.program("debian") },
    "/usr/local/bin/httpd-foreground": { kind: "server", start: serve, bindFails: apacheBindFails, shows: httpdShows },
    "/usr/local/apache2/bin/httpd": { kind: "server", start: serve, bindFails: apacheBindFails, shows: httpdShows },
  }),
});
