/** kube-proxy's table in nftables mode, as `nft list ruleset` prints it. Upstream: pkg/proxy/nftables/proxier.go. */
import { formatAddress, formatSocket, parseAddress } from "../address.ts";
import type { Family } from "../address.ts";
import type { Endpoint, ServiceRule } from "../service-rules.ts";
import { answersNodePorts } from "../proxy-settings.ts";
import { nftEndpointName, nftServiceName } from "./chain-names.ts";
import type { ProxyNode } from "./iptables.ts";

const PORT_KEY = "inet_proto . inet_service : verdict";

interface Block {
  head: string;
  lines: string[];
}

/** The table of a family, of which the rules and the ranges are. */
export function nftTable(
  rules: Iterable<ServiceRule>,
  node: ProxyNode & { serviceCIDR: string },
  family: Family,
): string {
  const ip = family === "IPv4" ? "ip" : "ip6";
  const elements = {
    "cluster-ips": new Set<string>(),
    "nodeport-ips": new Set(answersNodePorts(node.traffic, parseAddress(node.address)) ? [node.address] : []),
    "no-endpoint-services": new Set<string>(),
    "no-endpoint-nodeports": new Set<string>(),
    "firewall-ips": new Set<string>(),
    "service-ips": new Set<string>(),
    "service-nodeports": new Set<string>(),
  };
  const affinities: Block[] = [];
  const chains: Block[] = [];
  for (const rule of rules) addService(rule, node, { elements, affinities, chains });
  const container = (
    kind: "set" | "map",
    name: keyof typeof elements,
    about: { type: string; comment: string },
  ): Block => ({
    head: `${kind} ${name}`,
    lines: [`type ${about.type}`, `comment "${about.comment}"`, ...elementLines([...elements[name]])],
  });
  const ipKey = `ip${family.slice(2)}_addr . ${PORT_KEY}`;
  const blocks: Block[] = [
    container("set", "cluster-ips", { type: `ip${family.slice(2)}_addr`, comment: "Active ClusterIPs" }),
    container("set", "nodeport-ips", {
      type: `ip${family.slice(2)}_addr`,
      comment: "IPs that accept NodePort traffic",
    }),
    ...affinities,
    container("map", "no-endpoint-services", {
      type: ipKey,
      comment: "vmap to drop or reject packets to services with no endpoints",
    }),
    container("map", "no-endpoint-nodeports", {
      type: PORT_KEY,
      comment: "vmap to drop or reject packets to service nodeports with no endpoints",
    }),
    container("map", "firewall-ips", {
      type: ipKey,
      comment: "destinations that are subject to LoadBalancerSourceRanges",
    }),
    container("map", "service-ips", { type: ipKey, comment: "ClusterIP, ExternalIP and LoadBalancer IP traffic" }),
    container("map", "service-nodeports", { type: PORT_KEY, comment: "NodePort traffic" }),
    ...frame(node.serviceCIDR, ip),
    ...chains,
  ];
  const body = blocks.map(({ head, lines }) => `\t${head} {\n${lines.map((line) => `\t\t${line}\n`).join("")}\t}\n`);
  return `table ${ip} kube-proxy {\n\tcomment "rules for kube-proxy"\n\n${body.join("\n")}}\n`;
}

/** Two elements a line, as nft wraps them. */
function elementLines(elements: readonly string[]): string[] {
  if (elements.length === 0) return [];
  return `elements = { ${elements.join(",\n\t\t\t     ")} }`.split("\n").map((line) => line.replace(/^\t\t/, ""));
}

