/** What the processes of the components write to their standard error beside what they do. */
import { commandFailed, keyed, klogLine } from "../base/klog.ts";
import type { KlogLevel } from "../base/klog.ts";
import type { ServerContext } from "../runtime/containers/image.ts";

type Log = Pick<ServerContext, "log">;

export const GOLANG_SETTINGS = keyed("Golang settings", { GOGC: "", GOMAXPROCS: "", GOTRACEBACK: "" });

/** One of klog's lines, which is made when somebody reads it. `place`: that of upstream's source. */
export function sayKlog(ctx: Log, level: KlogLevel, place: string, text: string): void {
  ctx.log((time) => klogLine(time, { level, place }, text), "stderr");
}

/** The last words of a component that can't begin. */
export function sayFailure(ctx: Log, why: string): void {
  ctx.log((time) => commandFailed(time, why), "stderr");
}

export function sayServing(ctx: Log, address: string, port: number | string): void {
  const host = address === "0.0.0.0" ? "[::]" : address;
  sayKlog(ctx, "I", "secure_serving.go:211", `Serving securely on ${host}:${port}`);
}
