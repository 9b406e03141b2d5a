/**
 * Demo servers that answer HTTP with a page or two. **Simplified:** what the app does behind its pages is left out; each
 * answers what its source says for the paths that it is known for, and 404 in its framework's words elsewhere.
 */
import type { ServedRequest, ServedResponse } from "../runtime/network-port.ts";
import { defineImage } from "./define-image.ts";
import type { ImageDefinition, ImageTag, Server, ServerContext } from "./define-image.ts";
import { httpDate } from "./http-log.ts";

/** What a page answers: a text, or a whole response. undefined: there is no such page. */
export type Page = string | ServedResponse | undefined;

export interface WebApp {
  name: string;
  tags: Readonly<Record<string, ImageTag>>;
  /** Where it listens; `PORT` in its environment wins where the app reads it. */
  port: number;
  readsPort?: boolean;
  /** True: `-port=` among its arguments wins. */
  portFlag?: boolean;
  /** Default `/app`. */
  program?: string;
  /** `text/plain; charset=utf-8` unless a page says otherwise. */
  contentType?: string;
  page(request: ServedRequest, ctx: ServerContext, tag: string): Page;
  /** Default: `404 page not found`, Go's. */
  notFound?: string;
  /** Lines that it prints when it has started. */
  banner?(port: number, ctx: ServerContext): string[];
  /** What it prints of a request. */
  logLine?(request: ServedRequest, status: number, time: number): string;
  memoryMB?: number;
  userland?: "busybox" | "debian" | "none";
  /** Programs that it has besides its own, and files. */
  programs?: NonNullable<ImageDefinition["programs"]>;
  files?: Readonly<Record<string, string>>;
  /** Other environment that the image sets. */
  env?: Readonly<Record<string, string>>;
  /** Whom the image runs as; root when absent. */
  user?: number;
  /** Milliseconds between its start and the moment when it listens: none when absent. */
  startMs?: number;
  /** A folder that it writes to when it starts; where it can't, it says so and ends with 1. */
  writes?: string;
  /** True: it speaks gRPC, and answers the standard health service with SERVING. */
  grpc?: boolean;
  /** What it does besides answering, from the moment when it listens. */
  works?(ctx: ServerContext): void;
  /** The status of its exit by SIGTERM: 0 where it is handled, 2 for a Go program, 143 for others. */
  exitCode?: number;
}

export function defineWebApp(app: WebApp): ImageDefinition {
  const { program = "/app", userland = "busybox" } = app;
  return defineImage({
    name: app.name,
    tags: app.tags,
    entrypoint: [program],
    exposedPorts: [app.port],
    ...(app.env !== undefined && { env: app.env }),
    ...(app.user !== undefined && { user: app.user }),
    userland,
    ...(app.files !== undefined && { files: app.files }),
    programs: (tag) => ({
      ...app.programs?.(tag),
      [program]: { kind: "server", start: (ctx) => serve(ctx, app, tag) },
    }),
  });
}

function serve(ctx: ServerContext, app: WebApp, tag: string): ReturnType<Server> {
  const { writes, startMs = 0 } = app;
  if (writes !== undefined && !canWrite(ctx, writes)) {
    ctx.log(`java.io.IOException: ${writes}: Read-only file system`, "stderr");
    ctx.exit(1);
    return undefined;
  }
  ctx.use({ cpuMillicores: 1, memoryBytes: (app.memoryMB ?? 12) * 1024 * 1024 });
  if (startMs === 0) listen(ctx, app, tag);
  else ctx.after(startMs, () => listen(ctx, app, tag));
  const stop = (): void => ctx.exit(app.exitCode ?? 0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

function canWrite(ctx: ServerContext, folder: string): boolean {
  try {
    ctx.fs.mkdir(folder, { recursive: true });
    ctx.fs.writeFile(`${folder}/.started`, "");
    return true;
  } catch {
    return false;
  }
}

function listen(ctx: ServerContext, app: WebApp, tag: string): void {
  const said = app.readsPort === true ? ctx.env["PORT"] : undefined;
  const port = Number(app.portFlag === true ? flagOf(ctx, "port", String(app.port)) : (said ?? app.port));
  const { logLine } = app;
  ctx.listen(port, (request) => {
    if (app.grpc === true && request.path === HEALTH) return SERVING;
    const done = (answer: ServedResponse): ServedResponse => {
      const response = withHeaders(app, answer, ctx.now());
      if (logLine !== undefined) ctx.log((time) => logLine(request, response.status, time));
      return response;
    };
    const answer = responseOf(app, app.page(request, ctx, tag));
    const { later } = answer;
    return later === undefined ? done(answer) : { ...answer, later: (give) => later((late) => give(done(late))) };
  });
  for (const line of app.banner?.(port, ctx) ?? []) ctx.log(line);
  app.works?.(ctx);
}

const HEALTH = "/grpc.health.v1.Health/Check";

/** A port of gRPC where the standard health service is all that answers. */
export function answerHealth({ path }: ServedRequest): ServedResponse {
  const unknown = { "content-type": "application/grpc", "grpc-status": "12" };
  return path === HEALTH ? SERVING : { status: 200, headers: unknown, body: "" };
}

const SERVING: ServedResponse = {
  status: 200,
  headers: { "content-type": "application/grpc", "grpc-status": "0" },
  body: "SERVING",
};

function responseOf(app: WebApp, page: Page): ServedResponse {
  if (page === undefined) return { status: 404, body: app.notFound ?? "404 page not found\n" };
  return typeof page === "string" ? { status: 200, body: page } : page;
}

function withHeaders(app: WebApp, answer: ServedResponse, now: number): ServedResponse {
  const headers = {
    "content-type": app.contentType ?? "text/plain; charset=utf-8",
    date: httpDate(now),
    "content-length": String(answer.body.length),
    ...answer.headers,
  };
  return { ...answer, headers };
}

/** `2026/01/01 00:00:12`, as Go's log package begins its lines. */
export function goStamp(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

export function json(value: unknown, status = 200): ServedResponse {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(value)}\n` };
}

export function html(title: string, body: string, status = 200): ServedResponse {
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html>\n<html>\n<head><title>${title}</title></head>\n<body>\n${body}\n</body>\n</html>\n`,
  };
}

/** What an argument `-name=value` of a program says. */
export function flagOf(ctx: ServerContext, name: string, otherwise: string): string {
  const prefix = new RegExp(`^--?${name}=`);
  const found = ctx.argv.find((word) => prefix.test(word));
  return found === undefined ? otherwise : found.replace(prefix, "");
}
