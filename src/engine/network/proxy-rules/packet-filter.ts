/**
 * The packet filter of a node: what its proxy has written, in the way that its mode writes, and what root has changed there.
 * As long as nobody changes anything, or looks at counters, the rules of services decide by themselves and the tables are
 * only made for who reads them; from then on packets go through the tables as they stand.
 *
 * Upstream: pkg/proxy/iptables/proxier.go. Each writing of kube-proxy puts its own top chains back, and the chains of the
 * services that have changed. All of its chains, and the jumps to them, it writes when it starts, an hour after the last
 * time, `syncPeriod` after a writing that failed because a chain was missing, and when it finds its canary chain of the
 * mangle table gone, for which it looks every `syncPeriod`. Rules of others in built-in chains stay.
 *
 * In IPVS mode each writing goes through all services' virtual servers.
 *
 * **Simplified:** kubelet's own chains come back together with the proxy's; in nftables
 * mode only what root writes with iptables counts here, beside that mode's own table.
 */
import type {
  IptablesChain,
  IptablesEdit,
  IptablesRefusal,
  IpvsEdit,
  IpvsRefusal,
  IptablesTable,
  PacketFilter,
  TableName,
  VirtualServer,
} from "../../base/packet-filter.ts";
import type { Timer } from "../../sim/event-queue.ts";
import { formatSocket, inRanges, parseRange, parseSocket, rangeOfFamily } from "../address.ts";
import type { Family } from "../address.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { ProxyMode } from "../proxy-settings.ts";
import type { Protocol, ServiceRule } from "../service-rules.ts";
import { EditedIpvs } from "./edited-ipvs.ts";
import { iptablesRules, kubeletRules } from "./iptables.ts";
import type { ProxyNode, ProxyRule } from "./iptables.ts";
import { virtualServers } from "./ipvs.ts";
import { byPlace, KernelTables } from "./kernel-tables.ts";
import { nftTable } from "./nftables.ts";

/** Upstream: proxyutil.FullSyncPeriod. */
const FULL_SYNC_MS = 3_600_000;
const FAMILIES: readonly Family[] = ["IPv4", "IPv6"];
const CANARY = "KUBE-PROXY-CANARY";
/** Chains that each writing puts back, whatever has changed. */
const ALWAYS_WRITTEN: readonly (readonly [TableName, string])[] = [
  ...["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"].map(
    (chain) => ["filter", chain] as const,
  ),
  ...["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"].map((chain) => ["nat", chain] as const),
];
const OF_SERVICE = /^KUBE-(SVC|SVL|EXT|FW|SEP)-/;

export class NodePacketFilter implements PacketFilter {
  /** When lists of `-m recent` last saw an address. */
  readonly recent = new Map<string, number>();
  private readonly fabric: Fabric;
  private readonly node: NodeNetwork;
  private readonly kernel = new Map<Family, KernelTables>();
  /** Undefined iff IPVS' virtual servers are the proxy's own. */
  private ipvs: EditedIpvs | undefined;
  private counting = false;
  /** True iff nothing has been written since what was there was taken away. */
  private cleaned = false;
  /** True iff a proxy has written something that is still there. */
  private wrote = false;
  /** What one of another mode has left. */
  private leftServers: VirtualServer[] = [];
  private leftChains: readonly IptablesChain[][] = [];
  /** When the proxy last wrote everything. */
  private lastFull: number;
  private timer: Timer | undefined;

  constructor(fabric: Fabric, node: NodeNetwork) {
    this.fabric = fabric;
    this.node = node;
    this.lastFull = fabric.sim.now;
  }

  /** False while the rules of services decide by themselves, for whatever packet. */
  get active(): boolean {
    return this.kernel.size > 0 || this.ipvs !== undefined;
  }

  /** The virtual servers that decide in IPVS mode; undefined while the rules of services do. */
  get virtual(): EditedIpvs | undefined {
    return this.node.proxyMode === "ipvs" ? this.ipvs : undefined;
  }

  /** The tables that packets of that family go through; undefined while the rules of services decide by themselves. */
  tables(family: Family): KernelTables | undefined {
    return this.kernel.get(family);
  }

  iptables(family: Family, counted: boolean): IptablesTable[] {
    if (counted) this.counting = true;
    const tables = counted ? this.opened(family) : this.kernel.get(family);
    return tables?.snapshot() ?? this.written(family);
  }

  editIptables(
    family: Family,
    table: TableName,
    edits: readonly IptablesEdit[],
  ): { at: number; why: IptablesRefusal } | undefined {
    const refusal = this.opened(family).edit(table, edits);
    this.settle();
    return refusal;
  }

  virtualServers(): VirtualServer[] {
    if (this.node.proxyMode !== "ipvs") return this.leftServers;
    return this.ipvs?.list() ?? this.ownServers();
  }

