/** `GET /containerLogs`. Upstream: pkg/kubelet/kuberuntime/logs/logs.go. */
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { Container } from "../runtime/containers/container.ts";
import type { LogLine } from "../runtime/containers/container-log.ts";
import type { Simulation } from "../sim/simulation.ts";
import { formatNanoTime, parseTime } from "../base/time.ts";
import type { Query } from "./kubelet-server.ts";

interface LogOptions {
  timestamps: boolean;
  /** Instant; -Infinity for all. */
  since: number;
  /** Bytes that may still be sent. */
  left: number;
}

export function streamLogs(sim: Simulation, container: Container, io: { query: Query; sink: HttpSink }): HttpExchange {
  const { query, sink } = io;
  const { log } = container;
  const options = readOptions(query, sim.now);
  const tail = query.get("tailLines")?.[0];
  sink.head(200, { "content-type": "text/plain", "transfer-encoding": "chunked" });
  const all = log.since(0).filter(({ time }) => time >= options.since);
  let sent = log.length;
  send(sink, tail === undefined ? all : all.slice(Math.max(0, all.length - Number(tail))), options);
  if (query.get("follow")?.[0] !== "true" || log.ended || options.left <= 0) {
    sink.end();
    return FINISHED_EXCHANGE;
  }
  const stop = log.subscribe(() => {
    if (log.length > sent) {
      send(sink, log.since(sent), options);
      sent = log.length;
    }
    if (!log.ended && options.left > 0) return;
    stop();
    sink.end();
  });
  return { ...FINISHED_EXCHANGE, abort: stop };
}

function send(sink: HttpSink, lines: readonly LogLine[], options: LogOptions): void {
  let text = "";
  for (const { time, text: line } of lines)
    text += options.timestamps ? `${formatNanoTime(time)} ${line}\n` : `${line}\n`;
  text = text.slice(0, options.left);
  options.left -= text.length;
  if (text !== "") sink.data(text);
}

function readOptions(query: Query, now: number): LogOptions {
  const seconds = query.get("sinceSeconds")?.[0];
  const instant = query.get("sinceTime")?.[0];
  const limit = query.get("limitBytes")?.[0];
  const since =
    seconds !== undefined ? now - Number(seconds) * 1000 : instant !== undefined ? parseTime(instant) : -Infinity;
  return {
    timestamps: query.get("timestamps")?.[0] === "true",
    since,
    left: limit === undefined ? Infinity : Number(limit),
  };
}
