/**
 * What the controller of service ranges says of each. Upstream: pkg/controller/servicecidrs.
 * Simplified: addresses are taken from the first range alone, and only that one is ready.
 */
import type { ServiceCIDR } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { deepEqual } from "../../base/json.ts";
import { formatTime } from "../../base/time.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";
import { SERVICE_RANGE } from "./ip-allocator.ts";

export class ServiceRangeStorage implements ResourceHooks {
  private readonly sim: Simulation;

  constructor(sim: Simulation) {
    this.sim = sim;
  }

  beginCreate(object: KubeObject): KubeObject {
    const range = object as ServiceCIDR;
    if (!deepEqual(range.spec.cidrs, [SERVICE_RANGE])) return range;
    const lastTransitionTime = formatTime(this.sim.now);
    const message = "Kubernetes Service CIDR is ready";
    const ready = { type: "Ready", status: "True", reason: "", message, lastTransitionTime };
    return { ...range, status: { conditions: [ready] } } satisfies ServiceCIDR as KubeObject;
  }
}
