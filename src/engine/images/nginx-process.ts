/**
 * The main process of nginx: reads its configuration, binds its ports, answers, and minds the signals that nginx does.
 * **Simplified:** conditional and range requests are answered in full; what a configuration may hold says `nginx-conf.ts`.
 */
import { SystemError } from "../base/program.ts";
import type { Signal } from "../base/program.ts";
import type { Greeting } from "../runtime/containers/container-log.ts";
import type { ShownServer } from "../runtime/containers/image.ts";
import { utf8Length } from "../runtime/file-nodes.ts";
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { nginxPage } from "../runtime/nginx-page.ts";
import type { BindFailure, Server, ServerContext, ServerHooks } from "./define-image.ts";
import { AccessLog } from "./http-log.ts";
import { NginxRates } from "./nginx-access.ts";
import { foldersProblem, pidProblem } from "./nginx-folders.ts";
import { NginxConfError, readNginxConf, unsimulated } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";
import { enter, minorOf, usualLines } from "./nginx-entrypoint.ts";
import { NginxUpstreams } from "./nginx-upstream.ts";
import { boundAddress, nginxServers, upstreamHosts } from "./nginx-servers.ts";
import type { NginxServer } from "./nginx-servers.ts";
import { NginxSite } from "./nginx-site.ts";
import { FileResponse, StaticSite } from "./static-files.ts";

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

interface Configured {
  servers: NginxServer[];
  rates: NginxRates;
  unsimulated: readonly Directive[];
  /** Texts of all its files, by their paths in the order of reading. */
  texts: ReadonlyMap<string, string>;
}

