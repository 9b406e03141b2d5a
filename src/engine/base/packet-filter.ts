/** What a node's kernel does with packets on behalf of kube-proxy and of root, as the tools that show and change it see it. */

/** One rule. `save` is how `iptables-save` writes a piece, `list` how `iptables -L` shows it. */
export interface IptablesRule {
  /** `10.244.0.0/16`, with `! ` before it for "not from". */
  source?: string;
  destination?: string;
  /** Interfaces that the packet comes in by and leaves by, negated the same way. */
  inInterface?: string;
  outInterface?: string;
  protocol?: "tcp" | "udp" | "icmp";
  comment?: string;
  matches?: readonly { save: string; list: string }[];
  target?: string;
  options?: { save: string; list: string };
}

/** How often a rule, or a chain's policy, decided: connections by their first packets. */
export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

export interface IptablesChain {
  name: string;
  /** Only of built-in chains: what happens to what no rule decides. */
  policy?: string;
  rules: readonly IptablesRule[];
  /** Of the policy and of each rule; absent while nobody has asked for them. */
  counters?: { policy: Counters; rules: readonly Counters[] };
}

export const IPTABLES_TABLES = ["mangle", "filter", "nat"] as const;
export type TableName = (typeof IPTABLES_TABLES)[number];

export interface IptablesTable {
  name: TableName;
  /** Built-in chains first, the others by name. */
  chains: IptablesChain[];
}

/** A change of one table. Numbers of rules count from 1. */
export type IptablesEdit =
  | { do: "append" | "check"; chain: string; rule: IptablesRule }
  | { do: "insert" | "replace"; chain: string; at: number; rule: IptablesRule }
  | { do: "delete"; chain: string; rule: IptablesRule | number }
  | { do: "flush" | "delete-chain" | "zero"; chain?: string }
  | { do: "new-chain"; chain: string }
  | { do: "policy"; chain: string; policy: string };

/** Why a change can't be made, in the words of the kernel's own reasons. */
export type IptablesRefusal =
  | "no-chain"
  | "no-target"
  | "chain-exists"
  | "chain-busy"
  | "not-built-in"
  | "no-such-rule"
  | "number-too-big";

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

/** A change of IPVS' virtual servers, of which `address` says the one: `10.96.0.1:443`. */
export type IpvsEdit =
  | { do: "add"; protocol: "TCP" | "UDP"; address: string; scheduler: string; persistentSeconds: number }
  | { do: "delete"; protocol: "TCP" | "UDP"; address: string }
  | { do: "add-destination" | "delete-destination"; protocol: "TCP" | "UDP"; address: string; destination: string }
  | { do: "clear" };

export type IpvsRefusal = "exists" | "no-service" | "destination-exists" | "no-destination";

export interface PacketFilter {
  /** `counted`: with counters, which count from the first time that somebody asks. */
  iptables(family: "IPv4" | "IPv6", counted: boolean): IptablesTable[];
  /** Makes all of the changes, or none: then answers which one can't be made, and why. */
  editIptables(
    family: "IPv4" | "IPv6",
    table: TableName,
    edits: readonly IptablesEdit[],
  ): { at: number; why: IptablesRefusal } | undefined;
  virtualServers(): VirtualServer[];
  editIpvs(edit: IpvsEdit): IpvsRefusal | undefined;
  /** What `nft list ruleset` prints. */
  nftables(): string;
}
