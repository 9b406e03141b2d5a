/**
 * What the controller of service ranges says of each, and that one whose addresses are in use doesn't go. Upstream:
 * pkg/controller/servicecidrs.
 * Simplified: it is said with the write itself.
 */
import type { ServiceCIDR } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { formatTime } from "../../base/time.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ResourceHooks } from "../storage/resource-hooks.ts";

export const RANGE_FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const IN_USE =
  "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";

export interface ServiceRangeOptions {
  sim: Simulation;
  /** Whether services have addresses of the range that no other range holds. */
  isNeeded(range: ServiceCIDR): boolean;
}

export class ServiceRangeStorage implements ResourceHooks {
  private readonly options: ServiceRangeOptions;

  constructor(options: ServiceRangeOptions) {
    this.options = options;
  }

  beginCreate(object: KubeObject): KubeObject {
    const range = object as ServiceCIDR;
    const finalizers = [
      ...(range.metadata.finalizers ?? []).filter((name) => name !== RANGE_FINALIZER),
      RANGE_FINALIZER,
    ];
    const ready = this.condition("True", "", "Kubernetes Service CIDR is ready");
    const metadata = { ...range.metadata, finalizers };
    return { ...range, metadata, status: { conditions: [ready] } } satisfies ServiceCIDR as KubeObject;
  }

  beginDelete(object: KubeObject): KubeObject {
    const range = object as ServiceCIDR;
    if (range.metadata.deletionTimestamp !== undefined) return range;
    if (!this.options.isNeeded(range)) return withoutFinalizer(range);
    const terminating = this.condition("False", "Terminating", IN_USE);
    return { ...range, status: { conditions: [terminating] } } satisfies ServiceCIDR as KubeObject;
  }

  private condition(status: "True" | "False", reason: string, message: string) {
    return { type: "Ready", status, reason, message, lastTransitionTime: formatTime(this.options.sim.now) };
  }
}

export function withoutFinalizer(range: ServiceCIDR): ServiceCIDR {
  const finalizers = range.metadata.finalizers?.filter((name) => name !== RANGE_FINALIZER) ?? [];
  const { finalizers: _, ...rest } = range.metadata;
  return { ...range, metadata: finalizers.length === 0 ? rest : { ...rest, finalizers } };
}