/** What the configuration says; a text when nginx would not start with it. */
function configured(ctx: ServerContext, file: string): Configured | string {
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
  const texts = new Map<string, string>();
  const read = (path: string): string | undefined => {
    if (!fs.exists(path)) return undefined;
    const text = fs.readFile(path);
    texts.set(path, text);
    return text;
  };
  try {
    const conf = readNginxConf(file, { list, read });
    const servers = nginxServers(conf);
    // Reads the groups, whose servers may say what there is not.
    void new NginxUpstreams(servers[0]?.outer ?? []);
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
    return { servers, rates, unsimulated: unsimulated(conf), texts };
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
  readonly version: string;
  /** `nginx/1.29.1` */
  readonly server: string;
  /** What it says when it starts; nothing before error logs began with notices. */
  readonly notices: Greeting;
  /** What the container says when it starts with the configuration that the image brings. */
  readonly greeting: Greeting;
  /** The server that the image brings. */
  readonly packaged: string;
  /** True iff `packaged` is what nginx itself brings: nobody needs to read that. */
  readonly plain: boolean;
  readonly errorPage: (status: number) => string;

  constructor(version: string, packaged: string, { plain = true } = {}) {
    this.plain = plain;
    this.version = version;
    this.server = `nginx/${version}`;
    this.packaged = packaged;
    const said = [
      `using the "epoll" event method`,
      this.server,
      "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)",
      "OS: Linux 6.12.48",
      "getrlimit(RLIMIT_NOFILE): 1048576:1048576",
      "start worker processes",
      ...WORKERS.map((pid) => `start worker process ${pid}`),
    ];
    this.notices =
      minorOf(version) < 20 ? [] : said.map((text) => ({ stream: "stderr", text: noticeLine(text, "notice") }));
    this.greeting = [...usualLines(version).map((text) => ({ stream: "stdout" as const, text })), ...this.notices];
    this.errorPage = (status) => nginxPage(status, this.server);
  }
}

/** Their numbers, as ps shows them. */
const WORKERS = [7, 8];

export const nginxShows: ShownServer = ({ argv, fs }) => {
  const conf = "/etc/nginx/nginx.conf";
  const asked = /^\s*worker_processes\s+(\d+)/m.exec(fs.exists(conf) ? fs.readFile(conf) : "")?.[1];
  return {
    title: `nginx: master process ${argv.join(" ")}`,
    children: Array.from({ length: Math.min(5, Number(asked ?? WORKERS.length)) }, () => "nginx: worker process"),
    childUser: "nginx",
    shares: true,
  };
};

const COMMANDS: Readonly<Record<string, Signal>> = {
  stop: "SIGTERM",
  quit: "SIGQUIT",
  reload: "SIGHUP",
  reopen: "SIGUSR1",
};

/** What is wrong with its command line. */
function nginxOptionProblem(argv: readonly string[]): string | undefined {
  for (let at = 1; at < argv.length; at++) {
    const word = argv[at] as string;
    if (!word.startsWith("-") || word === "-") return `invalid option: "${word}"`;
    const letter = /[^?hvVtTq]/.exec(word.slice(1))?.[0];
    if (letter === undefined) continue;
    if (!"pcegs".includes(letter)) return `invalid option: "${letter}"`;
    // Its value sticks to it or follows.
    if (word.endsWith(letter) && argv[++at] === undefined)
      return `option "-${letter}" requires ${VALUES[letter] ?? ""}`;
  }
  return undefined;
}

const USAGE =
  "Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]\n             [-e filename] [-c filename] [-g directives]";

const VALUES: Readonly<Record<string, string>> = {
  p: "directory name",
  c: "file name",
  e: "file name",
  g: "parameter",
  s: "parameter",
};

const NO_PORTS: ReadonlySet<number> = new Set();

/** A class, and no closures: of nothing are there more on large clusters than of web servers. */
class NginxProcess implements ServerHooks {
  private readonly ctx: ServerContext;
  private readonly version: NginxVersion;
  private readonly access = new AccessLog({ forwarded: true });
  private bound: readonly number[] = [];
  private securePorts = NO_PORTS;
  private answer: Answer | undefined;
  /** Of a site that is as the image brings it. */
  private site: StaticSite | undefined;

  /** Of what it is to show. */
  private texts: ReadonlyMap<string, string> | undefined;

  constructor(ctx: ServerContext, version: NginxVersion) {
    this.ctx = ctx;
    this.version = version;
  }

  /** False when it has ended again. */
  start(): boolean {
    const { ctx, version } = this;
    const { argv } = ctx;
    const problem = nginxOptionProblem(argv);
    if (problem !== undefined) return this.end(1, `nginx: ${problem}`);
    if (this.has("?h")) return this.end(0, `nginx version: ${version.server}\n${USAGE}`);
    if (this.has("vV")) return this.end(0, `nginx version: ${version.server}`);
    const command = argv[argv.indexOf("-s") + 1] ?? "";
    if (argv.includes("-s")) return this.command(command);
    const [folders, pid] = [foldersProblem(ctx), pidProblem(ctx)];
    const usual = this.asked === undefined && !this.has("T") && version.plain && ctx.untouched("/etc/nginx");
    if (!usual && argv.includes("-g")) {
      for (const line of enter(ctx, version.version, version.packaged)) ctx.log(line);
    }
    if (ctx.uid !== 0) this.warnOfUser();
    if (folders !== undefined) return this.fail(folders);
    if (!this.load(usual)) return this.end(1);
    if (this.has("tT")) {
      if (!this.has("q")) {
        ctx.log(`nginx: the configuration file ${this.file} syntax is ok`, "stderr");
        ctx.log(`nginx: configuration file ${this.file} test is successful`, "stderr");
      }
      if (this.has("T")) for (const [path, text] of this.texts ?? []) ctx.log(`# configuration file ${path}:\n${text}`);
      return this.end(0);
    }
    if (pid !== undefined) return this.fail(pid);
    ctx.use({ cpuMillicores: 1, memoryBytes: 9 * 1024 * 1024 });
    ctx.greet(usual && argv.includes("-g") ? version.greeting : version.notices);
    return true;
  }

  /** Any of these options without a value, by itself or joined with others. */
  private has(letters: string): boolean {
    return this.ctx.argv.some((word, at) => {
      const given = at === 0 ? undefined : /^-([?hvVtTq]+)/.exec(word)?.[1];
      return given !== undefined && [...letters].some((letter) => given.includes(letter));
    });
  }

  private end(code: number, words?: string): false {
    if (words !== undefined) this.ctx.log(words, "stderr");
    this.ctx.exit(code);
    return false;
  }

  private fail(why: string): false {
    notice(this.ctx, why, "emerg");
    return this.end(1, `nginx: [emerg] ${why}`);
  }

  private warnOfUser(): void {
    const { ctx, file } = this;
    const line = ctx.fs.exists(file)
      ? ctx.fs
          .readFile(file)
          .split("\n")
          .findIndex((each) => /^user\s/.test(each))
      : -1;
    if (line < 0) return;
    const text = `the "user" directive makes sense only if the master process runs with super-user privileges, ignored in ${file}:${line + 1}`;
    notice(ctx, text, "warn");
    ctx.log(`nginx: [warn] ${text}`, "stderr");
  }

  /** `nginx -s` tells the container's first process. */
  private command(name: string): false {
    const { ctx } = this;
    const signal = COMMANDS[name];
    if (signal === undefined) return this.end(1, `nginx: invalid option: "-s ${name}"`);
    if (!this.load(false)) return this.end(1);
    notice(ctx, "signal process started");
    ctx.signalMain(signal);
    return this.end(0);
  }

  get signals(): NonNullable<ServerHooks["signals"]> {
    return {
      SIGTERM: () => this.quit(15, "SIGTERM", "exiting"),
      SIGINT: () => this.quit(2, "SIGINT", "exiting"),
      SIGQUIT: () => this.quit(3, "SIGQUIT", "shutting down"),
      // It opens its logs anew, which are the container's.
      SIGUSR1: () => notice(this.ctx, "reopening logs"),
      SIGHUP: () => {
        notice(this.ctx, "signal 1 (SIGHUP) received, reconfiguring");
        // What is wrong is said, and the configuration that runs goes on.
        try {
          this.load(this.asked === undefined && this.ctx.untouched("/etc/nginx"));
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

  private load(usual: boolean): boolean {
    const { ctx } = this;
    const { server, errorPage: pageOf } = this.version;
    if (usual) {
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
    if (this.has("T")) this.texts = found.texts;
    for (const { name, file: where, line } of found.unsimulated)
      notice(ctx, `directive "${name}" is not simulated: it has no effect in ${where}:${line}`, "warn");
    const site = new NginxSite(ctx, { servers, rates, server, errorPage: nginxPage });
    this.answer = (request) => site.answer(request);
    this.securePorts = new Set(servers.flatMap(({ securePorts }) => securePorts));
    return this.bind(
      servers.flatMap(({ ports }) => ports),
      (port) => boundAddress(servers, port),
    );
  }

  private bind(ports: readonly number[], addressOf: (port: number) => string | undefined): boolean {
    const { ctx } = this;
    for (const port of ports) {
      if (this.bound.includes(port) || this.has("tT") || ctx.argv.includes("-s")) continue;
      const respond = (request: ServedRequest): ServedResponse => this.respond(request);
      const tls = (): boolean => this.securePorts.has(port);
      ctx.listen(port, this.answer === undefined ? respond : Object.assign(respond, { tls }), addressOf(port));
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
