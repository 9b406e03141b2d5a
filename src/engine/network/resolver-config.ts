/**
 * What stands in a container's resolv.conf, by its pod's DNS policy. Upstream: pkg/kubelet/network/dns/dns.go.
 *
 * **Simplified:** limits (three servers, 32 search domains) cut without an event.
 */
import type { PodDNSConfig } from "../api/generated/types.ts";

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
  readonly ndots: number;
}

export interface ClusterDns {
  dnsIP: string;
  clusterDomain: string;
}

/** What a node asks: the resolver of the machine that its network is on. */
export const NODE_NAMESERVER = "192.168.49.1";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;

export const NODE_RESOLVER: ResolverConfig = {
  nameservers: [NODE_NAMESERVER],
  searches: [],
  options: ["ndots:0"],
  ndots: 0,
};

const EMPTY: ResolverConfig = { nameservers: [], searches: [], options: [], ndots: 1 };

export function resolverConfig(
  pod: { namespace: string; dnsPolicy: string; dnsConfig?: PodDNSConfig | undefined; hostNetwork: boolean },
  cluster: ClusterDns,
): ResolverConfig {
  const { clusterDomain: domain, dnsIP } = cluster;
  const first = pod.dnsPolicy === "ClusterFirstWithHostNet" || (pod.dnsPolicy === "ClusterFirst" && !pod.hostNetwork);
  const base: ResolverConfig = first
    ? {
        nameservers: [dnsIP],
        searches: [`${pod.namespace}.svc.${domain}`, `svc.${domain}`, domain],
        options: ["ndots:5"],
        ndots: 5,
      }
    : pod.dnsPolicy === "None"
      ? EMPTY
      : NODE_RESOLVER;
  const { dnsConfig } = pod;
  if (dnsConfig === undefined) return base;
  const options = new Map<string, string | undefined>(
    base.options.map((option) => option.split(":") as [string, string | undefined]),
  );
  for (const { name, value } of dnsConfig.options ?? []) if (name !== undefined) options.set(name, value);
  return {
    nameservers: joined(base.nameservers, dnsConfig.nameservers).slice(0, MAX_NAMESERVERS),
    searches: joined(base.searches, dnsConfig.searches).slice(0, MAX_SEARCHES),
    options: [...options].map(([name, value]) => (value === undefined || value === "" ? name : `${name}:${value}`)),
    ndots: Number(options.get("ndots") ?? 1),
  };
}

function joined(base: readonly string[], more: readonly string[] | undefined): string[] {
  return [...new Set([...base, ...(more ?? [])])];
}

/** The text of resolv.conf. */
export function resolvConf(config: ResolverConfig): string {
  const lines: string[] = [];
  if (config.searches.length > 0) lines.push(`search ${config.searches.join(" ")}`);
  for (const server of config.nameservers) lines.push(`nameserver ${server}`);
  if (config.options.length > 0) lines.push(`options ${config.options.join(" ")}`);
  return lines.map((line) => `${line}\n`).join("");
}
