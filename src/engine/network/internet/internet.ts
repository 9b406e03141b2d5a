/** The world outside: a handful of hosts with names and addresses, and the public resolvers that know them. */
import { dnsMessage } from "../../base/dns.ts";
import type { DnsQuestion, DnsRecord, DnsReply, RecordType } from "../../base/dns.ts";
import { parseAddress } from "../address.ts";
import { Station } from "../station.ts";
import { publicHosts, publicResolvers } from "./public-hosts.ts";

const TTL = 300;
const DNS_PORT = 53;

const addresses = new Map<string, readonly string[]>([
  ...publicHosts.flatMap(({ names, address }) => names.map((name) => [name, [address]] as const)),
  ...publicResolvers.map((resolver) => [resolver.name, resolver.addresses] as const),
]);
const names = new Map<string, string>([
  ...publicResolvers.flatMap((resolver) =>
    resolver.addresses.map((address) => [reversed(address), resolver.name] as const),
  ),
]);

/** `8.8.8.8.in-addr.arpa` */
function reversed(address: string): string {
  return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
}

/** What the internet's name servers say of a name (lower case, no final dot); undefined: there is no such name. */
export function publicRecords(name: string, type: RecordType): readonly DnsRecord[] | undefined {
  const pointer = names.get(name);
  if (pointer !== undefined) return type === "PTR" ? [{ name, type, ttl: TTL, data: `${pointer}.` }] : [];
  const known = addresses.get(name);
  if (known === undefined) return undefined;
  return type === "A" ? known.map((data) => ({ name, type, ttl: TTL, data })) : [];
}

function resolver({ name, type }: DnsQuestion): DnsReply {
  const records = publicRecords(name, type);
  const rcode = records === undefined ? "NXDOMAIN" : "NOERROR";
  return { message: dnsMessage({ recursion: true, rcode, answer: records ?? [] }), latencyMs: 0 };
}

/** Its stations: `internet/example.com`. */
export function internetStations(): Station[] {
  const hosts = publicHosts.map(({ names: [name = ""], address, serve }) => {
    const station = new Station("internet", `internet/${name}`, { address: parseAddress(address), node: undefined });
    for (const port of [80, 443]) station.namespace.bindHttp(port, serve);
    return station;
  });
  const resolvers = publicResolvers.flatMap((each) =>
    each.addresses.map((address) => {
      const place = { address: parseAddress(address), node: undefined };
      const station = new Station("internet", `internet/${each.name}`, place);
      station.namespace.bindNames(DNS_PORT, resolver);
      return station;
    }),
  );
  return [...hosts, ...resolvers];
}
