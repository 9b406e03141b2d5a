/** Applications without a port: they work through queues, or ask others again and again. */
import { defineImage } from "../define-image.ts";
import type { ImageDefinition, ImageTag, ServerContext } from "../define-image.ts";
import { repeat } from "./app-state.ts";
import { askHttp } from "./back-ends.ts";
import type { Asking, Reply } from "./back-ends.ts";

export function defineWorker(worker: {
  name: string;
  tags: Readonly<Record<string, ImageTag>>;
  program: string;
  memoryMB: number;
  user?: number;
  start(ctx: ServerContext): void;
}): ImageDefinition {
  const { name, tags, program, memoryMB, user, start } = worker;
  return defineImage({
    name,
    tags,
    entrypoint: [program],
    userland: "debian",
    ...(user !== undefined && { user }),
    programs: () => ({
      [program]: {
        kind: "server",
        start(ctx) {
          ctx.use({ cpuMillicores: 2, memoryBytes: memoryMB * 1024 * 1024 });
          start(ctx);
          return { signals: { SIGTERM: () => ctx.exit(143) } };
        },
      },
    }),
  });
}

/** Calls with what came of one asking, at once or later. */
export function hear(ctx: ServerContext, asking: Asking, done: (reply: Reply) => void): void {
  if (asking.reply !== undefined) {
    const { reply } = asking;
    ctx.after(asking.latencyMs, () => done(reply));
  } else asking.later?.(done);
}

/** A load generator in an application's own colours: one page every so many milliseconds; failures are printed. */
export function defineVisitor(visitor: {
  name: string;
  tags: Readonly<Record<string, ImageTag>>;
  everyMs: number;
  /** The address of the front page, from its environment. */
  address(ctx: ServerContext): string;
  paths: readonly string[];
  user?: number;
}): ImageDefinition {
  const { address, everyMs, paths, ...image } = visitor;
  return defineWorker({
    ...image,
    program: "/usr/local/bin/locust",
    memoryMB: 60,
    start(ctx) {
      ctx.log(`Starting Locust, host ${address(ctx)}`, "stderr");
      let turn = 0;
      repeat(ctx, (again) => {
        const path = paths[turn % paths.length] ?? "/";
        turn += 1;
        hear(ctx, askHttp(ctx, `${address(ctx).replace(/\/$/, "")}${path}`), ({ errno, status }) => {
          if (errno !== undefined || status >= 500) ctx.log(`GET ${path} failed: ${errno ?? String(status)}`, "stderr");
          again(everyMs);
        });
      });
    },
  });
}
