/** What the components of the control plane write to their logs when they begin. */
import { keyed, sayKlog } from "../base/klog.ts";
import type { ServerContext } from "../runtime/containers/image.ts";

export const GOLANG_SETTINGS = keyed("Golang settings", { GOGC: "", GOMAXPROCS: "", GOTRACEBACK: "" });

export function sayServing(ctx: Pick<ServerContext, "log">, address: string, port: number | string): void {
  const host = address === "0.0.0.0" ? "[::]" : address;
  sayKlog(ctx, "I", "secure_serving.go:211", `Serving securely on ${host}:${port}`);
}
