import type { ServedRequest } from "../runtime/network-port.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * `10.244.1.1 - - [01/Jan/2026:00:00:12 +0000] "GET / HTTP/1.1" 200 615 "-" "curl/8.14.1" "-"`: nginx's format; without
 * `forwarded` httpd's. The last maker is kept: a probe asks the same question again and again.
 */
export class AccessLog {
  private readonly forwarded: boolean;
  private request: ServedRequest | undefined;
  private status = 0;
  private bytes = 0;
  private maker: (time: number) => string = () => "";

  constructor(options: { forwarded: boolean }) {
    this.forwarded = options.forwarded;
  }

  line(request: ServedRequest, status: number, bytes: number): (time: number) => string {
    if (request !== this.request || status !== this.status || bytes !== this.bytes) {
      const { forwarded } = this;
      this.request = request;
      this.status = status;
      this.bytes = bytes;
      this.maker = (time) => accessLine(request, { time, status, bytes, forwarded });
    }
    return this.maker;
  }
}

function accessLine(
  request: ServedRequest,
  answer: { time: number; status: number; bytes: number; forwarded: boolean },
): string {
  const { method, path, query, headers, remoteAddress } = request;
  const stamp = new Date(answer.time).toISOString();
  const month = MONTHS[Number(stamp.slice(5, 7)) - 1];
  const when = `${stamp.slice(8, 10)}/${month}/${stamp.slice(0, 4)}:${stamp.slice(11, 19)} +0000`;
  const line = `${method} ${path}${query === "" ? "" : `?${query}`} HTTP/1.1`;
  const head = `${remoteAddress} - - [${when}] "${line}" ${answer.status} ${answer.bytes}`;
  if (!answer.forwarded) return head;
  return `${head} "${headers["referer"] ?? "-"}" "${headers["user-agent"] ?? "-"}" "${headers["x-forwarded-for"] ?? "-"}"`;
}

/** `Thu, 01 Jan 2026 00:00:12 GMT` */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
