/** Services and the ranges of their addresses, which know of each other. */
import type { ServiceCIDR } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import { serviceCIDRs } from "../../api/registry.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { ServerContext } from "../server-context.ts";
import type { PortRange } from "../settings/port-range.ts";
import { mayGoNow } from "../verbs/update.ts";
import type { AddressRecords } from "./address-records.ts";
import { ServiceRangeStorage, withoutFinalizer } from "./service-range-storage.ts";
import type { ServiceRanges } from "./service-ranges.ts";
import { ServiceStorage } from "./service-storage.ts";

interface ServiceStoragesOptions {
  sim: Simulation;
  context: ServerContext;
  ranges: ServiceRanges;
  stored: Iterable<KubeObject>;
  records: AddressRecords | undefined;
}

export function serviceStorages(options: ServiceStoragesOptions): {
  services: ServiceStorage;
  ranges: ServiceRangeStorage;
} {
  const { sim, context, ranges, stored, records } = options;
  const isNeeded = (going: ServiceCIDR): boolean => {
    const others = ranges.besides(going.metadata.name);
    return (going.spec?.cidrs ?? []).some((cidr) =>
      services.takenIn(ranges.range(cidr)).some((address) => others.every((other) => other.holds(address) !== "yes")),
    );
  };
  const onRelease = (): void => {
    for (const range of ranges.going()) {
      const free = isNeeded(range) ? range : withoutFinalizer(range);
      if (free === range || !mayGoNow(free)) continue;
      context.objects.remove(range, { resource: serviceCIDRs, user: loopbackUser, verb: "delete", fresh: undefined });
    }
  };
  const nodePorts = (): PortRange => context.settings.nodePorts;
  const services = new ServiceStorage({ sim, ranges, nodePorts, stored, records, onRelease });
  return { services, ranges: new ServiceRangeStorage({ sim, isNeeded }) };
}
