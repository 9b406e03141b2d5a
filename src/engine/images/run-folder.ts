import type { ServerContext } from "./define-image.ts";

/** Why nothing can be made in a folder below /run, which /var/run is too, whichever of the two a volume is mounted at. */
export function runProblem(ctx: ServerContext, folder: string): ReturnType<ServerContext["writeProblem"]> {
  return ctx.writeProblem(`/run${folder}`) && ctx.writeProblem(`/var/run${folder}`);
}
