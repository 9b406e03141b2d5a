/**
 * `hey`, the load generator. Upstream: rakyll/hey hey.go, requester/print.go.
 * **Simplified:** no HTTP/2, proxies, request bodies from files and CSV output; connections are opened for nothing.
 */
import type { LoadResult } from "../../base/load.ts";
import type { Program } from "../../base/program.ts";
import { load, trap, write } from "../../base/syscalls.ts";
import { withCredentials } from "../urls.ts";
import { goDuration, goError, headersOf, positive, readLoadOptions } from "./load-options.ts";
import { LatencyStatistics } from "./statistics.ts";

const USAGE = `Usage: hey [options...] <url>

Options:
  -n  Number of requests to run. Default is 200.
  -c  Number of workers to run concurrently. Default is 50.
  -q  Rate limit, in queries per second (QPS) per worker. Default is no rate limit.
  -z  Duration of application to send requests, e.g. 10s, 3m. -n is ignored then.
  -m  HTTP method.
  -H  Custom HTTP header. May be given several times.
  -t  Timeout for each request in seconds. Default is 20.
  -A  HTTP Accept header.
  -d  HTTP request body.
  -T  Content-type, defaults to "text/html".
  -a  Basic authentication, username:password.
  -host  HTTP Host header.
`;

const KNOWN = { valued: ["n", "c", "q", "z", "m", "H", "t", "A", "d", "T", "a", "host"], switches: ["h", "help"] };

export const hey: Program = function* (_ctx, argv) {
  const read = readLoadOptions(argv.slice(1), KNOWN);
  if ("unknown" in read) {
    yield* write(2, `flag provided but not defined: -${read.unknown.replace(/^-+/, "")}\n${USAGE}`);
    return 2;
  }
  if ("incomplete" in read) {
    yield* write(2, `flag needs an argument: -${read.incomplete}\n${USAGE}`);
    return 2;
  }
  const { values, operands } = read;
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const [url] = operands;
  if (url === undefined || values.has("h") || values.has("help")) {
    yield* write(2, USAGE);
    return url === undefined && !values.has("h") && !values.has("help") ? 1 : 0;
  }
  const number = positive(last("n") ?? "200");
  const workers = positive(last("c") ?? "50");
  const duration = last("z") === undefined ? undefined : goDuration(last("z") as string);
  const headers = headersOf(values.get("H") ?? []);
  const perWorker = Number(last("q") ?? 0);
  const timeout = Number(last("t") ?? 20);
  const fail = function* (message: string) {
    yield* write(2, `${message}\n\n${USAGE}`);
    return 1;
  };
  if (number === undefined || workers === undefined) return yield* fail("-n and -c cannot be smaller than 1.");
  if (last("z") !== undefined && duration === undefined)
    return yield* fail(`invalid duration "${last("z")}" for flag -z`);
  if (duration === undefined && number < workers) return yield* fail("-n cannot be less than -c.");
  if (headers === undefined) return yield* fail("could not parse the provided input; a header is NAME: VALUE");
  const body = last("d") ?? "";
  const accept = last("A");
  const host = last("host");
  const basic = last("a");
  const result = yield* interruptible({
    request: {
      method: (last("m") ?? "GET").toUpperCase(),
      url,
      headers: {
        "Content-Type": last("T") ?? "text/html",
        "User-Agent": "hey/0.0.1",
        ...(accept !== undefined && { Accept: accept }),
        ...(host !== undefined && { Host: host }),
        ...(basic !== undefined && { Authorization: withCredentials(basic) }),
        ...headers,
      },
      body,
      timeoutMs: timeout > 0 ? timeout * 1000 : 3_600_000,
    },
    connections: workers,
    ...(duration === undefined ? { requests: number - (number % workers) } : { durationMs: duration }),
    ...(perWorker > 0 && { perSecond: perWorker * workers }),
  });
  yield* write(1, report(result, { method: (last("m") ?? "GET").toUpperCase(), url }));
  return 0;
};

/** Runs it until it is over, or until Ctrl-C: then what came of it so far is told. */
export function* interruptible(spec: Parameters<typeof load>[0]): ReturnType<typeof load> {
  yield* trap("SIGINT", "queue");
  yield* trap("SIGTERM", "queue");
  return yield* load(spec);
}

const seconds = (ms: number): string => (ms / 1000).toFixed(4);
const PERCENTILES = [10, 25, 50, 75, 90, 95, 99];
const BARS = 40;

function report(result: LoadResult, asked: { method: string; url: string }): string {
  const stats = new LatencyStatistics(result.latencies);
  const total = result.endedAt - result.startedAt;
  let text = "\n";
  if (stats.count > 0) {
    text += `Summary:\n  Total:\t${seconds(total)} secs\n  Slowest:\t${seconds(stats.most)} secs\n  Fastest:\t${seconds(stats.least)} secs\n`;
    text += `  Average:\t${seconds(stats.mean)} secs\n  Requests/sec:\t${(result.answered / Math.max(0.001, total / 1000)).toFixed(4)}\n  \n`;
    if (result.bodyBytes > 0) {
      text += `  Total data:\t${result.bodyBytes} bytes\n  Size/request:\t${Math.floor(result.bodyBytes / stats.count)} bytes\n`;
    }
    text += `\nResponse time histogram:\n${histogram(stats)}\n\nLatency distribution:\n`;
    for (const share of PERCENTILES) text += `  ${share}% in ${seconds(stats.percentile(share))} secs\n`;
    const section = (name: string, ms: number): string =>
      `  ${name}:\t${seconds(ms)} secs, ${seconds(ms)} secs, ${seconds(ms)} secs\n`;
    text += "\nDetails (average, fastest, slowest):\n";
    text += section("DNS+dialup", 0) + section("DNS-lookup", 0) + section("req write", 0);
    text += `  resp wait:\t${seconds(stats.mean)} secs, ${seconds(stats.least)} secs, ${seconds(stats.most)} secs\n`;
    text += section("resp read", 0);
    text += "\nStatus code distribution:\n";
    for (const [status, count] of [...result.statuses].sort(([a], [b]) => a - b)) {
      text += `  [${status}]\t${count} responses\n`;
    }
  }
  if (result.errors.size > 0) {
    text += "\nError distribution:\n";
    for (const [errno, count] of result.errors) text += `  [${count}]\t${goError(asked.method, asked.url, errno)}\n`;
  }
  return `${text}\n`;
}

/** Eleven marks from the fastest to the slowest, with the answers up to each. */
function histogram(stats: LatencyStatistics): string {
  const { least, most } = stats;
  const step = (most - least) / 10;
  const marks = Array.from({ length: 11 }, (_, i) => (i === 10 ? most : least + step * i));
  const counts = marks.map((mark, i) => stats.between(i === 0 ? -1 : (marks[i - 1] as number), mark));
  const greatest = Math.max(...counts, 1);
  return marks
    .map((mark, i) => {
      const count = counts[i] as number;
      const bar = "■".repeat(Math.floor((count * BARS + greatest / 2) / greatest));
      return `  ${(mark / 1000).toFixed(3)} [${count}]\t|${bar}`;
    })
    .join("\n");
}
