/**
 * The cluster's records as CoreDNS knows them: from its own watches, with its own account. One for all CoreDNS pods.
 * Upstream: coredns plugin/kubernetes/controller.go. Simplified: the pods share their watches, so one that has just
 * started knows what the others know.
 */
import type { EndpointSlice, Namespace, Pod, Service } from "../../api/generated/types.ts";
import { namespaces } from "../../api/core/namespace.ts";
import { pods } from "../../api/core/pod/index.ts";
import { services } from "../../api/core/service.ts";
import { endpointSlices } from "../../api/discovery/endpoint-slice.ts";
import type { Client } from "../../client/client.ts";
import { InformerFactory } from "../../client/informer-factory.ts";
import type { Informer, Lister } from "../../client/informer.ts";
import type { Simulation } from "../../sim/simulation.ts";
import type { RecordSource } from "./record-source.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const BY_SERVICE = "service";

interface Addresses {
  readonly serial: number;
  readonly services: ReadonlyMap<string, Service>;
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
}

export class DnsRecords implements RecordSource {
  serial = 1;
  private readonly informers: InformerFactory;
  private readonly known: Lister<Service>;
  private readonly spaces: Lister<Namespace>;
  private readonly pieces: Lister<EndpointSlice>;
  /** Made when an address is first asked about, and again after changes. */
  private addresses: Addresses | undefined;
  private pods: { informer: Informer<Pod>; byAddress: ReadonlyMap<string, Pod[]> | undefined } | undefined;
  private users = 0;

  constructor(sim: Simulation, client: Client) {
    this.informers = new InformerFactory(sim, client);
    const changed = (): void => void this.serial++;
    const handler = { onAdd: changed, onUpdate: changed, onDelete: changed };
    const watched = this.informers.informer(services);
    const slices = this.informers.informer(endpointSlices);
    watched.addHandler(handler);
    slices.addHandler(handler);
    slices.addIndex(BY_SERVICE, ({ metadata }) => {
      const name = metadata.labels?.[SERVICE_NAME];
      return name === undefined ? [] : [`${metadata.namespace}/${name}`];
    });
    this.spaces = this.informers.informer(namespaces).lister;
    this.known = watched.lister;
    this.pieces = slices.lister;
  }

  /** One more server reads the records. Answers what to call when it ends. */
  use(): () => void {
    if (this.users++ === 0) this.informers.start();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      if (--this.users === 0) this.informers.stop();
    };
  }

  get synced(): boolean {
    return this.informers.synced;
  }

  hasNamespace(name: string): boolean {
    return this.spaces.get(name) !== undefined;
  }

  service(key: string): Service | undefined {
    return this.known.get(key);
  }

  slices(key: string): readonly EndpointSlice[] {
    return this.pieces.byIndex(BY_SERVICE, key);
  }

  serviceByAddress(address: string): Service | undefined {
    return this.table().services.get(address);
  }

  slicesByAddress(address: string): readonly EndpointSlice[] {
    return this.table().slices.get(address) ?? [];
  }

  watchPods(): void {
    if (this.pods !== undefined) return;
    const watched = { informer: this.informers.informer(pods), byAddress: undefined };
    this.pods = watched;
    const changed = (): void => void (watched.byAddress = undefined);
    watched.informer.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed });
  }

  podsByAddress(address: string): readonly Pod[] {
    if (this.pods === undefined) return [];
    this.pods.byAddress ??= podsByAddress(this.pods.informer.lister.list());
    return this.pods.byAddress.get(address) ?? [];
  }

  private table(): Addresses {
    if (this.addresses?.serial === this.serial) return this.addresses;
    const byAddress = new Map<string, Service>();
    for (const service of this.known.list()) {
      for (const address of service.spec.clusterIPs ?? []) byAddress.set(address, service);
    }
    const slices = new Map<string, EndpointSlice[]>();
    for (const slice of this.pieces.list()) {
      for (const { addresses } of slice.endpoints ?? []) {
        for (const address of addresses) {
          const found = slices.get(address);
          if (found === undefined) slices.set(address, [slice]);
          else if (!found.includes(slice)) found.push(slice);
        }
      }
    }
    this.addresses = { serial: this.serial, services: byAddress, slices };
    return this.addresses;
  }
}

function podsByAddress(all: Iterable<Pod>): ReadonlyMap<string, Pod[]> {
  const byAddress = new Map<string, Pod[]>();
  for (const pod of all) {
    for (const { ip = "" } of pod.status.podIPs ?? []) byAddress.set(ip, [...(byAddress.get(ip) ?? []), pod]);
  }
  return byAddress;
}
