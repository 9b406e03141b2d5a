/**
 * The main process of nginx: reads its configuration, binds its ports, answers, and minds the signals that nginx does.
 * **Simplified:** conditional and range requests are answered in full; what a configuration may hold says `nginx-conf.ts`.
 */
import { SystemError } from "../base/program.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import type { BindFailure, Server, ServerContext, ServerHooks } from "./define-image.ts";
import { AccessLog } from "./http-log.ts";
import { NginxRates } from "./nginx-access.ts";
import { NginxConfError, readNginxConf, unsimulated } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";
import { boundAddress, nginxServers, upstreamHosts } from "./nginx-servers.ts";
import type { NginxServer } from "./nginx-servers.ts";
import { NginxSite } from "./nginx-site.ts";
import { FileResponse, StaticSite } from "./static-files.ts";

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

export function errorPage(status: number, software: string): string {
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

type Level = "notice" | "warn" | "emerg";

/** `2026/01/01 00:00:12 [notice] 1#1: start worker processes`, made when somebody reads it. */
function noticeLine(text: string, level: Level): (time: number) => string {
  return (time) => {
    const stamp = new Date(time).toISOString();
    return `${stamp.slice(0, 10).replaceAll("-", "/")} ${stamp.slice(11, 19)} [${level}] 1#1: ${text}`;
  };
}

function notice(ctx: ServerContext, text: string, level: Level = "notice"): void {
  ctx.log(noticeLine(text, level), "stderr");
}

/** The servers of the configuration; a text when nginx would not start with it. */
function configured(
  ctx: ServerContext,
  file: string,
): { servers: NginxServer[]; rates: NginxRates; unsimulated: readonly Directive[] } | string {
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
    const rates = new NginxRates(servers[0]?.outer ?? []);
    rates.check(conf);
    return { servers, rates, unsimulated: unsimulated(conf) };
  } catch (error) {
    if (error instanceof NginxConfError) return error.message;
    throw error;
  }
}

/** nginx tries five times before it gives up. */
export const bindFails: BindFailure = ({ address, port, why, now }) => {
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

type Answer = (request: ServedRequest) => { response: ServedResponse; logged: boolean };

/** What the processes of one version share. */
export class NginxVersion {
  /** `nginx/1.29.1` */
  readonly server: string;
  /** What it says when it starts. */
  readonly greeting: readonly ((time: number) => string)[];
  readonly errorPage: (status: number) => string;

  constructor(version: string) {
    this.server = `nginx/${version}`;
    const lines = [`using the "epoll" event method`, this.server, "start worker processes"];
    this.greeting = lines.map((text) => noticeLine(text, "notice"));
    this.errorPage = (status) => errorPage(status, this.server);
  }
}

/** A class, and no closures: of nothing are there more on large clusters than of web servers. */
class NginxProcess implements ServerHooks {
  private readonly ctx: ServerContext;
  private readonly version: NginxVersion;
  private readonly access = new AccessLog({ forwarded: true });
  private bound: readonly number[] = [];
  private answer: Answer | undefined;
  /** Of a site that is as the image brings it. */
  private site: StaticSite | undefined;

  constructor(ctx: ServerContext, version: NginxVersion) {
    this.ctx = ctx;
    this.version = version;
  }

  /** False when it has ended again. */
  start(): boolean {
    const { ctx, version } = this;
    const { argv } = ctx;
    if (argv.includes("-v") || argv.includes("-s")) {
      const asked = argv.includes("-v");
      ctx.log(asked ? `nginx version: ${version.server}` : "nginx: [error] -s is not simulated", "stderr");
      ctx.exit(asked ? 0 : 1);
      return false;
    }
    if (!this.load()) {
      ctx.exit(1);
      return false;
    }
    if (argv.includes("-t")) {
      ctx.log(`nginx: the configuration file ${this.file} syntax is ok`, "stderr");
      ctx.log(`nginx: configuration file ${this.file} test is successful`, "stderr");
      ctx.exit(0);
      return false;
    }
    ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
    for (const line of version.greeting) ctx.log(line, "stderr");
    return true;
  }

  get signals(): NonNullable<ServerHooks["signals"]> {
    return {
      SIGTERM: () => this.quit(15, "SIGTERM", "exiting"),
      SIGINT: () => this.quit(2, "SIGINT", "exiting"),
      SIGQUIT: () => this.quit(3, "SIGQUIT", "shutting down"),
      SIGHUP: () => {
        notice(this.ctx, "signal 1 (SIGHUP) received, reconfiguring");
        // What is wrong is said, and the configuration that runs goes on.
        try {
          this.load();
        } catch (error) {
          if (!(error instanceof SystemError)) throw error;
          notice(this.ctx, `bind() to 0.0.0.0${error.detail} failed (98: Address already in use)`, "emerg");
        }
      },
    };
  }

  /** The configuration's path, when the command line says it. */
  private get asked(): string | undefined {
    const { argv } = this.ctx;
    const at = argv.indexOf("-c", 1);
    return at < 0 ? undefined : (argv[at + 1] ?? "");
  }

  private get file(): string {
    return this.asked ?? "/etc/nginx/nginx.conf";
  }

  private load(): boolean {
    const { ctx } = this;
    const { server, errorPage: pageOf } = this.version;
    if (this.asked === undefined && ctx.untouched("/etc/nginx")) {
      this.site = new StaticSite(ctx, { root: "/usr/share/nginx/html", server, errorPage: pageOf });
      this.answer = undefined;
      return this.bind([80], () => undefined);
    }
    const found = configured(ctx, this.file);
    if (typeof found === "string") {
      notice(ctx, found, "emerg");
      ctx.log(`nginx: [emerg] ${found}`, "stderr");
      return false;
    }
    const { servers, rates } = found;
    for (const { name, file: where, line } of found.unsimulated)
      notice(ctx, `directive "${name}" is not simulated: it has no effect in ${where}:${line}`, "warn");
    const site = new NginxSite(ctx, { servers, rates, server, errorPage });
    this.answer = (request) => site.answer(request);
    return this.bind(
      servers.flatMap(({ ports }) => ports),
      (port) => boundAddress(servers, port),
    );
  }

  private bind(ports: readonly number[], addressOf: (port: number) => string | undefined): boolean {
    const { ctx } = this;
    for (const port of ports) {
      if (this.bound.includes(port) || ctx.argv.includes("-t")) continue;
      ctx.listen(port, (request) => this.respond(request), addressOf(port));
      this.bound = this.bound.concat(port);
    }
    return true;
  }

  private respond(request: ServedRequest): ServedResponse {
    const { answer, site } = this;
    if (answer === undefined) return this.recorded(request, (site as StaticSite).answer(request));
    const { response, logged } = answer(request);
    return logged ? this.recorded(request, response) : response;
  }

  private recorded(request: ServedRequest, response: ServedResponse): ServedResponse {
    const { later } = response;
    if (later !== undefined) {
      return { ...response, later: (done) => later((late) => done(this.recorded(request, late))) };
    }
    const length = response instanceof FileResponse ? response.length : utf8Length(response.body);
    this.ctx.log(this.access.line(request, response.status, request.method === "HEAD" ? 0 : length));
    return response;
  }

  private quit(signal: number, name: string, text: string): void {
    notice(this.ctx, `signal ${signal} (${name}) received, ${text}`);
    notice(this.ctx, "exit");
    this.ctx.exit(0);
  }
}

export function serve(ctx: ServerContext, version: NginxVersion): ReturnType<Server> {
  const process = new NginxProcess(ctx, version);
  return process.start() ? process : undefined;
}