  /**
   * Its proxy is about to write in another mode. What one of iptables or IPVS mode has written stays for the other, which
   * goes first: chains that nothing leads to, and virtual servers of services that may be no more. The proxy of nftables
   * mode takes both away, and those two take its table. Upstream: cmd/kube-proxy/app/server_linux.go (platformCleanup).
   */
  leaveBehind(next: ProxyMode): void {
    const { proxyMode: before } = this.node;
    const servers = this.wrote && before === "ipvs" && next === "iptables" ? this.virtualServers() : [];
    const chains =
      this.wrote && before === "iptables" && next === "ipvs" ? FAMILIES.map((each) => this.serviceChains(each)) : [];
    this.leftServers = servers;
    this.leftChains = chains;
  }

  /** Where a virtual server that was left behind sends a client. */
  leftAt(protocol: Protocol, address: number, port: number): { address: number; port: number } | undefined {
    if (this.leftServers.length === 0) return undefined;
    const socket = formatSocket(address, port);
    const server = this.leftServers.find((each) => each.protocol === protocol && each.address === socket);
    const [first] = server?.destinations ?? [];
    return first === undefined ? undefined : parseSocket(first.address);
  }

  editIpvs(edit: IpvsEdit): IpvsRefusal | undefined {
    this.ipvs ??= new EditedIpvs(this.virtualServers());
    const refusal = this.ipvs.edit(edit);
    this.settle();
    return refusal;
  }

  nftables(): string {
    const { node, fabric } = this;
    if (node.proxyMode !== "nftables" || this.isClean) return "";
    const families: readonly Family[] = node.host.second < 0 ? ["IPv4"] : ["IPv4", "IPv6"];
    return families
      .map((family) => {
        const serviceCIDR = rangeOfFamily(fabric.serviceCIDR, family);
        return nftTable(ordered(node, family), { ...this.place(family), serviceCIDR }, family);
      })
      .join("\n");
  }

  /** The proxy has started: it writes everything. */
  proxyStarted(): void {
    this.cleaned = false;
    this.wrote = true;
    this.lastFull = this.fabric.sim.now;
    this.writeAll();
  }

  /** The rules of these services (`namespace/name`) have changed, and the proxy writes. */
  proxyWrites(services: ReadonlySet<string>): void {
    if (!this.active || !this.node.followsRules) return;
    // In this mode all services are gone through with each change.
    if (this.writesIpvs) this.writeIpvs();
    if (!this.writes) return;
    let whole = true;
    for (const [family, tables] of this.kernel) whole = this.writeSome(family, tables, services) && whole;
    this.settle(whole ? undefined : this.fabric.sim.now + this.node.syncMs);
  }

  /**
   * Somebody has taken away what proxies have written. One that runs in iptables mode misses its canary and writes anew.
   * Simplified: in nftables mode one that runs does so at once.
   */
  cleanUp(): void {
    this.nothingIsThere();
    this.kernel.clear();
    this.ipvs = this.writesIpvs ? new EditedIpvs([]) : undefined;
    if (this.writes) for (const family of FAMILIES) this.kernel.set(family, new KernelTables(kubeletRules(family)));
    this.settle();
  }

  private nothingIsThere(): void {
    this.cleaned = true;
    this.wrote = false;
    this.leftServers = [];
    this.leftChains = [];
  }

  /** The kernel has forgotten everything: the node's power is off. */
  forget(): void {
    this.kernel.clear();
    this.ipvs = undefined;
    this.recent.clear();
    this.counting = false;
    this.nothingIsThere();
    this.fabric.sim.cancel(this.timer);
  }

  private serviceChains(family: Family): IptablesChain[] {
    const nat = this.iptables(family, false).find(({ name }) => name === "nat");
    return nat?.chains.filter(({ name }) => OF_SERVICE.test(name)) ?? [];
  }

  private get isClean(): boolean {
    return this.cleaned && !this.node.proxyRunning;
  }

  /** The proxy's own virtual servers. */
  private ownServers(): VirtualServer[] {
    return FAMILIES.flatMap((family) => virtualServers(ordered(this.node, family), this.place(family)));
  }

  /** The proxy writes its virtual servers, and takes away what it doesn't know unless it was told to leave it. */
  private writeIpvs(): void {
    const excluded = (this.node.traffic.excludeCIDRs ?? []).flatMap((text) => parseRange(text) ?? []);
    if (this.ipvs === undefined || excluded.length === 0) {
      this.ipvs = undefined;
      return;
    }
    const own = this.ownServers();
    const known = new Set(own.map(({ protocol, address }) => `${protocol} ${address}`));
    const others = this.ipvs
      .list()
      .filter(
        ({ protocol, address }) =>
          !known.has(`${protocol} ${address}`) && inRanges(excluded, parseSocket(address).address),
      );
    this.ipvs = others.length === 0 ? undefined : new EditedIpvs([...own, ...others]);
  }

