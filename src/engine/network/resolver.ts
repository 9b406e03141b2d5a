/**
 * The stub resolver of a container or host: hosts file, then resolv.conf's search list and name server. Upstream for what
 * stands in resolv.conf: pkg/kubelet/network/dns/dns.go; for how it is used: resolv.conf(5).
 *
 * Simplified: there is no world outside, so whatever the cluster's name server would forward does not exist.
 */
import type { PodDNSConfig } from "../api/generated/types.ts";
import type { Errno } from "../base/program.ts";
import { parseAddress } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import type { Verdict } from "./policy/policies.ts";
import { route } from "./route.ts";
import type { Station } from "./station.ts";
import { createTrace, denial, Failure } from "./trace.ts";

export interface Resolution {
  readonly host: string;
  /** Never empty unless `errno` is set. */
  readonly addresses: readonly string[];
  readonly errno?: Errno;
  readonly latencyMs: number;
  /** Which source answered, and what. */
  readonly how: string;
  /** The network policies' verdict that kept the name server out of reach, when that is why. */
  readonly denied?: Verdict;
}

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
  readonly ndots: number;
}

/** What a name server is asked before it counts as dead: two attempts of five seconds. */
const ATTEMPTS = 2;
const ATTEMPT_MS = 5_000;
const QUERY_MS = 1;

const HOST_CONFIG: ResolverConfig = { nameservers: [], searches: [], options: [], ndots: 1 };

/** What the kubelet would write into resolv.conf for a pod. */
export function resolverConfig(
  pod: { namespace: string; dnsPolicy: string; dnsConfig?: PodDNSConfig | undefined; hostNetwork: boolean },
  cluster: { dnsIP: string; clusterDomain: string },
): ResolverConfig {
  const { clusterDomain: domain } = cluster;
  const first = pod.dnsPolicy === "ClusterFirstWithHostNet" || (pod.dnsPolicy === "ClusterFirst" && !pod.hostNetwork);
  const nameservers = first ? [cluster.dnsIP] : [];
  const searches = first ? [`${pod.namespace}.svc.${domain}`, `svc.${domain}`, domain] : [];
  const options = new Map<string, string | undefined>(first ? [["ndots", "5"]] : []);
  for (const server of pod.dnsConfig?.nameservers ?? []) if (!nameservers.includes(server)) nameservers.push(server);
  for (const search of pod.dnsConfig?.searches ?? []) if (!searches.includes(search)) searches.push(search);
  for (const { name, value } of pod.dnsConfig?.options ?? []) if (name !== undefined) options.set(name, value);
  return {
    nameservers,
    searches,
    options: [...options].map(([name, value]) => (value === undefined || value === "" ? name : `${name}:${value}`)),
    ndots: Number(options.get("ndots") ?? 1),
  };
}

/** The text of resolv.conf. */
export function resolvConf(config: ResolverConfig): string {
  const lines: string[] = [];
  if (config.searches.length > 0) lines.push(`search ${config.searches.join(" ")}`);
  for (const server of config.nameservers) lines.push(`nameserver ${server}`);
  if (config.options.length > 0) lines.push(`options ${config.options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}

export class Resolver {
  private readonly fabric: Fabric;
  private readonly station: Station;
  private readonly hosts: string | (() => string);
  readonly config: ResolverConfig;
  private hostsText = "";
  private hostsTable: ReadonlyMap<string, string[]> = new Map();

  constructor(
    fabric: Fabric,
    station: Station,
    options: { hosts: string | (() => string); config: ResolverConfig | undefined },
  ) {
    this.fabric = fabric;
    this.station = station;
    this.hosts = options.hosts;
    this.config = options.config ?? HOST_CONFIG;
  }

  lookup(host: string): Resolution {
    if (parseAddress(host) >= 0) return { host, addresses: [host], latencyMs: 0, how: `${host} is an address` };
    const listed = this.fromHostsFile(host);
    if (listed !== undefined) {
      return { host, addresses: listed, latencyMs: 0, how: `${host} is ${listed.join(", ")} in /etc/hosts` };
    }
    if (host === "localhost") return { host, addresses: ["127.0.0.1"], latencyMs: 0, how: "localhost is 127.0.0.1" };
    return this.fromNameServer(host);
  }

  private fromHostsFile(host: string): string[] | undefined {
    const text = typeof this.hosts === "string" ? this.hosts : this.hosts();
    if (text !== this.hostsText) {
      this.hostsText = text;
      this.hostsTable = parseHosts(text);
    }
    return this.hostsTable.get(host);
  }

  private fromNameServer(host: string): Resolution {
    const { nameservers } = this.config;
    const server = nameservers[0];
    if (server === undefined) {
      const node = this.station.kind === "node" ? this.fabric.nodes.get(host) : undefined;
      if (node !== undefined) {
        const addresses = [node.host.addressText];
        return { host, addresses, latencyMs: QUERY_MS, how: `${host} is a node at ${addresses[0]}` };
      }
      return { host, addresses: [], errno: "ENOTFOUND", latencyMs: QUERY_MS, how: `no name server knows ${host}` };
    }
    let waited = 0;
    let trouble = "";
    let denied: Verdict | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const failure = this.reach(server);
      if (failure === undefined) return this.ask(host, waited);
      trouble = failure.why;
      denied = failure.denied;
      waited += failure.refused ? QUERY_MS : ATTEMPT_MS;
    }
    const how = `name server ${server}: ${trouble}`;
    return {
      host,
      addresses: [],
      errno: "EAI_AGAIN",
      latencyMs: waited,
      how,
      ...(denied !== undefined && { denied }),
    };
  }

  /** Why a query to `server` gets no answer, undefined when it does. */
  private reach(server: string): { why: string; refused: boolean; denied: Verdict | undefined } | undefined {
    const trace = createTrace(this.station, { url: `udp://${server}:53`, protocol: "UDP", port: 53 });
    const way = route(this.fabric, trace, { lookup: undefined, host: server, address: parseAddress(server) });
    if (!(way instanceof Failure)) return undefined;
    return { why: way.why, refused: way.errno === "ECONNREFUSED", denied: denial(trace) };
  }

  private ask(host: string, waited: number): Resolution {
    let latencyMs = waited;
    for (const name of this.candidates(host)) {
      latencyMs += QUERY_MS;
      const answer = this.fabric.names.addresses(name);
      if (answer.length === 0) continue;
      return { host, addresses: answer, latencyMs, how: `${name} is ${answer.join(", ")}` };
    }
    return { host, addresses: [], errno: "ENOTFOUND", latencyMs, how: `NXDOMAIN: no name ${host} in the cluster` };
  }

  private candidates(host: string): string[] {
    if (host.endsWith(".")) return [host.slice(0, -1)];
    const searched = this.config.searches.map((search) => `${host}.${search}`);
    const dots = host.split(".").length - 1;
    return dots >= this.config.ndots ? [host, ...searched] : [...searched, host];
  }
}

/** Addresses by name; a name on several lines has several. */
function parseHosts(text: string): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === undefined || parseAddress(address) < 0) continue;
    for (const name of names) {
      const known = table.get(name.toLowerCase());
      if (known === undefined) table.set(name.toLowerCase(), [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return table;
}
