import type { ApiRequest } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import { SECOND } from "../base/time.ts";
import type { Simulation } from "../sim/simulation.ts";

/** Requests of one resource, by `verb/subresource/scope/dry-run/code`. */
type Counts = Map<string, number>;

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
    if (counts === undefined) this.counts.set(resource, (counts = new Map()));
    const scope = name !== "" ? "resource" : namespace !== "" ? "namespace" : "cluster";
    const shown = patchType === "apply" ? "apply" : verb;
    const key = `${shown}/${subresource}/${scope}/${options.dryRun === true ? "All" : ""}/${code}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  /** Requests in the last full second. */
  lastSecond(): number {
    this.roll();
    return this.previous;
  }

  /** Each kind of request that there was, with how many. */
  *totals(): Generator<{ resource: Resource; labels: readonly string[]; count: number }> {
    for (const [resource, counts] of this.counts) {
      for (const [key, count] of counts) yield { resource, labels: key.split("/"), count };
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
