import type { ServedRequest } from "../runtime/network-port.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `10.244.1.1 - - [01/Jan/2026:00:00:12 +0000] "GET / HTTP/1.1" 200 615 "-" "curl/8.14.1" "-"`: nginx's and httpd's formats. */
export function accessLine(
  request: ServedRequest,
  answer: { now: number; status: number; bytes: number; forwarded: boolean },
): string {
  const { method, path, query, headers, remoteAddress } = request;
  const stamp = new Date(answer.now).toISOString();
  const month = MONTHS[Number(stamp.slice(5, 7)) - 1];
  const when = `${stamp.slice(8, 10)}/${month}/${stamp.slice(0, 4)}:${stamp.slice(11, 19)} +0000`;
  const line = `${method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1`;
  const head = `${remoteAddress} - - [${when}] "${line}" ${answer.status} ${answer.bytes}`;
  if (!answer.forwarded) return head;
  return `${head} "${headers["referer"] ?? "-"}" "${headers["user-agent"] ?? "-"}" "${headers["x-forwarded-for"] ?? "-"}"`;
}

let lastSecond = -1;
let lastText = "";

/** `Thu, 01 Jan 2026 00:00:12 GMT` */
export function httpDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toUTCString();
  }
  return lastText;
}
