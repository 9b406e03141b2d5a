/** kube-proxy's rules in iptables mode, made of the rules that decide on this node. Upstream: pkg/proxy/iptables/proxier.go. */
import type { IptablesChain, IptablesRule, IptablesTable, TableName } from "../../base/packet-filter.ts";
import { formatAddress, formatSocket, parseAddress } from "../address.ts";
import type { Family } from "../address.ts";
import type { Endpoint, ServiceRule } from "../service-rules.ts";
import { endpointChain, serviceHash } from "./chain-names.ts";
import { answersEverywhere, answersNodePorts } from "../proxy-settings.ts";
import type { ProxyTraffic } from "../proxy-settings.ts";
import type { LocalTraffic } from "./local-traffic.ts";
import { byPlace } from "./kernel-tables.ts";

/** What the rules of a node depend on besides the services. */
export interface ProxyNode {
  name: string;
  zone: string;
  /** What its proxy takes for traffic of pods; undefined where it can't tell. */
  local: LocalTraffic | undefined;
  /** Its own address of the rules' family; "" when it has none. */
  address: string;
  /** What its proxy was told. */
  traffic: ProxyTraffic;
}

const MASQUERADE = "KUBE-MARK-MASQ";
const BUILT_IN = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];
const NEW = { save: "-m conntrack --ctstate NEW", list: "ctstate NEW" };

/** A rule that is about a service. */
export interface ProxyRule extends IptablesRule {
  service?: ServiceRule;
}

/** Collects rules by chain, and gives them in the order of a dump. */
class Chains {
  /** Whose rules are being added. */
  service: ServiceRule | undefined;
  private readonly chains = new Map<string, ProxyRule[]>();

  add(chain: string, ...rules: IptablesRule[]): void {
    const { service } = this;
    const own = service === undefined ? rules : rules.map((rule): ProxyRule => ({ ...rule, service }));
    const list = this.chains.get(chain);
    if (list === undefined) this.chains.set(chain, [...own]);
    else list.push(...own);
  }

  table(name: TableName): IptablesTable {
    const chains = [...this.chains].map(([chain, rules]): IptablesChain => ({
      name: chain,
      ...(BUILT_IN.includes(chain) && { policy: "ACCEPT" }),
      rules,
    }));
    return { name, chains: chains.sort(byPlace) };
  }
}

/** `rules`: those of the family. */
export function iptablesRules(rules: Iterable<ServiceRule>, node: ProxyNode, family: Family): IptablesTable[] {
  const nat = new Chains();
  const filter = new Chains();
  natFrame(nat);
  filterFrame(filter, family);
  for (const rule of rules) {
    nat.service = filter.service = rule;
    new ServiceChains(rule, node, { nat, filter }).write();
  }
  nat.service = undefined;
  nat.add("KUBE-SERVICES", ...toNodePorts(node, family));
  return [mangleFrame().table("mangle"), filter.table("filter"), nat.table("nat")];
}

/** To the node's own addresses: to all of them but loopback where that can't be, or to each that node ports answer at. */
function toNodePorts({ address, traffic }: ProxyNode, family: Family): IptablesRule[] {
  const about = {
    comment: "kubernetes service nodeports; NOTE: this must be the last rule in this chain",
    target: "KUBE-NODEPORTS",
  };
  const ipv6 = family === "IPv6";
  const { localhostNodePorts = true } = traffic;
  if (!answersEverywhere(traffic, ipv6)) {
    const own = [...(ipv6 || !localhostNodePorts ? [] : ["127.0.0.1"]), address].filter((each) => each !== "");
    const primary = traffic.nodePortAddresses === "primary";
    return own
      .filter((each) => (primary ? each === address : answersNodePorts(traffic, parseAddress(each))))
      .map((destination) => ({ ...about, destination }));
  }
  const here = { save: "-m addrtype --dst-type LOCAL", list: "ADDRTYPE match dst-type LOCAL" };
  const except = ipv6 ? "! ::1/128" : localhostNodePorts ? undefined : "! 127.0.0.0/8";
  return [{ ...about, ...(except !== undefined && { destination: except }), matches: [here] }];
}

