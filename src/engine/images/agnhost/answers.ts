/** What agnhost's servers have in common: plain answers, and lines of Go's log. */
import type { ServedResponse } from "../../runtime/network-port.ts";
import type { ServerContext } from "../define-image.ts";

export function plain(status: number, body: string): ServedResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "content-length": String(body.length) },
    body,
  };
}

export function glog(ctx: ServerContext, line: string): void {
  ctx.log((time) => `I${stamp(time)}       1 log.go:245] ${line}`, "stderr");
}

/** `0101 00:00:12.345000` */
function stamp(time: number): string {
  const text = new Date(time).toISOString();
  return `${text.slice(5, 7)}${text.slice(8, 10)} ${text.slice(11, 23)}000`;
}
