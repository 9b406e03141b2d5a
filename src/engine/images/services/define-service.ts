/**
 * Servers whose own work is left out: they check what they are started with, say that they have started, open their ports
 * and take memory. **Simplified:** every one of them prints what is missing; a client of its protocol is hung up on.
 */
import { overTls } from "../../runtime/network-port.ts";
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ImageTag, ServerContext } from "../define-image.ts";
import type { ImageProgram } from "../../runtime/containers/image.ts";
import type { Page } from "../web-app.ts";

export interface Service {
  names: readonly string[];
  tags: Readonly<Record<string, ImageTag>>;
  /** Its main program. */
  program: string;
  args?: readonly string[];
  /** Ports that speak HTTP, with their pages; undefined is a 404. */
  http?: Readonly<Record<number, (request: ServedRequest, ctx: ServerContext) => Page>>;
  /** Those of `http` that speak TLS. */
  tls?: readonly number[];
  /** Ports of another protocol. */
  tcp?: readonly number[];
  /** Another port than `http` and `tcp` say, from arguments or environment. */
  port?(ctx: ServerContext, usual: number): number;
  /** What it doesn't do here: completes "in this playground it …". */
  lacks: string;
  banner: readonly string[];
  /** Names of the flags that count here. All others are named at the start, as having no effect. */
  reads?: readonly string[];
  /** What its flags are called; one of another name ends it. Absent: whatever stands there is named and passed over. */
  flags?: RegExp;
  /** What it says of a flag that it doesn't have. */
  unknownFlag?(name: string): { text: string; code: number };
  /** Why it can't start. */
  refuses?(ctx: ServerContext): { text: string; code: number } | undefined;
  startMs?: number;
  memoryMB: number;
  cpuMillicores?: number;
  userland?: "busybox" | "debian" | "none";
  env?: Readonly<Record<string, string>>;
  files?: Readonly<Record<string, string>>;
  /** Its command line tools. */
  tools?: Readonly<Record<string, ImageProgram>>;
  exitCode?: number;
  /** Whom its entry point steps down to from root; with `title`, how it looks in ps. */
  stepsDownTo?: { name: string; uid: number; title?: string };
  /** Who the image says that it runs as. */
  user?: { name: string; uid: number };
}

function start(ctx: ServerContext, service: Service) {
  const given = flagNames(ctx.argv);
  const unknown = given.find((name) => service.flags !== undefined && !service.flags.test(name));
  const problem = (unknown === undefined ? undefined : service.unknownFlag?.(unknown)) ?? service.refuses?.(ctx);
  if (problem !== undefined) {
    ctx.log(problem.text, "stderr");
    ctx.exit(problem.code);
    return undefined;
  }
  const { http = {}, tcp = [], startMs = 300 } = service;
  const actual = (port: number): number => service.port?.(ctx, port) ?? port;
  ctx.use({ cpuMillicores: service.cpuMillicores ?? 2, memoryBytes: service.memoryMB * 1024 * 1024 });
  ctx.log(`Drydock: in this playground it ${service.lacks}`, "stderr");
  sayUnread(ctx, given.filter((name) => !(service.reads ?? []).includes(name)).map(dashed));
  ctx.after(startMs, () => {
    for (const [usual, page] of Object.entries(http)) {
      const serve = (request: ServedRequest): ServedResponse => {
        const found = page(request, ctx);
        if (found === undefined) return { status: 404, body: "404 page not found\n" };
        return typeof found === "string"
          ? { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: found }
          : found;
      };
      ctx.listen(actual(Number(usual)), service.tls?.includes(Number(usual)) === true ? overTls(serve) : serve);
    }
    for (const port of tcp) {
      ctx.listenTcp(actual(port), (connection) => ({
        data: () => {
          ctx.log(`Drydock: ${connection.remoteAddress} was hung up on: its protocol is not simulated`, "stderr");
          connection.close();
        },
      }));
    }
    for (const line of service.banner) ctx.log(line);
  });
  const stop = (): void => ctx.exit(service.exitCode ?? 0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

/** Of a command line, without their dashes and values. */
export function flagNames(argv: readonly string[]): string[] {
  return argv.slice(1).flatMap((word) => /^--?([A-Za-z][^=]*)/.exec(word)?.[1] ?? []);
}

export function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** Names what it was given and does nothing with. */
export function sayUnread(ctx: ServerContext, unread: readonly string[]): void {
  if (unread.length > 0) ctx.log(`Drydock: without effect in this playground: ${unread.join(", ")}`, "stderr");
}

export function defineService(service: Service): ImageDefinition[] {
  const { names, tags, program, args = [], userland = "debian", env, files, tools, stepsDownTo, user } = service;
  const account = stepsDownTo ?? (user?.name === "nobody" ? undefined : user);
  const shows = stepsDownTo && {
    shows: () => ({ user: stepsDownTo.name, ...(stepsDownTo.title !== undefined && { title: stepsDownTo.title }) }),
  };
  const ports = [...Object.keys(service.http ?? {}).map(Number), ...(service.tcp ?? [])];
  return names.map((name) =>
    defineImage({
      name,
      tags,
      // A shell may take its place where the image has one.
      ...(userland === "none" ? { entrypoint: [program], cmd: args } : { entrypoint: ["/entrypoint.sh"], cmd: args }),
      ...(env !== undefined && { env }),
      files: {
        ...files,
        ...(userland !== "none" && {
          "/entrypoint.sh": `#!/bin/sh\nif [ "$#" -eq 0 ] || [ "\${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then\n  set -- ${program} "$@"\nfi\nexec "$@"\n`,
        }),
      },
      exposedPorts: ports,
      ...(user !== undefined && { user: user.uid }),
      ...(account !== undefined && userland !== "none" && { accounts: [{ name: account.name, uid: account.uid }] }),
      userland,
      programs: () => ({ [program]: { kind: "server", start: (ctx) => start(ctx, service), ...shows }, ...tools }),
    }),
  );
}

/** What follows `--name=` or `--name` on the command line. */
export function flagOf(ctx: ServerContext, name: string): string | undefined {
  for (const [at, word] of ctx.argv.entries()) {
    if (word === `--${name}`) return ctx.argv[at + 1];
    if (word.startsWith(`--${name}=`)) return word.slice(name.length + 3);
  }
  return undefined;
}
