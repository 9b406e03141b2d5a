/** What a node's kernel does with packets on behalf of kube-proxy, as the tools that show it read it. */

/** One rule. `save` is how `iptables-save` writes a piece, `list` how `iptables -L` shows it. */
export interface IptablesRule {
  /** `10.244.0.0/16`, with `! ` before it for "not from". */
  source?: string;
  destination?: string;
  protocol?: "tcp" | "udp";
  comment?: string;
  matches?: readonly { save: string; list: string }[];
  target?: string;
  options?: { save: string; list: string };
}

export interface IptablesChain {
  name: string;
  /** Only of built-in chains: what happens to what no rule decides. */
  policy?: string;
  rules: IptablesRule[];
}

export interface IptablesTable {
  name: "nat" | "filter";
  /** Built-in chains first, the others by name. */
  chains: IptablesChain[];
}

/** A virtual server of IPVS with where it sends. */
export interface VirtualServer {
  protocol: "TCP" | "UDP";
  /** `10.96.0.1:443`. */
  address: string;
  scheduler: string;
  /** Seconds of session affinity; 0: none. */
  persistentSeconds: number;
  destinations: { address: string; connections: number }[];
}

export interface PacketFilter {
  iptables(family: "IPv4" | "IPv6"): IptablesTable[];
  virtualServers(): VirtualServer[];
  /** What `nft list ruleset` prints. */
  nftables(): string;
}
