/**
 * What stands in a container's resolv.conf, by its pod's DNS policy. Upstream: pkg/kubelet/network/dns/dns.go.
 */
import type { PodDNSConfig } from "../api/generated/types.ts";

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
  readonly ndots: number;
  /** What was cut to what a resolver takes, in the kubelet's words. */
  readonly exceeded?: readonly string[];
}

export interface ClusterDns {
  dnsIP: string;
  clusterDomain: string;
  /** Whom the nodes ask. */
  nodeNameserver: string;
}

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

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
      : { nameservers: [cluster.nodeNameserver], searches: [], options: ["ndots:0"], ndots: 0 };
  const { dnsConfig } = pod;
  if (dnsConfig === undefined) return base;
  const options = new Map<string, string | undefined>(
    base.options.map((option) => option.split(":") as [string, string | undefined]),
  );
  for (const { name, value } of dnsConfig.options ?? []) if (name !== undefined) options.set(name, value);
  const asked = {
    nameservers: joined(base.nameservers, dnsConfig.nameservers),
    searches: joined(base.searches, dnsConfig.searches),
  };
  const nameservers = asked.nameservers.slice(0, MAX_NAMESERVERS);
  const searches = withinLine(asked.searches.slice(0, MAX_SEARCHES));
  const exceeded: string[] = [];
  if (searches.length < asked.searches.length)
    exceeded.push(
      `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(" ")}`,
    );
  if (nameservers.length < asked.nameservers.length)
    exceeded.push(
      `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${nameservers.join(" ")}`,
    );
  return {
    nameservers,
    searches,
    ...(exceeded.length > 0 && { exceeded }),
    options: [...options].map(([name, value]) => (value === undefined || value === "" ? name : `${name}:${value}`)),
    ndots: Number(options.get("ndots") ?? 1),
  };
}

/** As many domains as a line has room for. */
function withinLine(searches: readonly string[]): readonly string[] {
  let length = -1;
  const first = searches.findIndex((domain) => (length += domain.length + 1) > MAX_SEARCH_CHARACTERS);
  return first < 0 ? searches : searches.slice(0, first);
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
