import type { ApiRequest } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import { SECOND } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";

/** How often one kind of request was asked. */
interface Count {
  readonly verb: string;
  readonly subresource: string;
  /** `resource`, `namespace` or `cluster`: how much it was about. */
  readonly scope: string;
  readonly isDry: boolean;
  readonly code: number;
  count: number;
}

/** Requests of one resource. A list: there are few kinds, and a key for each request would be a text. */
type Counts = Count[];

/** Counts requests by whole virtual seconds, and by what they asked for. */
export class RequestMeter {
  private readonly sim: Simulation;
  private readonly counts = new Map<Resource, Counts>();
  private second = -1;
  private current = 0;
  private previous = 0;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  count(request: ApiRequest, code: number): void {
    this.roll();
    this.current++;
    const { resource, verb, subresource, name, namespace, options, patchType } = request;
    let counts = this.counts.get(resource);
    if (counts === undefined) this.counts.set(resource, (counts = []));
    const scope = name !== "" ? "resource" : namespace !== "" ? "namespace" : "cluster";
    const shown = patchType === "apply" ? "apply" : verb;
    const isDry = options.dryRun === true;
    for (const kind of counts) {
      if (
        kind.verb === shown &&
        kind.subresource === subresource &&
        kind.code === code &&
        kind.scope === scope &&
        kind.isDry === isDry
      ) {
        kind.count++;
        return;
      }
    }
    counts.push({ verb: shown, subresource, scope, isDry, code, count: 1 });
  }

  /** Requests in the last full second. */
  lastSecond(): number {
    this.roll();
    return this.previous;
  }

  /** Each kind of request that there was, with how many. */
  *totals(): Generator<{ resource: Resource; labels: readonly string[]; count: number }> {
    for (const [resource, counts] of this.counts) {
      for (const { verb, subresource, scope, isDry, code, count } of counts) {
        yield { resource, labels: [verb, subresource, scope, isDry ? "All" : "", String(code)], count };
      }
    }
  }

  private roll(): void {
    const second = Math.floor(this.sim.now / SECOND);
    if (second === this.second) return;
    this.previous = second === this.second + 1 ? this.current : 0;
    this.current = 0;
    this.second = second;
  }
}
