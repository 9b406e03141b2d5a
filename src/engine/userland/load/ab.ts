/**
 * `ab`, ApacheBench. Upstream: apache/httpd support/ab.c.
 * **Simplified:** connecting takes no time of its own; no proxies, uploads, cookies from files and HTML tables.
 */
import type { LoadResult } from "../../base/load.ts";
import type { Program } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import { hostInUrl, parseUrl, withCredentials } from "../urls.ts";
import type { Url } from "../urls.ts";
import { interruptible } from "./hey.ts";
import { headersOf, positive, readLoadOptions } from "./load-options.ts";
import { LatencyStatistics } from "./statistics.ts";

const USAGE = `Usage: ab [options] [http[s]://]hostname[:port]/path
Options are:
    -n requests     Number of requests to perform
    -c concurrency  Number of multiple requests to make at a time
    -t timelimit    Seconds to max. to spend on benchmarking
                    This implies -n 50000
    -s timeout      Seconds to max. wait for each response
                    Default is 30 seconds
    -T content-type Content-type header to use for POST/PUT data
    -H attribute    Add Arbitrary header line, eg. 'Accept-Encoding: gzip'
    -A attribute    Add Basic WWW Authentication, the attributes
                    are a colon separated username and password.
    -m method       Method name
    -i              Use HEAD instead of GET
    -k              Use HTTP KeepAlive feature
    -l              Accept variable document length (use this for dynamic pages)
    -q              Do not show progress when doing more than 150 requests
    -r              Don't exit on socket receive errors.
    -h              Display usage information (this message)
`;

const KNOWN = { valued: [..."nctsTHAm"], switches: [..."iklqrhdS"] };
const BANNER = `This is ApacheBench, Version 2.3 <$Revision: 1923142 $>
Copyright 1996 Adam Twiss, Zeus Technology Ltd, http://www.zeustech.net/
Licensed to The Apache Software Foundation, http://www.apache.org/

`;

