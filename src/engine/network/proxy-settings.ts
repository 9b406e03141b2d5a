/** What a kube-proxy reads from its configuration, as its node's rules go by it. Upstream: pkg/proxy/apis/config. */
import { familyOf, inRanges, parseRange } from "./address.ts";
import type { LocalMode } from "./proxy-rules/local-traffic.ts";

export type ProxyMode = "iptables" | "ipvs" | "nftables";

export interface ProxySettings {
  readonly mode: ProxyMode;
  /** Milliseconds between two writings of its rules. */
  readonly minSyncMs: number;
  /** Milliseconds after which it looks whether they are still there. */
  readonly syncMs: number;
  /** As the cluster is set up where it is absent. */
  readonly traffic?: ProxyTraffic;
}

/** How it treats traffic, beside its mode. */
export interface ProxyTraffic {
  /** What it takes for pods' traffic; `NodeCIDR`: what comes from its node's own ranges. Absent: as the cluster is set up. */
  readonly local?: LocalMode | "NodeCIDR";
  /** Whoever asks a service by its cluster address is hidden behind the node's. */
  readonly masqueradeAll?: boolean;
  /** False: node ports don't answer at 127.0.0.1. */
  readonly localhostNodePorts?: boolean;
  /** Ranges of the nodes' addresses at which node ports answer, or the node's own ones. Absent: at all. */
  readonly nodePortAddresses?: readonly string[] | "primary";
  /** How virtual servers of IPVS choose. */
  readonly scheduler?: string;
  /** Virtual servers of these ranges are somebody else's. */
  readonly excludeCIDRs?: readonly string[];
}

/** Whether node ports answer at an address of the node. Where no range is of the address' family, all of that are. */
export function answersNodePorts({ nodePortAddresses }: ProxyTraffic, address: number): boolean {
  if (nodePortAddresses === undefined || nodePortAddresses === "primary") return true;
  const own = nodePortAddresses.filter((text) => text.includes(":") === (familyOf(address) === "IPv6"));
  return (
    own.length === 0 ||
    inRanges(
      own.flatMap((text) => parseRange(text) ?? []),
      address,
    )
  );
}

/** Whether those of a family answer at any of the node's addresses, loopback included. */
export function answersEverywhere({ nodePortAddresses }: ProxyTraffic, ipv6: boolean): boolean {
  if (nodePortAddresses === undefined) return true;
  if (nodePortAddresses === "primary") return false;
  const own = nodePortAddresses.filter((text) => text.includes(":") === ipv6);
  return own.length === 0 || own.some((text) => text.endsWith("/0"));
}
