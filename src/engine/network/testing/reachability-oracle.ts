/**
 * Who reaches whom, worked out the long way round from Kubernetes' documentation (concepts/services-networking: Service,
 * Virtual IPs and Service Proxies, Network Policies), with nothing shared with the network itself. It knows no indexes, no
 * caches and no chance: where a proxy may choose, it gives every outcome that may come of it.
 */
import type { LabelSelector, NetworkPolicy } from "../../api/generated/types.ts";

export interface OraclePod {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  ip: string;
  node: string;
  /** TCP ports by name. */
  ports: Record<string, number>;
}

export interface OracleService {
  namespace: string;
  name: string;
  clusterIP: string;
  port: number;
  targetPort: number;
  nodePort?: number;
  externalIP?: string;
  balancerIP?: string;
  ipMode?: "VIP" | "Proxy";
  sourceRanges?: string[];
  internal: "Cluster" | "Local";
  external: "Cluster" | "Local";
  endpoints: { pod: OraclePod; state: "ready" | "not ready" | "terminating" }[];
}

export interface OracleWorld {
  namespaces: Record<string, Record<string, string>>;
  /** Address by name. */
  nodes: Record<string, string>;
  pods: OraclePod[];
  services: OracleService[];
  policies: NetworkPolicy[];
  /** What nodes see of the world outside. */
  gateway: string;
}

export type Client = { kind: "pod"; pod: OraclePod } | { kind: "node"; node: string } | { kind: "laptop" };

/** `<pod> to <source address that it sees>`, or an errno. */
type Outcome = string;

/** Who the policies at a pod take the other side for. */
interface Seen {
  ip: string;
  pod?: OraclePod;
  node?: string;
}

export function outcomes(world: OracleWorld, client: Client, to: { ip: string; port: number }): Set<Outcome> {
  return new Set(client.kind === "laptop" ? fromLaptop(world, to) : fromInside(world, client, to));
}

function seenOf(world: OracleWorld, client: Client): Seen {
  if (client.kind === "pod") return { ip: client.pod.ip, pod: client.pod };
  if (client.kind === "node") return { ip: world.nodes[client.node] as string, node: client.node };
  return { ip: world.gateway };
}

function fromLaptop(world: OracleWorld, to: { ip: string; port: number }): Outcome[] {
  const node = nodeAt(world, to.ip);
  if (node !== undefined) return atNode(world, { kind: "laptop" }, { node, port: to.port });
  const service = world.services.find(({ balancerIP, port }) => balancerIP === to.ip && port === to.port);
  return service === undefined ? ["ETIMEDOUT"] : atBalancer(world, { kind: "laptop" }, service);
}

function fromInside(world: OracleWorld, client: Client, to: { ip: string; port: number }): Outcome[] {
  const own = client.kind === "pod" ? client.pod.node : client.kind === "node" ? client.node : "";
  const seen = seenOf(world, client);
  for (const service of world.services) {
    if (service.port !== to.port) continue;
    if (service.clusterIP === to.ip)
      return spread(world, { client, service, node: own, seen, traffic: service.internal, hides: false });
    const taken = service.externalIP === to.ip || (service.balancerIP === to.ip && service.ipMode !== "Proxy");
    if (taken && nodeAt(world, to.ip) !== own)
      return external(world, client, { service, node: own, seen, balancer: service.balancerIP === to.ip });
  }
  const node = nodeAt(world, to.ip);
  if (node === own && client.kind === "node") return atNode(world, client, { node, port: to.port });
  const pod = world.pods.find(({ ip }) => ip === to.ip);
  if (client.kind === "pod" && client.pod === pod) return [answer(pod, to.port, "127.0.0.1")];
  if (client.kind === "pod" && !egress(world, client.pod, { ip: to.ip, port: to.port, pod, node }))
    return ["ETIMEDOUT"];
  if (node !== undefined) return atNode(world, client, { node, port: to.port });
  if (pod !== undefined)
    return [ingress(world, pod, { seen, port: to.port }) ? answer(pod, to.port, seen.ip) : "ETIMEDOUT"];
  const proxied = world.services.find(({ balancerIP, port }) => balancerIP === to.ip && port === to.port);
  return proxied === undefined ? ["ETIMEDOUT"] : atBalancer(world, client, proxied);
}

/** At a node's own address: node ports and external addresses that are the node's; else nothing listens there. */
function atNode(world: OracleWorld, client: Client, to: { node: string; port: number }): Outcome[] {
  const { node, port } = to;
  const ip = world.nodes[node];
  const service =
    world.services.find(({ nodePort }) => nodePort === port) ??
    world.services.find((each) => each.externalIP === ip && each.port === port);
  if (service === undefined) return ["ECONNREFUSED"];
  return external(world, client, { service, node, seen: seenOf(world, client), balancer: false });
}

function atBalancer(world: OracleWorld, client: Client, service: OracleService): Outcome[] {
  const nodes = Object.keys(world.nodes).filter(
    (node) =>
      service.external === "Cluster" ||
      service.endpoints.some(({ pod, state }) => pod.node === node && state === "ready"),
  );
  if (nodes.length === 0) return ["ETIMEDOUT"];
  const ip = service.ipMode === "Proxy" ? (service.balancerIP as string) : world.gateway;
  return nodes.flatMap((node) =>
    external(world, client, { service, node, seen: { ip }, balancer: true, outside: true }),
  );
}

/** Traffic to a service's external side, at the node that it came to. */
function external(
  world: OracleWorld,
  client: Client,
  how: { service: OracleService; node: string; seen: Seen; balancer: boolean; outside?: boolean },
): Outcome[] {
  const { service, node, seen, balancer, outside = false } = how;
  if (balancer && service.sourceRanges !== undefined && !service.sourceRanges.some((cidr) => contains(cidr, seen.ip)))
    return ["ETIMEDOUT"];
  const near = !outside && (client.kind === "pod" || (client.kind === "node" && client.node === node));
  const traffic = near ? "Cluster" : service.external;
  return spread(world, { client, service, node, seen, traffic, hides: service.external === "Cluster", outside });
}

