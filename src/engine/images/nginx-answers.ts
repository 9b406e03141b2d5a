/** Answers that nginx makes itself, and what it does to those of others. */
import type { ServedResponse } from "../runtime/network-port.ts";
import { utf8Length } from "../runtime/file-nodes.ts";

export function changed(response: ServedResponse, change: (answer: ServedResponse) => ServedResponse): ServedResponse {
  const { later } = response;
  return later === undefined
    ? change(response)
    : { ...response, later: (answer) => later((late) => answer(change(late))) };
}

export function text(status: number, body: string, type: string): ServedResponse {
  return { status, headers: { "content-type": type, "content-length": String(utf8Length(body)) }, body };
}

export function page(status: number, body: string): ServedResponse {
  return { status, headers: { "content-type": "text/html", "content-length": String(body.length) }, body };
}

export function delayed(response: ServedResponse, ms: number): ServedResponse {
  return { ...response, delayMs: ms + (response.delayMs ?? 1) };
}
