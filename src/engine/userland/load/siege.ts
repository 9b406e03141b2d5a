/**
 * `siege`. Upstream: JoeDog/siege src/main.c, src/siege.h.
 * **Simplified:** one URL; no files of URLs, no parsing of pages for what they refer to, no log file.
 */
import type { LoadResult } from "../../base/load.ts";
import type { Program } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import { interruptible } from "./hey.ts";
import { headersOf, positive, readLoadOptions } from "./load-options.ts";
import { LatencyStatistics } from "./statistics.ts";

const USAGE = `SIEGE 4.1.6
Usage: siege [options]
       siege [options] URL
Options:
  -V, --version             VERSION, prints the version number.
  -h, --help                HELP, prints this section.
  -v, --verbose             VERBOSE, prints notification to screen.
  -q, --quiet               QUIET turns verbose off and suppresses output.
  -c, --concurrent=NUM      CONCURRENT users, default is 25
  -r, --reps=NUM            REPS, number of times to run the test.
  -t, --time=NUMm           TIMED testing where "m" is modifier S, M, or H
  -d, --delay=NUM           Time DELAY, random delay before each request
  -b, --benchmark           BENCHMARK: no delays between requests.
  -H, --header="text"       Add a header to request (can be many)
  -A, --user-agent="text"   Sets User-Agent in request
  -T, --content-type="text" Sets Content-Type in request
`;

const LONG: Readonly<Record<string, string>> = {
  concurrent: "c",
  reps: "r",
  time: "t",
  delay: "d",
  header: "H",
  "user-agent": "A",
  "content-type": "T",
  verbose: "v",
  quiet: "q",
  benchmark: "b",
  help: "h",
  version: "V",
};
const VALUED = ["c", "r", "t", "d", "H", "A", "T"];
const KNOWN = {
  valued: [...VALUED, ...Object.keys(LONG).filter((name) => VALUED.includes(LONG[name] as string))],
  switches: ["v", "q", "b", "h", "V", "verbose", "quiet", "benchmark", "help", "version"],
};
const UNITS: Readonly<Record<string, number>> = { "": 60_000, s: 1000, m: 60_000, h: 3_600_000 };

export const siege: Program = function* (_ctx, argv) {
  const read = readLoadOptions(argv.slice(1), KNOWN);
  if (!("values" in read)) {
    yield* write(
      2,
      `siege: ${"unknown" in read ? `unrecognized option '${read.unknown}'` : `option requires an argument -- '${read.incomplete}'`}\n${USAGE}`,
    );
    return 1;
  }
  const values = new Map<string, string[]>();
  for (const [name, given] of read.values) values.set(LONG[name] ?? name, given);
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  if (values.has("V")) {
    yield* write(2, "SIEGE 4.1.6\n");
    return 0;
  }
  const [target] = read.operands;
  if (target === undefined || values.has("h")) {
    yield* write(values.has("h") ? 1 : 2, USAGE);
    return values.has("h") ? 0 : 1;
  }
  const users = positive(last("c") ?? "25");
  const reps = last("r") === undefined ? undefined : positive(last("r") as string);
  const limit = /^(\d+)([smh]?)$/i.exec(last("t") ?? "");
  const headers = headersOf(values.get("H") ?? []);
  const delay = Number(last("d") ?? 0);
  if (
    users === undefined ||
    headers === undefined ||
    (last("r") !== undefined && reps === undefined) ||
    !(delay >= 0)
  ) {
    yield* write(2, USAGE);
    return 1;
  }
  const [address = "", verb, ...data] = target.split(" ");
  const url = /^\w+:\/\//.test(address) ? address : `http://${address}`;
  const body = verb === "POST" || verb === "PUT" ? data.join(" ") : "";
  if (values.get("q") === undefined) {
    yield* write(
      2,
      `** SIEGE 4.1.6\n** Preparing ${users} concurrent users for battle.\nThe server is now under siege...`,
    );
  }
  const result = yield* interruptible({
    request: {
      method: body === "" ? "GET" : (verb as string),
      url,
      headers: {
        "User-Agent": last("A") ?? "Mozilla/5.0 (pc-x86_64-linux-gnu) Siege/4.1.6",
        ...(last("T") !== undefined && { "Content-Type": last("T") as string }),
        ...headers,
      },
      body,
      timeoutMs: 30_000,
    },
    connections: users,
    ...(limit !== null && { durationMs: Number(limit[1]) * (UNITS[(limit[2] as string).toLowerCase()] as number) }),
    ...(limit === null && reps !== undefined && { requests: reps * users }),
    ...(limit === null && reps === undefined && { durationMs: 86_400_000 }),
    ...(delay > 0 && !values.has("b") && { thinkMs: Math.round(delay * 1000) }),
  });
  yield* write(2, "\nLifting the server siege...\n");
  yield* write(1, report(result));
  return 0;
};

function report(result: LoadResult): string {
  const stats = new LatencyStatistics(result.latencies);
  const seconds = (result.endedAt - result.startedAt) / 1000;
  let failed = result.failed;
  for (const [status, count] of result.statuses) if (status >= 400) failed += count;
  const hits = result.answered;
  const all = hits + result.failed;
  const megabytes = result.bodyBytes / 1024 / 1024;
  const rate = seconds === 0 ? 0 : hits / seconds;
  const rows: [string, string, string][] = [
    ["Transactions:", String(hits), " hits"],
    ["Availability:", (all === 0 ? 0 : (hits / all) * 100).toFixed(2), " %"],
    ["Elapsed time:", seconds.toFixed(2), " secs"],
    ["Data transferred:", megabytes.toFixed(2), " MB"],
    ["Response time:", (stats.mean / 1000).toFixed(2), " secs"],
    ["Transaction rate:", rate.toFixed(2), " trans/sec"],
    ["Throughput:", (seconds === 0 ? 0 : megabytes / seconds).toFixed(2), " MB/sec"],
    ["Concurrency:", (seconds === 0 ? 0 : (stats.mean * hits) / 1000 / seconds).toFixed(2), ""],
    ["Successful transactions:", String(hits + result.failed - failed), ""],
    ["Failed transactions:", String(failed), ""],
    ["Longest transaction:", (stats.most / 1000).toFixed(2), ""],
    ["Shortest transaction:", (stats.least / 1000).toFixed(2), ""],
  ];
  return rows.map(([name, value, unit]) => `${name}${value.padStart(36 - name.length)}${unit}\n`).join("");
}
