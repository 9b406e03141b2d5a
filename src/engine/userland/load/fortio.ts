/**
 * `fortio load`, `fortio curl` and `fortio server`. Upstream: fortio/fortio fortio_main.go, periodic/periodic.go.
 * **Simplified:** HTTP alone, no gRPC, TCP, UDP and web pages; the histogram has a bucket for each millisecond that occurred.
 */
import { wireName } from "../../base/http-text.ts";
import type { LoadResult } from "../../base/load.ts";
import type { ListenedRequest, Program } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { http, listen, readAll, readLineOf, respond, write } from "../../base/syscalls.ts";
import { interruptible } from "./hey.ts";
import { goDuration, goError, headersOf, positive, readLoadOptions } from "./load-options.ts";
import { LatencyStatistics } from "./statistics.ts";

const USAGE = `Φορτίο 1.69.4 usage:
    fortio command [flags] target
where command is one of: load (load testing), curl (single request), server (http echo server), version
    fortio load [-qps 8] [-c 4] [-t 5s] [-n N] [-timeout 3s] [-H HEADER] [-X METHOD] [-payload TEXT] URL
`;
const KNOWN = {
  valued: ["qps", "c", "t", "n", "timeout", "H", "X", "payload", "p", "labels", "http-port", "content-type", "user"],
  switches: ["quiet", "keepalive", "allow-initial-errors", "nocatchup", "uniform", "a"],
};

export const fortio: Program = function* (_ctx, argv) {
  const [command = "", ...rest] = argv.slice(1);
  if (command === "version") {
    yield* write(1, "1.69.4\n");
    return 0;
  }
  const read = readLoadOptions(rest, KNOWN);
  if (!["load", "curl", "server"].includes(command) || !("values" in read)) {
    const why = "unknown" in read ? `flag provided but not defined: -${read.unknown.replace(/^-+/, "")}\n` : "";
    yield* write(2, `${why}${USAGE}`);
    return 1;
  }
  const last = (name: string): string | undefined => read.values.get(name)?.at(-1);
  if (command === "server") return yield* serve(Number((last("http-port") ?? "8080").replace(/^.*:/, "")));
  const [target] = read.operands;
  if (target === undefined) {
    yield* write(2, `Error: fortio ${command} needs a url or destination\n${USAGE}`);
    return 1;
  }
  const url = /^\w+:\/\//.test(target) ? target : `http://${target}`;
  const headers = headersOf(read.values.get("H") ?? []);
  const timeout = goDuration(last("timeout") ?? "3s");
  const duration = last("t") === "0" ? 0 : goDuration(last("t") ?? "5s");
  const threads = positive(last("c") ?? "4");
  const qps = last("qps") === "max" ? 0 : Number(last("qps") ?? 8);
  const exactly = last("n") === undefined ? undefined : positive(last("n") as string);
  if (
    headers === undefined ||
    timeout === undefined ||
    duration === undefined ||
    threads === undefined ||
    Number.isNaN(qps)
  ) {
    yield* write(2, `Error: invalid value for a flag\n${USAGE}`);
    return 1;
  }
  const body = last("payload") ?? "";
  const method = last("X") ?? (body === "" ? "GET" : "POST");
  const request = {
    method,
    url,
    headers: { "User-Agent": "fortio.org/fortio-1.69.4", ...headers },
    body,
    timeoutMs: timeout,
  };
  if (command === "curl") return yield* once(request);
  const calls =
    exactly ?? (qps > 0 && duration > 0 ? Math.max(threads, Math.floor((qps * duration) / 1000)) : undefined);
  yield* write(1, opening({ url, qps, threads, duration, calls, exactly }));
  const result = yield* interruptible({
    request,
    connections: threads,
    ...(calls !== undefined && { requests: calls }),
    ...(calls === undefined && { durationMs: duration > 0 ? duration : 7 * 86_400_000 }),
    ...(qps > 0 && { perSecond: qps }),
  });
  yield* write(1, report(result, { url, method, threads, exactly: exactly !== undefined, target: qps }));
  return 0;
};

