/** A machine's or container's way out: the side of the network that programs see. */
import { FINISHED_EXCHANGE } from "../base/http.ts";
import type { HttpExchange, HttpSink } from "../base/http.ts";
import { SystemError } from "../base/program.ts";
import type { HttpRequest } from "../base/program.ts";
import type { NetworkNamespace, NetworkPort, ServedResponse } from "../runtime/network-port.ts";
import type { Fabric } from "./fabric.ts";
import { Resolver } from "./resolver.ts";
import type { Resolution, ResolverConfig } from "./resolver.ts";
import type { Station } from "./station.ts";
import type { Exchange } from "./trace.ts";

export class StationPort implements NetworkPort {
  readonly station: Station;
  readonly namespace: NetworkNamespace;
  private readonly fabric: Fabric;
  private readonly resolver: Resolver;

  constructor(
    fabric: Fabric,
    station: Station,
    options: { hosts?: string | (() => string) | undefined; config?: ResolverConfig | undefined } = {},
  ) {
    this.fabric = fabric;
    this.station = station;
    this.namespace = station.namespace;
    this.resolver = new Resolver(fabric, station, { hosts: options.hosts ?? "", config: options.config });
  }

  lookup(host: string): Resolution {
    return this.resolver.lookup(host);
  }

  resolve(host: string): string[] {
    const { addresses, errno } = this.lookup(host.toLowerCase());
    if (errno !== undefined) throw new SystemError(errno, host);
    return [...addresses];
  }

  /** Decides the exchange now and answers when its time has passed. An exchange that never ends ends only by `abort`. */
  send(request: HttpRequest, sink: HttpSink): HttpExchange {
    const { sim } = this.fabric;
    const outcome = this.fabric.exchange(this, request);
    const line = sim.record("hop", {
      actor: this.station.name,
      subject: `${request.method} ${request.url}`,
      detail: describeExchange(outcome),
    });
    if (outcome.latencyMs === Infinity) return FINISHED_EXCHANGE;
    let giveUp = (): void => {};
    const timer = sim.because(line, () => sim.after(outcome.latencyMs, () => void (giveUp = finish(outcome, sink))));
    return {
      ...FINISHED_EXCHANGE,
      abort() {
        sim.cancel(timer);
        giveUp();
      },
    };
  }
}

/** Answers how to give up an answer that is not there yet. */
function finish(outcome: Exchange, sink: HttpSink): () => void {
  const nothing = (): void => {};
  if (!outcome.ok) {
    sink.fail(outcome.errno, outcome.detail);
    return nothing;
  }
  const answer = ({ status, headers = {}, body }: ServedResponse): void => {
    sink.head(status, headers);
    if (body !== "") sink.data(body);
    sink.end();
  };
  const { response } = outcome;
  if (response.later !== undefined) return response.later(answer);
  answer(response);
  return nothing;
}

/** JSON of a "hop" line: `ms` until the answer (-1: never), `status` or `errno`, and what was decided where. */
function describeExchange(outcome: Exchange): string {
  const result = outcome.ok ? { status: outcome.response.status } : { errno: outcome.errno, why: outcome.why };
  const ms = outcome.latencyMs === Infinity ? -1 : outcome.latencyMs;
  return JSON.stringify({ ...result, ms, hops: outcome.hops });
}
