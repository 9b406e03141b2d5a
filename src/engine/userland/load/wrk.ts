/**
 * `wrk`. Upstream: wg/wrk src/wrk.c, src/units.c.
 * **Simplified:** no Lua scripts; all threads are one loop.
 */
import type { LoadResult } from "../../base/load.ts";
import type { Program } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import { interruptible } from "./hey.ts";
import { headersOf, readLoadOptions } from "./load-options.ts";
import { LatencyStatistics } from "./statistics.ts";

const USAGE = `Usage: wrk <options> <url>
  Options:
    -c, --connections <N>  Connections to keep open
    -d, --duration    <T>  Duration of test
    -t, --threads     <N>  Number of threads to use

    -s, --script      <S>  Load Lua script file
    -H, --header      <H>  Add header to request
        --latency          Print latency statistics
        --timeout     <T>  Socket/request timeout
    -v, --version          Print version details

  Numeric arguments may include a SI unit (1k, 1M, 1G)
  Time arguments may include a time unit (2s, 2m, 2h)
`;

const LONG: Readonly<Record<string, string>> = {
  connections: "c",
  duration: "d",
  threads: "t",
  script: "s",
  header: "H",
  timeout: "T",
  latency: "L",
};
const KNOWN = {
  valued: [..."cdtsHT", "connections", "duration", "threads", "script", "header", "timeout"],
  switches: ["L", "latency", "v", "version"],
};

export const wrk: Program = function* (_ctx, argv) {
  const read = readLoadOptions(argv.slice(1), KNOWN);
  if (!("values" in read)) {
    if ("unknown" in read) yield* write(2, `wrk: unrecognized option '${read.unknown}'\n`);
    yield* write(1, USAGE);
    return 1;
  }
  const values = new Map<string, string[]>();
  for (const [name, given] of read.values) {
    const short = LONG[name] ?? name;
    values.set(short, [...(values.get(short) ?? []), ...given]);
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const [url] = read.operands;
  const threads = metric(last("t") ?? "2");
  const connections = metric(last("c") ?? "10");
  const duration = time(last("d") ?? "10s");
  const timeout = time(last("T") ?? "2s");
  const headers = headersOf(values.get("H") ?? []);
  if (last("s") !== undefined) {
    yield* write(2, "wrk: Lua scripts are not supported by this look-alike of wrk\n");
    return 1;
  }
  if (url === undefined || !threads || !duration || !connections || !timeout || headers === undefined) {
    yield* write(1, USAGE);
    return 1;
  }
  if (!/^https?:\/\//.test(url)) {
    yield* write(2, `invalid URL: ${url}\n`);
    return 1;
  }
  if (connections < threads) {
    yield* write(2, "number of connections must be >= threads\n");
    return 1;
  }
  yield* write(1, `Running ${span(duration)} test @ ${url}\n  ${threads} threads and ${connections} connections\n`);
  const result = yield* interruptible({
    request: { method: "GET", url, headers, body: "", timeoutMs: timeout },
    connections,
    durationMs: duration,
  });
  yield* write(1, report(result, { threads, latency: values.has("L") }));
  return 0;
};

const SI: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

function metric(text: string): number | undefined {
  const match = /^(\d+)([kMG]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (SI[match[2] as string] as number);
}

const TIMES: Readonly<Record<string, number>> = { "": 1000, s: 1000, m: 60_000, h: 3_600_000 };

function time(text: string): number | undefined {
  const match = /^(\d+)([smh]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (TIMES[match[2] as string] as number);
}

function span(ms: number): string {
  const seconds = ms / 1000;
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds >= 60 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

const timeUnits = (us: number): string =>
  us < 1000 ? `${us.toFixed(2)}us` : us < 1e6 ? `${(us / 1000).toFixed(2)}ms` : `${(us / 1e6).toFixed(2)}s`;
const metricUnits = (n: number): string =>
  n < 1000 ? n.toFixed(2) : n < 1e6 ? `${(n / 1000).toFixed(2)}k` : `${(n / 1e6).toFixed(2)}M`;
const binaryUnits = (n: number): string =>
  n < 1024 ? n.toFixed(2) : n < 1024 ** 2 ? `${(n / 1024).toFixed(2)}K` : `${(n / 1024 ** 2).toFixed(2)}M`;

/** Right-aligned so that units of one and two letters stand under each other. */
function column(text: string, width: number): string {
  const letters = /[a-zA-Z]*$/.exec(text)?.[0].length ?? 0;
  const pad = Math.max(0, 2 - letters);
  return text.padStart(width - pad) + " ".repeat(pad);
}

/** How many of the answers lie within one deviation of the mean, in percent. */
function within(buckets: readonly (readonly [number, number])[], mean: number, deviation: number): number {
  let count = 0;
  let inside = 0;
  for (const [value, times] of buckets) {
    count += times;
    if (value >= mean - deviation && value <= mean + deviation) inside += times;
  }
  return count === 0 ? 0 : (inside / count) * 100;
}

function report(result: LoadResult, { threads, latency }: { threads: number; latency: boolean }): string {
  const stats = new LatencyStatistics(result.latencies);
  const seconds = Math.max(0.001, (result.endedAt - result.startedAt) / 1000);
  const rates = new Map<number, number>();
  for (const count of result.perSecond.slice(0, Math.max(1, Math.floor(seconds)))) {
    const rate = Math.floor(count / threads);
    rates.set(rate, (rates.get(rate) ?? 0) + threads);
  }
  const rate = new LatencyStatistics(rates);
  const line = (name: string, of: LatencyStatistics, how: { scale: number; units: (n: number) => string }): string => {
    const { scale, units } = how;
    const share = within(of.buckets, of.mean, of.deviation).toFixed(2);
    return `    ${name.padEnd(10)}${column(units(of.mean * scale), 8)}${column(units(of.deviation * scale), 10)}${column(units(of.most * scale), 9)}${share.padStart(8)}%\n`;
  };
  let text = `  Thread Stats${"Avg".padStart(6)}${"Stdev".padStart(11)}${"Max".padStart(8)}${"+/- Stdev".padStart(12)}\n`;
  text += line("Latency", stats, { scale: 1000, units: timeUnits });
  text += line("Req/Sec", rate, { scale: 1, units: metricUnits });
  if (latency) {
    text += "  Latency Distribution\n";
    for (const share of [50, 75, 90, 99])
      text += `${String(share).padStart(7)}%${column(timeUnits(stats.percentile(share) * 1000), 10)}\n`;
  }
  const bytes = result.bodyBytes + result.headBytes;
  text += `  ${result.answered} requests in ${timeUnits(seconds * 1e6)}, ${binaryUnits(bytes)}B read\n`;
  const timedOut = result.errors.get("ETIMEDOUT") ?? 0;
  const broken = result.errors.get("ECONNRESET") ?? 0;
  if (result.failed > 0) {
    text += `  Socket errors: connect ${result.failed - timedOut - broken}, read ${broken}, write 0, timeout ${timedOut}\n`;
  }
  let bad = 0;
  for (const [status, count] of result.statuses) if (status > 399) bad += count;
  if (bad > 0) text += `  Non-2xx or 3xx responses: ${bad}\n`;
  text += `Requests/sec: ${(result.answered / seconds).toFixed(2).padStart(9)}\n`;
  return `${text}Transfer/sec: ${binaryUnits(bytes / seconds).padStart(10)}B\n`;
}