export const ab: Program = function* (_ctx, argv) {
  const read = readLoadOptions(argv.slice(1), KNOWN);
  const misuse = function* (message: string) {
    yield* write(2, `ab: ${message}\n${USAGE}`);
    return 22;
  };
  if ("unknown" in read) return yield* misuse(`illegal option -- ${read.unknown.replace(/^-+/, "")}`);
  if ("incomplete" in read) return yield* misuse(`option requires an argument -- ${read.incomplete}`);
  const { values, operands } = read;
  if (values.has("h")) {
    yield* write(2, USAGE);
    return 0;
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  if (operands.length !== 1) return yield* misuse("wrong number of arguments");
  const text = operands[0] as string;
  const url = /^(?:https?:\/\/)?[^/]+\//.test(text)
    ? parseUrl(/^https?:/.test(text) ? text : `http://${text}`)
    : undefined;
  if (url === undefined) return yield* misuse("invalid URL");
  const limit = last("t") === undefined ? undefined : positive(last("t") as string);
  const requests = positive(last("n") ?? (limit === undefined ? "1" : "50000"));
  const concurrency = positive(last("c") ?? "1");
  const headers = headersOf(values.get("H") ?? []);
  if (requests === undefined || headers === undefined) return yield* misuse("Invalid number of requests");
  if (concurrency === undefined) return yield* misuse(`Invalid Concurrency [Range 0..20000]`);
  if (concurrency > requests)
    return yield* misuse("Cannot use concurrency level greater than total number of requests");
  const basic = last("A");
  yield* write(1, `${BANNER}Benchmarking ${url.host} (be patient)`);
  const result = yield* interruptible({
    request: {
      method: values.has("i") ? "HEAD" : (last("m") ?? "GET"),
      url: `${url.scheme}://${hostInUrl(url.host)}:${url.port}${url.path}`,
      headers: {
        Host: url.authority,
        "User-Agent": "ApacheBench/2.3",
        Accept: "*/*",
        ...(basic !== undefined && { Authorization: withCredentials(basic) }),
        ...headers,
      },
      body: "",
      timeoutMs: Number(last("s") ?? 30) * 1000,
    },
    connections: concurrency,
    requests,
    ...(limit !== undefined && { durationMs: limit * 1000 }),
  });
  const fatal = [...result.errors.keys()].find((errno) => errno !== "ECONNRESET" || !values.has("r"));
  if (fatal !== undefined && !values.has("r")) {
    const [message, code] = FATAL[fatal] ?? ["apr_socket_recv", 104];
    yield* write(1, "\n");
    yield* write(2, `${message}\nTotal of ${result.answered} requests completed\n`);
    return code > 255 ? 1 : code;
  }
  yield* write(1, `${requests > 150 && !values.has("q") ? progress(result.answered, requests) : "....."}done\n\n\n`);
  yield* write(1, report(result, { url, concurrency, keepAlive: values.has("k") }));
  return 0;
};

const FATAL: Partial<Record<string, [message: string, code: number]>> = {
  ECONNREFUSED: ["apr_socket_recv: Connection refused (111)", 111],
  ECONNRESET: ["apr_socket_recv: Connection reset by peer (104)", 104],
  ETIMEDOUT: ["apr_pollset_poll: The timeout specified has expired (70007)", 1],
  ENOTFOUND: ["ab: Could not resolve host (670002)", 1],
  EAI_AGAIN: ["ab: Could not resolve host (670003)", 1],
  EHOSTUNREACH: ["apr_socket_connect(): No route to host (113)", 113],
};

function progress(done: number, requests: number): string {
  const step = Math.max(100, Math.floor(requests / 10));
  let text = "\n";
  for (let at = step; at <= done; at += step) text += `Completed ${at} requests\n`;
  return `${text}Finished ${done} requests\n`;
}

const pad = (value: number, width: number): string => String(Math.round(value)).padStart(width);

function report(result: LoadResult, how: { url: Url; concurrency: number; keepAlive: boolean }): string {
  const { url, concurrency } = how;
  const stats = new LatencyStatistics(result.latencies);
  const seconds = (result.endedAt - result.startedAt) / 1000;
  const { answered, failed } = result;
  let bad = 0;
  for (const [status, count] of result.statuses) if (status < 200 || status > 299) bad += count;
  const total = result.bodyBytes + result.headBytes;
  const rows: [string, string][] = [
    ["Server Software:", result.first?.server ?? ""],
    ["Server Hostname:", url.host],
    ["Server Port:", String(url.port)],
    ["", ""],
    ["Document Path:", url.path],
    ["Document Length:", `${result.first?.length ?? 0} bytes`],
    ["", ""],
    ["Concurrency Level:", String(concurrency)],
    ["Time taken for tests:", `${seconds.toFixed(3)} seconds`],
    ["Complete requests:", String(answered)],
    ["Failed requests:", String(failed)],
    ...(bad > 0 ? [["Non-2xx responses:", String(bad)] as [string, string]] : []),
    ...(how.keepAlive ? [["Keep-Alive requests:", String(answered)] as [string, string]] : []),
    ["Total transferred:", `${total} bytes`],
    ["HTML transferred:", `${result.bodyBytes} bytes`],
  ];
  if (seconds > 0 && answered > 0) {
    rows.push(
      ["Requests per second:", `${(answered / seconds).toFixed(2)} [#/sec] (mean)`],
      ["Time per request:", `${((concurrency * seconds * 1000) / answered).toFixed(3)} [ms] (mean)`],
      ["Time per request:", `${((seconds * 1000) / answered).toFixed(3)} [ms] (mean, across all concurrent requests)`],
      ["Transfer rate:", `${(total / 1024 / seconds).toFixed(2)} [Kbytes/sec] received`],
    );
  }
  const head = rows
    .map(([name, value]) => (name === "" ? "\n" : `${name.padEnd(24)}${value}`.trimEnd() + "\n"))
    .join("");
  if (answered === 0) return head;
  const line = (name: string, of: LatencyStatistics): string =>
    `${name.padEnd(12)} ${pad(of.least, 5)} ${pad(of.mean, 4)} ${of.deviation.toFixed(1).padStart(5)} ${pad(of.at(Math.floor(of.count / 2)), 6)} ${pad(of.most, 7)}\n`;
  const none = new LatencyStatistics(new Map([[0, answered]]));
  let text = `${head}\nConnection Times (ms)\n              min  mean[+/-sd] median   max\n`;
  text += line("Connect:", none) + line("Processing:", stats) + line("Waiting:", stats) + line("Total:", stats);
  if (answered < 2) return text;
  text += "\nPercentage of the requests served within a certain time (ms)\n";
  for (const share of [50, 66, 75, 80, 90, 95, 98, 99]) {
    text += `  ${share}%  ${pad(stats.at(Math.floor((answered * share) / 100)), 5)}\n`;
  }
  return `${text} 100%  ${pad(stats.most, 5)} (longest request)\n`;
}
