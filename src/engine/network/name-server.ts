/**
 * The cluster's DNS records, as CoreDNS' kubernetes plugin answers them (kubernetes/dns docs/specification.md).
 * Every server of the cluster gives these answers; whether one can be reached is the resolver's business.
 */
import type { EndpointSlice, Service } from "../api/generated/types.ts";
import type { RandomStream } from "../sim/random.ts";

/** Where records come from. */
export interface NameSource {
  service(key: string): Service | undefined;
  /** The slices of a service by its `namespace/name`. */
  slices(key: string): readonly EndpointSlice[];
}

const MAX_ALIASES = 8;

export class NameServer {
  private readonly source: NameSource;
  private readonly random: RandomStream;
  private readonly domain: string;

  constructor(source: NameSource, random: RandomStream, clusterDomain: string) {
    this.source = source;
    this.random = random;
    this.domain = clusterDomain;
  }

  /** A records of an absolute name (no final dot), in the random order that the server gives them; aliases are followed. */
  addresses(name: string): string[] {
    let next = name.toLowerCase();
    for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
      const answer = this.records(next);
      if (answer.alias === undefined) return this.shuffle(answer.addresses);
      next = answer.alias;
    }
    return [];
  }

  private records(name: string): { addresses: string[]; alias?: string } {
    const suffix = `.${this.domain}`;
    if (!name.endsWith(suffix)) return NOTHING;
    const labels = name.slice(0, -suffix.length).split(".");
    const type = labels.pop();
    const namespace = labels.pop();
    const last = labels.pop();
    if (namespace === undefined || last === undefined) return NOTHING;
    if (type === "pod") return labels.length === 0 ? podRecord(last) : NOTHING;
    if (type !== "svc" || labels.length > 1) return NOTHING;
    return this.serviceRecords(`${namespace}/${last}`, labels[0]);
  }

  private serviceRecords(key: string, hostname: string | undefined): { addresses: string[]; alias?: string } {
    const service = this.source.service(key);
    if (service === undefined) return NOTHING;
    const { type, externalName, clusterIP } = service.spec;
    if (type === "ExternalName") {
      return hostname === undefined && externalName !== undefined
        ? { addresses: [], alias: externalName.toLowerCase() }
        : NOTHING;
    }
    if (clusterIP === undefined || clusterIP === "") return NOTHING;
    if (clusterIP !== "None") return hostname === undefined ? { addresses: [clusterIP] } : NOTHING;
    return { addresses: this.endpointAddresses(key, hostname) };
  }

  /** A headless service's ready endpoints; with `hostname`, those of that name (or dashed address). */
  private endpointAddresses(key: string, hostname: string | undefined): string[] {
    const addresses = new Set<string>();
    for (const slice of this.source.slices(key)) {
      for (const endpoint of slice.endpoints ?? []) {
        if (endpoint.conditions?.ready === false) continue;
        for (const address of endpoint.addresses) {
          if (hostname === undefined || hostname === (endpoint.hostname ?? address.replaceAll(".", "-"))) {
            addresses.add(address);
          }
        }
      }
    }
    return [...addresses];
  }

  private shuffle(addresses: string[]): string[] {
    for (let last = addresses.length - 1; last > 0; last--) {
      const other = this.random.int(last + 1);
      [addresses[last], addresses[other]] = [addresses[other] as string, addresses[last] as string];
    }
    return addresses;
  }
}

const NOTHING: { addresses: string[]; alias?: string } = { addresses: [] };

/** `10-244-1-5.default.pod.cluster.local` is 10.244.1.5, whether there is such a pod or not. */
function podRecord(label: string): { addresses: string[] } {
  return /^\d+-\d+-\d+-\d+$/.test(label) ? { addresses: [label.replaceAll("-", ".")] } : NOTHING;
}
