/**
 * What `-v` shows of the requests, on standard error, in klog's layout. Upstream: client-go transport/round_trippers.go,
 * rest/request.go (bodies), tools/clientcmd/loader.go.
 * Simplified: one connection answers all, so the statistics have no look-up, dial and handshake.
 */
import { HTTP_REASONS } from "../engine/base/http-reasons.ts";
import type { HttpRequest, HttpResponse, ProgramContext } from "../engine/base/program.ts";
import { type Call, write } from "../engine/base/syscalls.ts";

/** Headers whose values stay secret below the level of curl lines, as upstream masks them. */
const SECRET = /^(authorization: (?:bearer|basic|negotiate)).*/i;

export class RequestLog {
  private readonly level: number;
  private readonly ctx: ProgramContext;

  /** Of the file that was read, until that is told. */
  private kubeconfig: string | undefined;

  constructor(ctx: ProgramContext, options: { level: number; kubeconfig: string }) {
    this.ctx = ctx;
    this.level = options.level;
    this.kubeconfig = options.kubeconfig;
  }

  /** Before a request; its moment, for the durations of `after`. */
  *before(request: HttpRequest): Call<number> {
    const started = this.ctx.now();
    if (this.level >= 6 && this.kubeconfig !== undefined) {
      yield* this.line("loader.go:402", `Config loaded from file:  ${this.kubeconfig}`);
      this.kubeconfig = undefined;
    }
    if (this.level < 7) return started;
    if (this.level >= 8) yield* this.body("Request Body", request.body);
    const headers = headerLines(request.headers);
    if (this.level >= 9) {
      const shown = headers.map((header) => ` -H ${JSON.stringify(header)}`).join("");
      yield* this.line("round_trippers.go:473", `curl -v -X${request.method} ${shown} '${request.url}'`);
      return started;
    }
    yield* this.line("round_trippers.go:470", `${request.method} ${request.url}`);
    yield* this.line("round_trippers.go:476", "Request Headers:");
    for (const header of headers) yield* this.line("round_trippers.go:480", `    ${header}`);
    return started;
  }

  /** After the answer's head; without one when there was no answer. */
  *after(request: HttpRequest, started: number, response?: HttpResponse): Call<void> {
    if (this.level < 6) return;
    const status = response === undefined ? "" : `${response.status} ${HTTP_REASONS[response.status] ?? ""}`.trim();
    const ms = Math.floor(this.ctx.now() - started);
    if (this.level === 7 || this.level === 8) {
      yield* this.line("round_trippers.go:581", `Response Status: ${status} in ${ms} milliseconds`);
    } else {
      yield* this.line("round_trippers.go:560", `${request.method} ${request.url} ${status} in ${ms} milliseconds`);
    }
    if (this.level >= 9) {
      yield* this.line(
        "round_trippers.go:577",
        `HTTP Statistics: GetConnection 0 ms ServerProcessing ${ms} ms Duration ${ms} ms`,
      );
    }
    if (this.level < 8) return;
    yield* this.line("round_trippers.go:584", "Response Headers:");
    for (const header of headerLines(response?.headers ?? {})) {
      yield* this.line("round_trippers.go:587", `    ${header}`);
    }
  }

  *responseBody(text: string): Call<void> {
    yield* this.body("Response Body", text);
  }

  private *body(title: string, text: string): Call<void> {
    if (this.level < 8) return;
    const most = this.level >= 10 ? Number.POSITIVE_INFINITY : this.level === 9 ? 10_240 : 1024;
    const shown = text.length <= most ? text : `${text.slice(0, most)} [truncated ${text.length - most} chars]`;
    const block = `<\n${shown
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `\t${line}\n`)
      .join("")} >`;
    yield* this.line("helper.go:105", `"${title}" body=${shown.includes("\n") ? block : JSON.stringify(shown)}`);
  }

  /** `I0101 00:00:07.000000       1 file.go:12] text` */
  private *line(place: string, text: string): Call<void> {
    const [date = "", time = ""] = new Date(this.ctx.now()).toISOString().slice(0, -1).split("T");
    const [, month = "", day = ""] = date.split("-");
    yield* write(2, `I${month}${day} ${time}000 ${String(this.ctx.pid).padStart(7)} ${place}] ${text}\n`);
  }
}

/**
 * `User-Agent: kubectl`, sorted. How this playground carries a client's certificate is none of the request's headers: TLS
 * has shown it before.
 */
function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => !name.toLowerCase().startsWith("x-drydock-"))
    .map(([name, value]) => `${name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())}: ${value}`)
    .map((line) => line.replace(SECRET, "$1 <masked>"))
    .sort();
}
