/** A watch as lines of JSON, or frames of protobuf. Upstream: apiserver pkg/endpoints/handlers/watch.go, bookmarks of pkg/storage/cacher. */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import type { HttpExchange, HttpSink } from "../../base/http.ts";
import { MINUTE } from "../../base/time.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { WatchHandler } from "../watch/watch-handler.ts";
import { WATCH_DELAY } from "../watch/watcher.ts";
import type { Accepted } from "./media.ts";
import { PROTOBUF } from "./protobuf/decode.ts";
import { hasProtobuf, toProtobufFrame } from "./protobuf/encode.ts";
import { shapeEvent } from "./shapes.ts";
import { writeEvent } from "./wire-json.ts";

const BOOKMARK_INTERVAL = MINUTE;
/** A watch that names no time-out gets one between this and twice this. */
const MIN_TIMEOUT_SECONDS = 1800;
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

export interface WatchStreamOptions {
  sim: Simulation;
  request: ApiRequest;
  accepted: Accepted;
  includeObject: string;
  watch(request: ApiRequest, handler: WatchHandler): () => void;
  revision(): number;
}

export function streamWatch(options: WatchStreamOptions, sink: HttpSink): HttpExchange {
  const stream = new WatchStream(options, sink);
  stream.start();
  return { abort: () => stream.abort(), frame() {}, closeStdin() {} };
}

class WatchStream {
  private readonly options: WatchStreamOptions;
  private readonly sink: HttpSink;
  private readonly resource: Resource;
  private readonly timers = new Set<Timer>();
  private stop: (() => void) | undefined;
  private first = true;

  constructor(options: WatchStreamOptions, sink: HttpSink) {
    this.options = options;
    this.sink = sink;
    this.resource = options.request.resource;
  }

  start(): void {
    const { sim, request } = this.options;
    const { sendInitialEvents = false } = request.options;
    const timeoutSeconds =
      request.options.timeoutSeconds ?? MIN_TIMEOUT_SECONDS + sim.random("watch-timeout").int(MIN_TIMEOUT_SECONDS);
    const options = { ...request.options, timeoutSeconds, ...(sendInitialEvents && { resourceVersion: "" }) };
    this.stop = this.options.watch(
      { ...request, options },
      {
        onEvents: (events) => {
          for (const event of events) this.write(event);
        },
        onEnd: (reason) => {
          if (reason === "expired") this.writeExpired();
          this.finish();
        },
      },
    );
    const type = this.inProtobuf ? `${PROTOBUF};stream=watch` : "application/json";
    this.sink.head(200, { "Content-Type": type, "Cache-Control": "no-cache, private" });
    if (sendInitialEvents) this.later(WATCH_DELAY, () => this.bookmark({ [INITIAL_EVENTS_END]: "true" }));
    if (request.options.allowWatchBookmarks ?? false) this.bookmarkEvery();
  }

  abort(): void {
    this.stop?.();
    this.stop = undefined;
    for (const timer of this.timers) this.options.sim.cancel(timer);
    this.timers.clear();
  }

  private finish(): void {
    this.abort();
    this.sink.end();
  }

  private write(event: { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"; object: KubeObject }): void {
    const { accepted, includeObject, sim } = this.options;
    const { resource, first } = this;
    const shown = shapeEvent(event, accepted.shape, { resource, now: sim.now, includeObject, first });
    this.first = false;
    this.line(shown);
  }

  private writeExpired(): void {
    const { request, revision } = this.options;
    const message = `too old resource version: ${request.options.resourceVersion ?? "0"} (${revision()})`;
    this.line({ type: "ERROR", object: new StatusError(410, "Expired", message).toStatus() });
  }

  private bookmarkEvery(): void {
    this.later(BOOKMARK_INTERVAL, () => {
      this.bookmark();
      this.bookmarkEvery();
    });
  }

  private bookmark(annotations?: Record<string, string>): void {
    const { apiVersion, kind } = this.resource;
    const metadata = {
      resourceVersion: String(this.options.revision()),
      creationTimestamp: null,
      ...(annotations && { annotations }),
    };
    this.line({ type: "BOOKMARK", object: { kind, apiVersion, metadata } });
  }

  private later(delay: number, act: () => void): void {
    const timer = this.options.sim.after(
      delay,
      () => {
        this.timers.delete(timer);
        act();
      },
      { background: true },
    );
    this.timers.add(timer);
  }

  private get inProtobuf(): boolean {
    return this.options.accepted.encoding === "protobuf" && hasProtobuf(this.resource.apiVersion, this.resource.kind);
  }

  private line(event: { type: string; object: object }): void {
    const frame = this.inProtobuf ? toProtobufFrame(event as Parameters<typeof toProtobufFrame>[0]) : undefined;
    this.sink.data(frame ?? writeEvent(event));
  }
}
