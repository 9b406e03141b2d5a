/** Keeps rules and name records in step with Services and EndpointSlices. */
import type { EndpointSlice, Service } from "../api/generated/types.ts";
import { services } from "../api/core/service.ts";
import { endpointSlices } from "../api/discovery/endpoint-slice.ts";
import { keyOf } from "../api/meta/object.ts";
import type { Informers } from "../client/contracts.ts";
import type { Simulation } from "../sim/simulation.ts";
import { parseAddress } from "./address.ts";
import { RuleSync } from "./rule-sync.ts";
import { ServiceRule } from "./service-rules.ts";
import type { ServiceRules } from "./service-rules.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const BY_SERVICE = "service";
/** Default of iptables.minSyncPeriod and nftables.minSyncPeriod. Upstream: pkg/proxy/apis/config/v1alpha1/defaults.go. */
export const MIN_SYNC_MS = 1000;
/** Default of iptables.syncPeriod and nftables.syncPeriod. */
export const SYNC_MS = 30_000;

/** Answers who decides when a change comes into force. Nothing does before both lists are there, as upstream. */
export function watchServices(sim: Simulation, informers: Informers, rules: ServiceRules): RuleSync {
  const slices = informers.informer(endpointSlices);
  const known = informers.informer(services);
  slices.addIndex(BY_SERVICE, (slice) => {
    const key = serviceOf(slice);
    return key === undefined ? [] : [key];
  });
  const byService = new Map<string, ServiceRule[]>();

  const write = (key: string): void => {
    for (const rule of byService.get(key) ?? []) rules.remove(rule);
    const service = known.lister.get(key);
    const made = service === undefined ? [] : rulesOf(service, slices.lister.byIndex(BY_SERVICE, key));
    for (const rule of made) rules.add(rule);
    if (made.length > 0) byService.set(key, made);
    else byService.delete(key);
  };
  const sync = new RuleSync(sim, MIN_SYNC_MS, write);
  // Before the first lists are whole all is written at once, and not seen: nothing is asked before.
  const rebuild = (key: string): void => {
    if (known.synced && slices.synced) sync.changed(key);
    else write(key);
  };
  const rebuildOwner = (slice: EndpointSlice): void => {
    const key = serviceOf(slice);
    if (key !== undefined) rebuild(key);
  };
  known.addHandler({
    onAdd: (service) => rebuild(keyOf(service)),
    onUpdate: (service) => rebuild(keyOf(service)),
    onDelete: (service) => rebuild(keyOf(service)),
  });
  slices.addHandler({
    onAdd: rebuildOwner,
    onUpdate(slice, old) {
      rebuildOwner(slice);
      if (serviceOf(old) !== serviceOf(slice)) rebuildOwner(old);
    },
    onDelete: rebuildOwner,
  });
  return sync;
}

function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** Headless services and aliases have no rules. */
function rulesOf(service: Service, slices: readonly EndpointSlice[]): ServiceRule[] {
  const { type, clusterIP = "", clusterIPs = [clusterIP], ports = [] } = service.spec;
  if (type === "ExternalName") return [];
  const addresses = clusterIPs.filter((address) => parseAddress(address) >= 0);
  return addresses.flatMap((address) =>
    ports
      .filter(({ protocol }) => protocol !== "SCTP")
      .map((port) => new ServiceRule(service, port, { clusterIP: address, slices })),
  );
}
