/** The world outside: a handful of hosts with names and addresses, and the public resolvers that know them. */
import { dnsMessage } from "../../base/dns.ts";
import type { DnsQuestion, DnsRecord, DnsReply, RecordType } from "../../base/dns.ts";
import { newPrivateKey, publicKeyOf } from "../../base/x509/keys.ts";
import { publicAuthority } from "../../base/x509/public-authority.ts";
import { overTls } from "../../runtime/network-port.ts";
import { parseAddress } from "../address.ts";
import type { Simulation } from "../../sim/simulation.ts";
import { Station } from "../station.ts";
import { publicHosts, publicResolvers } from "./public-hosts.ts";
import { publishedFile } from "./published.ts";
import type { PublishedFiles } from "./published.ts";

const TTL = 300;
const DNS_PORT = 53;
/** Of DNS over TLS. */
const TLS_PORT = 853;

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

const certificates = new WeakMap<readonly string[], string>();
const NOT_BEFORE = Date.UTC(2025, 11, 1);
const NOT_AFTER = Date.UTC(2026, 11, 1);

/** What a host shows who speaks TLS with it, in PEM. */
function certificateOf(hostNames: readonly string[]): string {
  let certificate = certificates.get(hostNames);
  if (certificate === undefined) {
    const publicKey = publicKeyOf(newPrivateKey(`internet/${hostNames.join()}`)) ?? [];
    const alternativeNames = hostNames.map((name) => `DNS:${name}`);
    certificate = publicAuthority().issue(
      { subject: [["CN", hostNames[0] ?? ""]], publicKey, alternativeNames },
      { notBefore: NOT_BEFORE, notAfter: NOT_AFTER, purposes: ["serverAuth"] },
    );
    certificates.set(hostNames, certificate);
  }
  return certificate;
}

/** Its stations: `internet/example.com`. `published`: what projects have there for others to fetch. */
export function internetStations(sim: Simulation, published: PublishedFiles): Station[] {
  const after = (ms: number, run: () => void): void => void sim.after(ms, run);
  const hosts = publicHosts.map(({ names, address, serve }) => {
    const station = new Station("internet", `internet/${names[0] ?? ""}`, {
      address: parseAddress(address),
      node: undefined,
    });
    station.namespace.bindHttp(80, (request) => serve(request, after));
    station.namespace.bindHttp(
      443,
      overTls((request) => {
        const response = publishedFile(request, names, published) ?? serve(request, after);
        return { ...response, certificate: certificateOf(names) };
      }),
    );
    return station;
  });
  const resolvers = publicResolvers.flatMap((each) =>
    each.addresses.map((address) => {
      const place = { address: parseAddress(address), node: undefined };
      const station = new Station("internet", `internet/${each.name}`, place);
      for (const port of [DNS_PORT, TLS_PORT]) station.namespace.bindNames(port, resolver);
      return station;
    }),
  );
  return [...hosts, ...resolvers];
}