/** What is there without a kube-proxy: the kubelet's. */
export function kubeletRules(family: Family): IptablesTable[] {
  const [mangle, filter, nat] = [new Chains(), new Chains(), new Chains()];
  for (const chain of [...BUILT_IN, "KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY"]) mangle.add(chain);
  const guard = family === "IPv4" ? [{ target: "KUBE-FIREWALL" }] : [];
  filter.add("INPUT", ...guard);
  filter.add("FORWARD");
  filter.add("OUTPUT", ...guard);
  filter.add("KUBE-KUBELET-CANARY");
  if (family === "IPv4") filter.add("KUBE-FIREWALL", LOCALNET_GUARD);
  for (const chain of ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING", "KUBE-KUBELET-CANARY"]) nat.add(chain);
  return [mangle.table("mangle"), filter.table("filter"), nat.table("nat")];
}

const LOCALNET_GUARD: IptablesRule = {
  source: "! 127.0.0.0/8",
  destination: "127.0.0.0/8",
  comment: "block incoming localnet connections",
  matches: [{ save: "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT", list: "! ctstate RELATED,ESTABLISHED,DNAT" }],
  target: "DROP",
};

class ServiceChains {
  private readonly rule: ServiceRule;
  private readonly node: ProxyNode;
  private readonly nat: Chains;
  private readonly filter: Chains;
  private readonly hash: string;
  private readonly protocol: "tcp" | "udp";

  constructor(rule: ServiceRule, node: ProxyNode, tables: { nat: Chains; filter: Chains }) {
    this.rule = rule;
    this.node = node;
    this.nat = tables.nat;
    this.filter = tables.filter;
    this.hash = serviceHash(rule);
    this.protocol = rule.protocol === "UDP" ? "udp" : "tcp";
  }

  write(): void {
    const { rule, node } = this;
    const anywhere = rule.choices("Cluster", node);
    const local = rule.usesLocal ? rule.choices("Local", node) : [];
    const inside = rule.internalPolicy === "Local" ? local : anywhere;
    const outside = rule.externalPolicy === "Local" ? local : anywhere;
    const used = new Map([...anywhere, ...local].map((endpoint) => [endpointChain(rule, endpoint), endpoint]));
    this.clusterAddress(inside);
    if (rule.exposed) this.outsideAddresses(outside);
    if (anywhere.length > 0 && (rule.internalPolicy === "Cluster" || rule.exposed)) this.spread("SVC", anywhere);
    if (local.length > 0) this.spread("SVL", local);
    for (const [chain, endpoint] of used) this.endpoint(chain, endpoint);
    if (rule.healthPort !== 0) {
      this.filter.add("KUBE-NODEPORTS", {
        protocol: "tcp",
        comment: `${rule.portName} health check node port`,
        matches: [dport("tcp", rule.healthPort)],
        target: "ACCEPT",
      });
    }
  }

  /** One client each. */
  private get mask(): string {
    return this.rule.family === "IPv4" ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  }

  private to(address: number): Pick<IptablesRule, "destination" | "protocol"> {
    return { destination: formatAddress(address), protocol: this.protocol };
  }

  private clusterAddress(endpoints: readonly Endpoint[]): void {
    const { rule, nat, hash, node } = this;
    const chain = `KUBE-${rule.internalPolicy === "Local" ? "SVL" : "SVC"}-${hash}`;
    const port = [dport(this.protocol, rule.port)];
    const comment = `${rule.portName} cluster IP`;
    if (endpoints.length === 0) return this.refuse(rule.address, "KUBE-SERVICES", rule.internalPolicy === "Local");
    nat.add("KUBE-SERVICES", { ...this.to(rule.address), comment, matches: port, target: chain });
    if (node.local === undefined && node.traffic.masqueradeAll !== true) return;
    const notPods = node.traffic.masqueradeAll === true ? {} : node.local?.isNot;
    nat.add(chain, { ...notPods, ...this.to(rule.address), comment, matches: port, target: MASQUERADE });
  }

  private outsideAddresses(endpoints: readonly Endpoint[]): void {
    const { rule, nat, hash } = this;
    const chain = `KUBE-EXT-${hash}`;
    const port = [dport(this.protocol, rule.port)];
    const local = rule.externalPolicy === "Local";
    // A service that has endpoints elsewhere keeps its chain: the node itself and pods may go there.
    if (rule.hasEndpoints) {
      this.externalChain(chain, endpoints.length > 0);
      for (const address of rule.externalIPs)
        nat.add("KUBE-SERVICES", {
          ...this.to(address),
          comment: `${rule.portName} external IP`,
          matches: port,
          target: chain,
        });
      const balancer = rule.sourceRanges === undefined ? chain : `KUBE-FW-${hash}`;
      for (const address of rule.balancerIPs)
        nat.add("KUBE-SERVICES", {
          ...this.to(address),
          comment: `${rule.portName} loadbalancer IP`,
          matches: port,
          target: balancer,
        });
      if (rule.nodePort !== 0)
        nat.add("KUBE-NODEPORTS", {
          protocol: this.protocol,
          comment: rule.portName,
          matches: [dport(this.protocol, rule.nodePort)],
          target: chain,
        });
      this.firewall(chain);
    }
    if (endpoints.length > 0) return;
    for (const address of [...rule.externalIPs, ...rule.balancerIPs])
      this.refuse(address, "KUBE-EXTERNAL-SERVICES", local);
    if (rule.nodePort !== 0) this.refuse(undefined, "KUBE-EXTERNAL-SERVICES", local);
  }

  private externalChain(chain: string, hasLocal: boolean): void {
    const { rule, nat, hash, node } = this;
    const destinations = `${rule.portName} external destinations`;
    const fromNode = { save: "-m addrtype --src-type LOCAL", list: "ADDRTYPE match src-type LOCAL" };
    if (rule.externalPolicy === "Cluster") {
      nat.add(chain, { comment: `masquerade traffic for ${destinations}`, target: MASQUERADE });
      nat.add(chain, { target: `KUBE-SVC-${hash}` });
      return;
    }
    if (node.local !== undefined)
      nat.add(chain, {
        ...node.local.is,
        comment: `pod traffic for ${destinations}`,
        target: `KUBE-SVC-${hash}`,
      });
    nat.add(
      chain,
      { comment: `masquerade LOCAL traffic for ${destinations}`, matches: [fromNode], target: MASQUERADE },
      { comment: `route LOCAL traffic for ${destinations}`, matches: [fromNode], target: `KUBE-SVC-${hash}` },
    );
    if (hasLocal) nat.add(chain, { target: `KUBE-SVL-${hash}` });
  }

  private firewall(next: string): void {
    const { rule, nat, filter, hash } = this;
    if (rule.sourceRanges === undefined || rule.balancerIPs.length === 0) return;
    const chain = `KUBE-FW-${hash}`;
    const comment = `${rule.portName} loadbalancer IP`;
    for (const source of rule.sourceTexts) nat.add(chain, { source, comment, target: next });
    nat.add(chain, { comment: `other traffic to ${rule.portName} will be dropped by KUBE-PROXY-FIREWALL` });
    for (const address of rule.balancerIPs)
      filter.add("KUBE-PROXY-FIREWALL", {
        ...this.to(address),
        comment: `${rule.portName} traffic not accepted by ${chain}`,
        matches: [dport(this.protocol, rule.port)],
        target: "DROP",
      });
  }

  /** No endpoint that the traffic may go to: refused, or dropped where there are some on other nodes. */
  private refuse(address: number | undefined, chain: string, local: boolean): void {
    const { rule, filter, protocol } = this;
    const elsewhere = local && rule.hasEndpoints;
    const port = dport(protocol, address === undefined ? rule.nodePort : rule.port);
    const icmp = rule.family === "IPv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
    const here = { save: "-m addrtype --dst-type LOCAL", list: "ADDRTYPE match dst-type LOCAL" };
    filter.add(chain, {
      ...(address === undefined ? { protocol } : this.to(address)),
      comment: `${rule.portName} has no ${elsewhere ? "local " : ""}endpoints`,
      matches: address === undefined ? [here, port] : [port],
      ...(elsewhere
        ? { target: "DROP" }
        : {
            target: "REJECT",
            options: { save: `--reject-with ${icmp}`, list: `reject-with ${icmp}` },
          }),
    });
  }

  /** One rule an endpoint, each with its share of what is left. */
  private spread(kind: "SVC" | "SVL", endpoints: readonly Endpoint[]): void {
    const { rule, nat, hash } = this;
    const chain = `KUBE-${kind}-${hash}`;
    const comment = ({ address, port }: Endpoint): string => `${rule.portName} -> ${formatSocket(address, port)}`;
    if (rule.affinityMs > 0) {
      for (const endpoint of endpoints) {
        const target = endpointChain(rule, endpoint);
        const seconds = rule.affinityMs / 1000;
        const recent = {
          save: `-m recent --rcheck --seconds ${seconds} --reap --name ${target} --mask ${this.mask} --rsource`,
          list: `recent: CHECK seconds: ${seconds} reap name: ${target} side: source mask: ${this.mask}`,
        };
        nat.add(chain, { comment: comment(endpoint), matches: [recent], target });
      }
    }
    for (const [index, endpoint] of endpoints.entries()) {
      const left = endpoints.length - index;
      const probability = (1 / left).toFixed(11);
      const chance = {
        save: `-m statistic --mode random --probability ${probability}`,
        list: `statistic mode random probability ${probability}`,
      };
      nat.add(chain, {
        comment: comment(endpoint),
        ...(left > 1 && { matches: [chance] }),
        target: endpointChain(rule, endpoint),
      });
    }
  }

  private endpoint(chain: string, { address, port }: Endpoint): void {
    const { rule, nat, protocol } = this;
    const sticky = {
      save: `-m recent --set --name ${chain} --mask ${this.mask} --rsource`,
      list: `recent: SET name: ${chain} side: source mask: ${this.mask}`,
    };
    const socket = formatSocket(address, port);
    nat.add(
      chain,
      { source: formatAddress(address), comment: rule.portName, target: MASQUERADE },
      {
        protocol,
        comment: rule.portName,
        matches: [...(rule.affinityMs > 0 ? [sticky] : []), { save: `-m ${protocol}`, list: protocol }],
        target: "DNAT",
        options: { save: `--to-destination ${socket}`, list: `to:${socket}` },
      },
    );
  }
}

function dport(protocol: "tcp" | "udp", port: number): { save: string; list: string } {
  return { save: `-m ${protocol} --dport ${port}`, list: `${protocol} dpt:${port}` };
}

/** By its canary there kube-proxy notices that somebody has emptied the tables. */
function mangleFrame(): Chains {
  const mangle = new Chains();
  for (const chain of [...BUILT_IN, "KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY", "KUBE-PROXY-CANARY"])
    mangle.add(chain);
  return mangle;
}

/** The frame of the nat table, kubelet's canary included. */
function natFrame(nat: Chains): void {
  const portals = { comment: "kubernetes service portals", target: "KUBE-SERVICES" };
  nat.add("PREROUTING", portals);
  nat.add("INPUT");
  nat.add("OUTPUT", portals);
  nat.add("POSTROUTING", { comment: "kubernetes postrouting rules", target: "KUBE-POSTROUTING" });
  for (const chain of ["KUBE-KUBELET-CANARY", "KUBE-PROXY-CANARY", "KUBE-NODEPORTS", "KUBE-SERVICES"]) nat.add(chain);
  nat.add(MASQUERADE, { target: "MARK", options: { save: "--set-xmark 0x4000/0x4000", list: "MARK or 0x4000" } });
  nat.add(
    "KUBE-POSTROUTING",
    {
      matches: [{ save: "-m mark ! --mark 0x4000/0x4000", list: "mark match ! 0x4000/0x4000" }],
      target: "RETURN",
    },
    { target: "MARK", options: { save: "--set-xmark 0x4000/0x0", list: "MARK xor 0x4000" } },
    {
      comment: "kubernetes service traffic requiring SNAT",
      target: "MASQUERADE",
      options: { save: "--random-fully", list: "random-fully" },
    },
  );
}

function filterFrame(filter: Chains, family: Family): void {
  const firewall = { matches: [NEW], comment: "kubernetes load balancer firewall", target: "KUBE-PROXY-FIREWALL" };
  const outside = {
    matches: [NEW],
    comment: "kubernetes externally-visible service portals",
    target: "KUBE-EXTERNAL-SERVICES",
  };
  const portals = { matches: [NEW], comment: "kubernetes service portals", target: "KUBE-SERVICES" };
  const health = { comment: "kubernetes health check service ports", target: "KUBE-NODEPORTS" };
  // What keeps strangers from loopback is there for IPv4 alone.
  const guard = family === "IPv4" ? [{ target: "KUBE-FIREWALL" }] : [];
  filter.add("INPUT", firewall, health, outside, ...guard);
  filter.add("FORWARD", firewall, { comment: "kubernetes forwarding rules", target: "KUBE-FORWARD" }, portals, outside);
  filter.add("OUTPUT", firewall, portals, ...guard);
  for (const chain of [
    "KUBE-EXTERNAL-SERVICES",
    "KUBE-KUBELET-CANARY",
    "KUBE-NODEPORTS",
    "KUBE-PROXY-CANARY",
    "KUBE-PROXY-FIREWALL",
    "KUBE-SERVICES",
  ])
    filter.add(chain);
  if (family === "IPv4") filter.add("KUBE-FIREWALL", LOCALNET_GUARD);
  filter.add(
    "KUBE-FORWARD",
    { matches: [{ save: "-m conntrack --ctstate INVALID", list: "ctstate INVALID" }], target: "DROP" },
    {
      comment: "kubernetes forwarding rules",
      matches: [{ save: "-m mark --mark 0x4000/0x4000", list: "mark match 0x4000/0x4000" }],
      target: "ACCEPT",
    },
    {
      comment: "kubernetes forwarding conntrack rule",
      matches: [{ save: "-m conntrack --ctstate RELATED,ESTABLISHED", list: "ctstate RELATED,ESTABLISHED" }],
      target: "ACCEPT",
    },
  );
}
