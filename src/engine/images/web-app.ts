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
  /** Other environment that the image sets. */
  env?: Readonly<Record<string, string>>;
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
    userland,
    programs: (tag) => ({ [program]: { kind: "server", start: (ctx) => serve(ctx, app, tag) } }),
  });
}

function serve(ctx: ServerContext, app: WebApp, tag: string): ReturnType<Server> {
  const port = app.readsPort === true ? Number(ctx.env["PORT"] ?? app.port) : app.port;
  ctx.listen(port, (request) => {
    const answer = respond(app, app.page(request, ctx, tag), ctx.now());
    const { logLine } = app;
    if (logLine !== undefined) ctx.log((time) => logLine(request, answer.status, time));
    return answer;
  });
  ctx.use({ cpuMillicores: 1, memoryBytes: (app.memoryMB ?? 12) * 1024 * 1024 });
  for (const line of app.banner?.(port, ctx) ?? []) ctx.log(line);
  const stop = (): void => ctx.exit(app.exitCode ?? 0);
  return { signals: { SIGTERM: stop, SIGINT: stop } };
}

function respond(app: WebApp, page: Page, now: number): ServedResponse {
  const answer: ServedResponse =
    page === undefined
      ? { status: 404, body: app.notFound ?? "404 page not found\n" }
      : typeof page === "string"
        ? { status: 200, body: page }
        : page;
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

export function html(title: string, body: string): ServedResponse {
  return {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html>\n<html>\n<head><title>${title}</title></head>\n<body>\n${body}\n</body>\n</html>\n`,
  };
}
