/**
 * A load generator's requests: each is a real exchange that the network decides and the server answers, but all that are
 * due in one millisecond are one event, and only some are journalled. So ten thousand requests a second cost ten thousand
 * decisions, not ten thousand timers, processes and journal lines.
 *
 * **Simplified:** what a server takes its time for (`later`) is waited for as by any client; a request under way when its
 * server dies has its answer already, as the exchange is decided at one instant.
 */
import { emptyResult } from "../base/load.ts";
import type { LoadResult, LoadSpec } from "../base/load.ts";
import type { Errno } from "../base/program.ts";
import type { ServedResponse } from "../runtime/network-port.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Fabric } from "./fabric.ts";
import type { StationPort } from "./port.ts";
import type { Exchange } from "./trace.ts";

/** At most one request of a run is journalled in this time. */
const SAMPLE_MS = 100;

/** What happened to a request that is under way: noted when its time has passed. */
type Outcome = { status: number; length: number; head: number; server: string } | { errno: Errno };

interface Due {
  /** Workers whose request ends then: how long it took, and what came of it. */
  ends: { ms: number; outcome: Outcome }[];
  /** Workers that send then. */
  starts: number;
}

export class LoadRun {
  readonly result: LoadResult;
  private readonly fabric: Fabric;
  private readonly port: StationPort;
  private readonly spec: LoadSpec;
  private readonly done: () => void;
  private readonly background: boolean;
  private readonly due = new Map<number, Due>();
  private readonly timers = new Set<Timer>();
  private readonly waiting = new Set<() => void>();
  private sent = 0;
  private underWay = 0;
  /** Requests that were given their time so far, when there is a rate. */
  private scheduled = 0;
  private sampledAt = -Infinity;
  private over = false;

  /** `done` is called once, when the last answer is there. */
  constructor(fabric: Fabric, port: StationPort, how: { spec: LoadSpec; background: boolean; done: () => void }) {
    const { spec, done, background } = how;
    this.background = background;
    this.fabric = fabric;
    this.port = port;
    this.spec = spec;
    this.done = done;
    this.result = emptyResult(fabric.sim.now);
    for (let worker = 0; worker < spec.connections; worker++) this.startNext();
    if (spec.durationMs !== undefined) this.after(spec.durationMs, () => this.finish());
  }

  /** Nothing is sent any more; what is under way is forgotten. */
  stop(): void {
    if (this.over) return;
    this.over = true;
    this.result.endedAt = this.fabric.sim.now;
    for (const timer of this.timers) this.fabric.sim.cancel(timer);
    for (const giveUp of this.waiting) giveUp();
    this.timers.clear();
    this.due.clear();
  }

  private finish(): void {
    if (this.over) return;
    this.stop();
    this.done();
  }

  private after(ms: number, run: () => void): void {
    const timer = this.fabric.sim.after(
      ms,
      () => {
        this.timers.delete(timer);
        run();
      },
      { background: this.background },
    );
    this.timers.add(timer);
  }

  private at(time: number): Due {
    let due = this.due.get(time);
    if (due === undefined) {
      due = { ends: [], starts: 0 };
      this.due.set(time, due);
      this.after(time - this.fabric.sim.now, () => this.step(time));
    }
    return due;
  }

  /** Gives a free worker its next turn, or none when all requests are sent. */
  private startNext(): void {
    const { spec, result } = this;
    const { now } = this.fabric.sim;
    if (spec.requests !== undefined && this.scheduled >= spec.requests) return;
    let time = now;
    if (spec.perSecond !== undefined) {
      time = Math.max(now, result.startedAt + Math.floor((this.scheduled * 1000) / spec.perSecond));
    } else if ((spec.thinkMs ?? 0) > 0) {
      time = now + this.fabric.sim.random(`load/${this.port.station.name}`).int((spec.thinkMs as number) + 1);
    }
    this.scheduled++;
    this.at(time).starts++;
  }

  private step(time: number): void {
    const due = this.due.get(time);
    this.due.delete(time);
    if (due === undefined || this.over) return;
    for (const { ms, outcome } of due.ends) this.note(ms, outcome);
    for (let i = 0; i < due.starts; i++) this.send();
    this.endIfAllIsDone();
  }

  private endIfAllIsDone(): void {
    const { requests } = this.spec;
    if (requests !== undefined && this.sent >= requests && this.underWay === 0) this.finish();
  }

  private send(): void {
    const { fabric, port, spec } = this;
    const { now } = fabric.sim;
    this.sent++;
    this.underWay++;
    const outcome = fabric.exchange(port, spec.request);
    fabric.traffic.count(outcome);
    if (now - this.sampledAt >= SAMPLE_MS || !outcome.ok) this.sample(outcome, now);
    const ms = outcome.latencyMs;
    if (!outcome.ok) {
      this.at(now + ms).ends.push({ ms, outcome: { errno: outcome.errno } });
      return;
    }
    const { response } = outcome;
    if (response.later === undefined) this.at(now + ms).ends.push({ ms, outcome: noted(response) });
    else this.wait(response, now);
  }

  /** An answer that comes when it comes, or not in time. */
  private wait(response: ServedResponse, since: number): void {
    const { sim } = this.fabric;
    let open = true;
    const end = (outcome: Outcome): void => {
      if (!open) return;
      open = false;
      this.waiting.delete(giveUp);
      if (this.over) return;
      this.note(sim.now - since, outcome);
      this.endIfAllIsDone();
    };
    const forget = response.later?.((answer) => {
      if (answer.hangs === true) end({ errno: "ETIMEDOUT" });
      else end(answer.resets === true ? { errno: "ECONNRESET" } : noted(answer));
    });
    const giveUp = (): void => forget?.();
    if (!open) return;
    this.waiting.add(giveUp);
    this.after(this.spec.request.timeoutMs, () => {
      if (open) giveUp();
      end({ errno: "ETIMEDOUT" });
    });
  }

  private sample(outcome: Exchange, now: number): void {
    if (now === this.sampledAt) return;
    this.sampledAt = now;
    this.port.record(this.spec.request, outcome);
  }

  /** A request has come to its end: its worker is free. */
  private note(ms: number, outcome: Outcome): void {
    const { result } = this;
    this.underWay--;
    if ("errno" in outcome) {
      result.failed++;
      result.errors.set(outcome.errno, (result.errors.get(outcome.errno) ?? 0) + 1);
    } else {
      const { status, length, head, server } = outcome;
      result.answered++;
      result.first ??= { length, server };
      result.statuses.set(status, (result.statuses.get(status) ?? 0) + 1);
      result.latencies.set(ms, (result.latencies.get(ms) ?? 0) + 1);
      result.bodyBytes += length;
      result.headBytes += head;
      const second = Math.floor((this.fabric.sim.now - result.startedAt) / 1000);
      while (result.perSecond.length <= second) result.perSecond.push(0);
      result.perSecond[second] = (result.perSecond[second] ?? 0) + 1;
    }
    this.startNext();
  }
}

const heads = new WeakMap<object, number>();

function noted({ status, headers = NO_HEADERS, body }: ServedResponse): Outcome {
  let head = heads.get(headers);
  if (head === undefined) {
    head = 19;
    for (const name in headers) head += name.length + (headers[name] as string).length + 4;
    heads.set(headers, head);
  }
  return { status, length: body.length, head, server: headers["server"] ?? headers["Server"] ?? "" };
}

const NO_HEADERS: Record<string, string> = {};