  private get writes(): boolean {
    return this.node.proxyRunning && this.node.powered && this.node.proxyMode === "iptables";
  }

  private get writesIpvs(): boolean {
    return this.node.proxyRunning && this.node.powered && this.node.proxyMode === "ipvs";
  }

  private opened(family: Family): KernelTables {
    let tables = this.kernel.get(family);
    if (tables === undefined) this.kernel.set(family, (tables = new KernelTables(this.written(family))));
    return tables;
  }

  /** What kube-proxy would write now. In IPVS mode services are virtual servers; in nftables mode they have a table. */
  private written(family: Family): IptablesTable[] {
    const { node } = this;
    if (this.isClean || node.proxyMode === "nftables") return kubeletRules(family);
    const rules = node.proxyMode === "iptables" ? ordered(node, family) : [];
    const tables = iptablesRules(rules, this.place(family), family);
    const left = this.leftChains[FAMILIES.indexOf(family)] ?? [];
    if (left.length === 0) return tables;
    return tables.map((table) =>
      table.name === "nat" ? { ...table, chains: [...table.chains, ...left].sort(byPlace) } : table,
    );
  }

  private writeAll(): void {
    if (this.writesIpvs) this.writeIpvs();
    else this.ipvs = undefined;
    for (const [family, tables] of this.kernel) {
      for (const { name, chains } of this.written(family)) {
        for (const chain of chains) if (chain.policy === undefined) tables.write(name, chain);
        for (const chain of chains) if (chain.policy !== undefined) tables.ensure(name, chain.name, chain.rules);
        removeStale(tables, name, new Set(chains.map((chain) => chain.name)));
      }
    }
    this.lastFull = this.fabric.sim.now;
    this.settle();
  }

  /** False when a rule leads to a chain that isn't there: then nothing of it is written. */
  private writeSome(family: Family, tables: KernelTables, services: ReadonlySet<string>): boolean {
    const written = this.written(family);
    const always = new Set(ALWAYS_WRITTEN.map(([table, chain]) => `${table} ${chain}`));
    const due = written.flatMap(({ name, chains }) =>
      chains
        .filter((chain) => always.has(`${name} ${chain.name}`) || isAbout(chain.rules, services))
        .map((chain) => ({ table: name, chain })),
    );
    const there = (table: TableName, name: string): boolean =>
      tables.has(table, name) || due.some((each) => each.table === table && each.chain.name === name);
    const broken = due.some(({ table, chain }) =>
      chain.rules.some(({ target }) => target?.startsWith("KUBE-") === true && !there(table, target)),
    );
    if (broken) return false;
    for (const { table, chain } of due) tables.write(table, chain);
    for (const { name, chains } of written) removeStale(tables, name, new Set(chains.map((chain) => chain.name)));
    return true;
  }

  /** Lets go of tables that say what the proxy would, else sees to it that the proxy writes all in time, at `due` at the latest. */
  private settle(due = Infinity): void {
    const { sim } = this.fabric;
    for (const [family, tables] of this.kernel)
      if (!this.counting && this.writes && tables.saysSame(this.written(family))) this.kernel.delete(family);
    sim.cancel(this.timer);
    if (!this.active) return;
    const { syncMs } = this.node;
    const looks = this.lastFull + Math.ceil((sim.now + 1 - this.lastFull) / syncMs) * syncMs;
    const missing = [...this.kernel.values()].some((tables) => !tables.has("mangle", CANARY));
    const at = Math.min(due, this.lastFull + FULL_SYNC_MS, missing ? looks : Infinity);
    const write = (): void => {
      this.timer = undefined;
      if (this.writes || this.writesIpvs) this.writeAll();
    };
    this.timer = sim.after(Math.max(0, at - sim.now), write, { background: true });
  }

  private place(family: Family): ProxyNode {
    const { node } = this;
    return {
      name: node.name,
      zone: node.zone,
      local: node.localTraffic(family),
      traffic: node.traffic,
      address: node.host.namespace.addresses.find((text) => text.includes(":") === (family === "IPv6")) ?? "",
    };
  }
}

function isAbout(rules: readonly ProxyRule[], services: ReadonlySet<string>): boolean {
  return rules.some(({ service }) => service !== undefined && services.has(service.service));
}

/** Chains of services that there are no more. */
function removeStale(tables: KernelTables, table: TableName, current: ReadonlySet<string>): void {
  for (const name of tables.chainNames(table))
    if (OF_SERVICE.test(name) && !current.has(name)) tables.remove(table, name);
}

/** By name, so that a listing doesn't tell which service changed last. Upstream has no order. */
function ordered({ rules }: NodeNetwork, family: Family): ServiceRule[] {
  const key = ({ portName, protocol, title }: ServiceRule): string => `${portName} ${protocol} ${title}`;
  return [...rules.all()].filter((rule) => rule.family === family).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