function addService(
  rule: ServiceRule,
  node: ProxyNode,
  into: { elements: Record<string, Set<string>>; affinities: Block[]; chains: Block[] },
): void {
  const { elements, affinities, chains } = into;
  const protocol = rule.protocol.toLowerCase();
  const v = rule.family === "IPv4" ? "ip" : "ip6";
  const name = nftServiceName(rule);
  const put = (map: string, key: string, verdict: string): void => void elements[map]?.add(`${key} : ${verdict}`);
  const anywhere = rule.choices("Cluster", node);
  const local = rule.usesLocal ? rule.choices("Local", node) : [];
  const inside = rule.internalPolicy === "Local" ? local : anywhere;
  const outside = rule.externalPolicy === "Local" ? local : anywhere;
  const address = formatAddress(rule.address);
  const socket = (ip: string): string => `${ip} . ${protocol} . ${rule.port}`;
  const commented = (key: string): string => `${key} comment "${rule.portName}"`;
  elements["cluster-ips"]?.add(address);
  const innerChain = `${rule.internalPolicy === "Local" ? "local" : "service"}-${name}`;
  const refusal = (wantsLocal: boolean): string => (wantsLocal && rule.hasEndpoints ? "drop" : "goto reject-chain");
  if (inside.length > 0) put("service-ips", socket(address), `goto ${innerChain}`);
  else put("no-endpoint-services", commented(socket(address)), refusal(rule.internalPolicy === "Local"));
  const ips = [...rule.externalIPs, ...rule.balancerIPs].map(formatAddress);
  if (rule.hasEndpoints) {
    for (const ip of ips) put("service-ips", socket(ip), `goto external-${name}`);
    if (rule.nodePort !== 0) put("service-nodeports", `${protocol} . ${rule.nodePort}`, `goto external-${name}`);
  }
  if (outside.length === 0) {
    const verdict = refusal(rule.externalPolicy === "Local");
    for (const ip of ips) put("no-endpoint-services", commented(socket(ip)), verdict);
    if (rule.nodePort !== 0) put("no-endpoint-nodeports", commented(`${protocol} . ${rule.nodePort}`), verdict);
  }
  const all = node.traffic.masqueradeAll === true;
  const fromOutside = all || node.local === undefined ? "" : ` ${node.local.nft.isNot}`;
  const hidden = all || node.local !== undefined;
  const own = hidden ? [`${v} daddr ${address}${fromOutside} jump mark-for-masquerade`] : [];
  const spread = (chain: string, endpoints: readonly Endpoint[], first: readonly string[]): void => {
    const sticky = rule.affinityMs === 0 ? [] : endpoints.map((each) => nftEndpointName(rule, each));
    const choices = endpoints.map((each, index) => `${index} : goto endpoint-${nftEndpointName(rule, each)}`);
    chains.push({
      head: `chain ${chain}`,
      lines: [
        ...first,
        ...sticky.map((each) => `${v} saddr @affinity-${each} goto endpoint-${each}`),
        `numgen random mod ${endpoints.length} vmap { ${choices.join(", ")} }`,
      ],
    });
  };
  if (anywhere.length > 0 && (rule.internalPolicy === "Cluster" || rule.exposed))
    spread(`service-${name}`, anywhere, rule.internalPolicy === "Cluster" ? own : []);
  if (local.length > 0) spread(`local-${name}`, local, rule.internalPolicy === "Local" ? own : []);
  if (rule.exposed && rule.hasEndpoints)
    chains.push({
      head: `chain external-${name}`,
      lines: externalLines(rule, node, { name, hasLocal: local.length > 0 }),
    });
  if (rule.sourceRanges !== undefined && rule.balancerIPs.length > 0) {
    for (const ip of rule.balancerIPs) put("firewall-ips", socket(formatAddress(ip)), `goto firewall-${name}`);
    chains.push({
      head: `chain firewall-${name}`,
      lines: [`${v} saddr != { ${rule.sourceTexts.join(", ")} } drop`],
    });
  }
  const used = new Map([...anywhere, ...local].map((endpoint) => [nftEndpointName(rule, endpoint), endpoint]));
  for (const [each, endpoint] of used) {
    const ip = formatAddress(endpoint.address);
    const remember = rule.affinityMs === 0 ? [] : [`update @affinity-${each} { ${v} saddr }`];
    if (rule.affinityMs > 0)
      affinities.push({
        head: `set affinity-${each}`,
        lines: [`type ip${rule.family.slice(2)}_addr`, "flags dynamic,timeout", `timeout ${rule.affinityMs / 1000}s`],
      });
    chains.push({
      head: `chain endpoint-${each}`,
      lines: [
        `${v} saddr ${ip} jump mark-for-masquerade`,
        ...remember,
        `meta l4proto ${protocol} dnat to ${formatSocket(endpoint.address, endpoint.port)}`,
      ],
    });
  }
}

function externalLines(rule: ServiceRule, node: ProxyNode, how: { name: string; hasLocal: boolean }): string[] {
  const { name, hasLocal } = how;
  if (rule.externalPolicy === "Cluster") return ["jump mark-for-masquerade", `goto service-${name}`];
  const pods =
    node.local === undefined ? [] : [`${node.local.nft.is} goto service-${name} comment "short-circuit pod traffic"`];
  return [
    ...pods,
    'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
    `fib saddr type local goto service-${name} comment "short-circuit local traffic"`,
    ...(hasLocal ? [`goto local-${name}`] : []),
  ];
}

/** The chains that are there whatever services there are. */
function frame(serviceCIDR: string, ip: "ip" | "ip6"): Block[] {
  const hook = (type: string, at: string, priority: string): string =>
    `type ${type} hook ${at} priority ${priority}; policy accept;`;
  const chain = (name: string, ...lines: string[]): Block => ({ head: `chain ${name}`, lines });
  return [
    chain(
      "filter-prerouting-pre-dnat",
      hook("filter", "prerouting", "dstnat - 10"),
      "ct state new jump firewall-check",
    ),
    chain("filter-output-pre-dnat", hook("filter", "output", "-110"), "ct state new jump firewall-check"),
    chain(
      "filter-input",
      hook("filter", "input", "filter"),
      "ct state new jump nodeport-endpoints-check",
      "ct state new jump service-endpoints-check",
    ),
    chain(
      "filter-forward",
      hook("filter", "forward", "filter"),
      "ct state new jump service-endpoints-check",
      "ct state new jump cluster-ips-check",
    ),
    chain(
      "filter-output",
      hook("filter", "output", "filter"),
      "ct state new jump service-endpoints-check",
      "ct state new jump cluster-ips-check",
    ),
    chain("nat-prerouting", hook("nat", "prerouting", "dstnat"), "jump services"),
    chain("nat-output", hook("nat", "output", "-100"), "jump services"),
    chain("nat-postrouting", hook("nat", "postrouting", "srcnat"), "jump masquerading"),
    chain("nodeport-endpoints-check", `${ip} daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports`),
    chain("service-endpoints-check", `${ip} daddr . meta l4proto . th dport vmap @no-endpoint-services`),
    chain("firewall-check", `${ip} daddr . meta l4proto . th dport vmap @firewall-ips`),
    chain(
      "services",
      `${ip} daddr . meta l4proto . th dport vmap @service-ips`,
      `${ip} daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports`,
    ),
    chain(
      "masquerading",
      "meta mark & 0x00004000 == 0x00000000 return",
      "meta mark set meta mark ^ 0x00004000",
      "masquerade fully-random",
    ),
    chain(
      "cluster-ips-check",
      `${ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`,
      `${ip} daddr { ${serviceCIDR} } drop comment "Drop traffic to unallocated ClusterIPs"`,
    ),
    chain("mark-for-masquerade", "meta mark set meta mark | 0x00004000"),
    chain("reject-chain", 'comment "helper for @no-endpoint-services / @no-endpoint-nodeports"', "reject"),
  ];
}