function spread(
  world: OracleWorld,
  how: {
    client: Client;
    service: OracleService;
    node: string;
    seen: Seen;
    traffic: "Cluster" | "Local";
    hides: boolean;
    outside?: boolean;
  },
): Outcome[] {
  const { client, service, node, seen, traffic, hides, outside = false } = how;
  const all = usable(service.endpoints);
  const choices = traffic === "Local" ? usable(service.endpoints.filter(({ pod }) => pod.node === node)) : all;
  if (choices.length === 0) return [all.length === 0 ? "ECONNREFUSED" : "ETIMEDOUT"];
  const nodeIP = world.nodes[node] as string;
  return choices.map((pod) => {
    const port = service.targetPort;
    const sender = client.kind === "pod" && client.pod.node === node && !outside ? client.pod : undefined;
    if (sender !== undefined && !egress(world, sender, { ip: pod.ip, port, pod })) return "ETIMEDOUT";
    const shown: Seen = hides && pod.node !== node ? { ip: nodeIP, node } : seen;
    if (!ingress(world, pod, { seen: shown, port })) return "ETIMEDOUT";
    const itself = client.kind === "pod" && client.pod === pod;
    return answer(pod, port, hides || itself ? nodeIP : seen.ip);
  });
}

/** Ready endpoints; without any, those that serve while they terminate. */
function usable(endpoints: OracleService["endpoints"]): OraclePod[] {
  const ready = endpoints.filter(({ state }) => state === "ready");
  const chosen = ready.length > 0 ? ready : endpoints.filter(({ state }) => state === "terminating");
  return chosen.map(({ pod }) => pod);
}

function answer(pod: OraclePod, port: number, source: string): Outcome {
  return Object.values(pod.ports).includes(port) ? `${pod.name} to ${source}` : "ECONNREFUSED";
}

function nodeAt(world: OracleWorld, ip: string): string | undefined {
  return Object.keys(world.nodes).find((node) => world.nodes[node] === ip);
}

function egress(
  world: OracleWorld,
  sender: OraclePod,
  to: { ip: string; port: number; pod?: OraclePod | undefined; node?: string | undefined },
): boolean {
  if (to.pod === sender || to.node === sender.node) return true;
  const policies = world.policies.filter((policy) => isolates(policy, sender, "Egress"));
  if (policies.length === 0) return true;
  const other: Seen = { ip: to.ip, ...(to.pod !== undefined && { pod: to.pod }) };
  return policies.some((policy) =>
    (policy.spec.egress ?? []).some(
      (rule) => allowsPort(rule.ports, to.port, to.pod) && allowsPeer(world, policy, { peers: rule.to, other }),
    ),
  );
}

function ingress(world: OracleWorld, receiver: OraclePod, from: { seen: Seen; port: number }): boolean {
  const { seen, port } = from;
  if (seen.pod === receiver || seen.node === receiver.node) return true;
  const policies = world.policies.filter((policy) => isolates(policy, receiver, "Ingress"));
  if (policies.length === 0) return true;
  return policies.some((policy) =>
    (policy.spec.ingress ?? []).some(
      (rule) => allowsPort(rule.ports, port, receiver) && allowsPeer(world, policy, { peers: rule.from, other: seen }),
    ),
  );
}

function isolates({ metadata, spec }: NetworkPolicy, pod: OraclePod, type: "Ingress" | "Egress"): boolean {
  const types = spec.policyTypes ?? (spec.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"]);
  return metadata.namespace === pod.namespace && types.includes(type) && selects(spec.podSelector, pod.labels);
}

type Rule = NonNullable<NetworkPolicy["spec"]["ingress"]>[number];

function allowsPort(ports: Rule["ports"], port: number, pod: OraclePod | undefined): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some(({ port: wanted, endPort, protocol = "TCP" }) => {
    if (protocol !== "TCP") return false;
    if (wanted === undefined) return true;
    if (typeof wanted === "string") return pod?.ports[wanted] === port;
    return endPort === undefined ? port === wanted : port >= wanted && port <= endPort;
  });
}

function allowsPeer(world: OracleWorld, policy: NetworkPolicy, how: { peers: Rule["from"]; other: Seen }): boolean {
  const { peers, other } = how;
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock !== undefined)
      return contains(ipBlock.cidr, other.ip) && !(ipBlock.except ?? []).some((cidr) => contains(cidr, other.ip));
    if (other.pod === undefined) return false;
    const { namespace, labels } = other.pod;
    const inNamespace =
      namespaceSelector === undefined
        ? namespace === policy.metadata.namespace
        : selects(namespaceSelector, world.namespaces[namespace] ?? {});
    return inNamespace && (podSelector === undefined || selects(podSelector, labels));
  });
}

function selects(selector: LabelSelector | undefined, labels: Record<string, string>): boolean {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const has = Object.hasOwn(labels, key);
    const among = has && values.includes(labels[key] as string);
    if (operator === "In" ? !among : operator === "NotIn" ? among : operator === "Exists" ? !has : has) return false;
  }
  return true;
}

/** Bit by bit. */
function contains(cidr: string, ip: string): boolean {
  const bits = (text: string): string =>
    text
      .split(".")
      .map((octet) => Number(octet).toString(2).padStart(8, "0"))
      .join("");
  const [base = "", length = "32"] = cidr.split("/");
  return bits(base).slice(0, Number(length)) === bits(ip).slice(0, Number(length));
}