function opening(how: {
  url: string;
  qps: number;
  threads: number;
  duration: number;
  calls: number | undefined;
  exactly: number | undefined;
}): string {
  const { url, qps, threads, duration, calls, exactly } = how;
  const rate = qps > 0 ? `${qps}` : "max";
  const until =
    exactly !== undefined
      ? `, for ${exactly} calls`
      : duration > 0
        ? `, for ${goText(duration)}`
        : ", until interrupted";
  const head = `Fortio 1.69.4 running at ${rate} queries per second, 2->2 procs${until}: ${url}\n`;
  if (qps <= 0)
    return `${head}Starting at max qps with ${threads} thread(s) [gomax 2]${exactly !== undefined ? ` for exactly ${exactly} calls` : ` for ${goText(duration)}`}\n`;
  if (calls === undefined)
    return `${head}Starting at ${qps} qps with ${threads} thread(s) [gomax 2] until interrupted\n`;
  const each = Math.floor(calls / threads);
  return `${head}Starting at ${qps} qps with ${threads} thread(s) [gomax 2] for ${goText(duration)} : ${each} calls each (total ${each * threads})\n`;
}

/** A duration as Go writes it: `1m0s`. */
function goText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${(ms % 60_000) / 1000}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function report(
  result: LoadResult,
  how: { url: string; method: string; threads: number; exactly: boolean; target: number },
): string {
  const latencies = new Map(result.latencies);
  const stats = new LatencyStatistics(latencies);
  const elapsed = result.endedAt - result.startedAt;
  const all = result.answered + result.failed;
  const qps = elapsed === 0 ? 0 : (all * 1000) / elapsed;
  const s = (ms: number): string => String(Number((ms / 1000).toPrecision(8)));
  let text = `Ended after ${goText(elapsed)} : ${all} calls. qps=${Number(qps.toPrecision(5))}\n`;
  text += `Aggregated Function Time : count ${stats.count} avg ${s(stats.mean)} +/- ${Number((stats.deviation / 1000).toPrecision(4))} min ${s(stats.least)} max ${s(stats.most)} sum ${s(stats.mean * stats.count)}\n`;
  text += "# range, mid point, percentile, count\n";
  let seen = 0;
  let from = stats.least;
  for (const [ms, count] of stats.buckets) {
    seen += count;
    const open = ms === stats.least ? ">=" : ">";
    text += `${open} ${s(from)} <= ${s(ms)} , ${s((from + ms) / 2)} , ${((seen / stats.count) * 100).toFixed(2)}, ${count}\n`;
    from = ms;
  }
  for (const share of [50, 75, 90, 99, 99.9]) text += `# target ${share}% ${s(stats.percentile(share))}\n`;
  for (const [errno, count] of result.errors) text += `Error : ${count} x ${goError(how.method, how.url, errno)}\n`;
  text += `Sockets used: ${how.threads + result.failed} (for perfect keepalive, would be ${how.threads})\n`;
  for (const [status, count] of [...result.statuses, ...(result.failed > 0 ? [[-1, result.failed] as const] : [])]) {
    text += `Code ${String(status).padStart(3)} : ${count} (${((count / all) * 100).toFixed(1)} %)\n`;
  }
  const size = (bytes: number): string => {
    const each = result.answered === 0 ? 0 : Number((bytes / result.answered).toPrecision(5));
    return `count ${result.answered} avg ${each} +/- 0 min ${each} max ${each} sum ${bytes}`;
  };
  text += `Response Header Sizes : ${size(result.headBytes)}\nResponse Body/Total Sizes : ${size(result.bodyBytes + result.headBytes)}\n`;
  return `${text}All done ${all} calls (plus ${how.exactly ? 0 : how.threads} warmup) ${stats.mean.toFixed(3)} ms avg, ${qps.toFixed(1)} qps\n`;
}

function* once(request: Parameters<typeof http>[0]): Call<number> {
  try {
    const answer = yield* http(request);
    const head = Object.entries(answer.headers).map(([name, value]) => `${wireName(name)}: ${value}\r\n`);
    yield* write(2, `HTTP/1.1 ${answer.status}\r\n${head.join("")}\r\n`);
    yield* write(1, yield* readAll(answer.body));
    return answer.status >= 400 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* write(2, `Aborting because of ${goError(request.method, request.url, error.errno)}\n`);
    return 1;
  }
}

/** Echoes what it is sent; `?status=503` answers with that. */
function* serve(port: number): Call<number> {
  const fd = yield* listen(port);
  yield* write(2, `Fortio 1.69.4 http-echo server listening on tcp [::]:${port}\n`);
  for (let line = yield* readLineOf(fd); line !== null; line = yield* readLineOf(fd)) {
    const { id, query, body } = JSON.parse(line) as ListenedRequest;
    const status = Number(/(?:^|&)status=(\d{3})\b/.exec(query)?.[1] ?? 200);
    yield* respond(fd, id, { status, headers: { "content-type": "text/plain; charset=UTF-8" }, body });
  }
  return 0;
}
