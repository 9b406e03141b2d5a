/**
 * What nginx writes when it starts: folders for what passes through, and its pid. Where it can't it ends, as people find who
 * make its root read-only, run it as somebody else or take its capabilities. Upstream: nginx src/core/ngx_file.c
 * (ngx_create_paths), ngx_cycle.c (ngx_create_pidfile).
 */
import { SystemError } from "../base/program.ts";
import type { ServerContext } from "./define-image.ts";
import { runProblem } from "./run-folder.ts";

const CACHE = "/var/cache/nginx";
const TEXTS = { EROFS: "30: Read-only file system", EACCES: "13: Permission denied" };
/** Of the user that the image's workers run as. */
const WORKER_UID = 101;

function configuredPath(ctx: ServerContext, directive: string): string | undefined {
  const path = "/etc/nginx/nginx.conf";
  try {
    return new RegExp(`^\\s*${directive}\\s+([^\\s;]+)`, "m").exec(ctx.fs.readFile(path))?.[1];
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Before it takes its ports. */
export function foldersProblem(ctx: ServerContext): string | undefined {
  if (ctx.writeProblem(CACHE) !== undefined) {
    const folder = configuredPath(ctx, "client_body_temp_path") ?? `${CACHE}/client_temp`;
    const why = ctx.writeProblem(parentOf(folder));
    if (why !== undefined) return `mkdir() "${folder}" failed (${TEXTS[why]})`;
  }
  // Its workers, who are somebody else, get the folders.
  if (ctx.uid === 0 && !ctx.may("CHOWN")) {
    return `chown("${CACHE}/client_temp", ${WORKER_UID}) failed (1: Operation not permitted)`;
  }
  return undefined;
}

export function pidProblem(ctx: ServerContext): string | undefined {
  if (runProblem(ctx, "") === undefined) return undefined;
  const file = configuredPath(ctx, "pid") ?? "/run/nginx.pid";
  const why = ctx.writeProblem(parentOf(file));
  return why === undefined ? undefined : `open() "${file}" failed (${TEXTS[why]})`;
}
