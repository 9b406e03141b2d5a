/** Two thousand questions of who reaches whom, in forty worlds made by chance, against an oracle that shares no code. */
import { describe, expect, it } from "vitest";
import type { NetworkPolicy, NetworkPolicySpec } from "../api/generated/types.ts";
import { endpointSlices, namespaces, networkPolicies, pods, serviceAccounts, services } from "../api/registry.ts";
import { RandomStreams } from "../sim/random.ts";
import type { RandomStream } from "../sim/random.ts";
import type { PodNetwork } from "./node-network.ts";
import { outcomes } from "./testing/reachability-oracle.ts";
import type { Client, OraclePod, OracleService, OracleWorld } from "./testing/reachability-oracle.ts";
import { bodyOf, createTestNetwork, says } from "./testing/test-network.ts";

const WORLDS = 40;
const QUESTIONS = 50;
const NAMESPACES = ["default", "shop", "bank"];
const APPS = ["web", "db", "job"];
const TIERS = ["front", "back"];
const PORTS = [8080, 9090, 7070];

class Chance {
  private readonly random: RandomStream;

  constructor(seed: number) {
    this.random = new RandomStreams(seed).stream("matrix");
  }

  pick<T>(list: readonly T[]): T {
    return list[this.random.int(list.length)] as T;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.random.int(n) === 0;
  }

  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.once(2));
  }

  many<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.random.int(most + 1) }, make);
  }
}

function randomSelector(chance: Chance) {
  if (chance.once(3)) return {};
  const key = chance.pick(["app", "tier"]);
  const values = key === "app" ? APPS : TIERS;
  if (chance.once(2)) return { matchLabels: { [key]: chance.pick(values) } };
  const operator = chance.pick(["In", "NotIn", "Exists", "DoesNotExist"]);
  const listed = operator.endsWith("n") ? { values: [chance.pick(values), chance.pick(values)] } : {};
  return { matchExpressions: [{ key, operator, ...listed }] };
}

function randomPeer(chance: Chance) {
  if (chance.once(4)) {
    const blocks = [
      { cidr: "0.0.0.0/0", except: ["10.244.1.0/25", "192.168.49.4/32"] },
      { cidr: "10.244.0.0/16", except: ["10.244.2.4/30"] },
      { cidr: "192.168.49.0/24" },
      { cidr: "10.244.1.4/31" },
      { cidr: "203.0.113.0/24" },
    ];
    return { ipBlock: chance.pick(blocks) };
  }
  const namespaceSelector = chance.once(4) ? {} : { matchLabels: { team: chance.pick(["a", "b"]) } };
  const podSelector = randomSelector(chance);
  return chance.pick([{ podSelector }, { namespaceSelector }, { namespaceSelector, podSelector }]);
}

const randomPort = (chance: Chance) =>
  chance.pick([
    { port: 8080 },
    { port: "http" },
    { port: "metrics" },
    { port: 8000, endPort: 9000 },
    { port: 9090, protocol: "UDP" },
    { protocol: "TCP" },
    { port: 30_000, endPort: 32_767 },
  ]);

function randomPolicySpec(chance: Chance): NetworkPolicySpec {
  const rules = () =>
    chance.many(2, () => ({
      peers: chance.many(2, () => randomPeer(chance)),
      ports: chance.many(2, () => randomPort(chance)),
    }));
  const ingress = rules().map(({ peers, ports }) => ({ from: peers, ports }));
  const egress = rules().map(({ peers, ports }) => ({ to: peers, ports }));
  const policyTypes = chance.pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]]);
  return { podSelector: randomSelector(chance), policyTypes, ingress, egress };
}

function town() {
  const net = createTestNetwork();
  const { client, worker1, worker2, settle } = net;
  const labels = { default: { team: "a" }, shop: { team: "b" }, bank: { team: "b", vault: "yes" } };
  client.resource(namespaces).create({ metadata: { name: "bank" }, spec: {} });
  for (const namespace of NAMESPACES) {
    client.resource(namespaces).patch("", namespace, { metadata: { labels: labels[namespace as "shop"] } });
    client.resource(serviceAccounts).create({ metadata: { name: "default", namespace } });
  }
  const places = new Map<OraclePod, PodNetwork>();
  for (const [at, namespace] of NAMESPACES.entries()) {
    for (let index = 0; index < 6; index++) {
      const name = `${namespace}-${index}`;
      const own = { app: APPS[index % 3] as string, ...(index < 4 && { tier: TIERS[(index + at) % 2] as string }) };
      const node = (index + at) % 2 === 0 ? worker1 : worker2;
      const ports = index % 2 === 0 ? { http: 8080, metrics: 9090 } : { http: 9090 };
      const named = Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort }));
      client.resource(pods).create({
        metadata: { name, namespace, labels: own },
        spec: { nodeName: node.name, containers: [{ name: "c", image: "nginx", ports: named }] },
      });
      const place = node.attachPod({ namespace, name, uid: name });
      for (const port of Object.values(ports)) place.namespace.bindHttp(port, says(name));
      places.set({ namespace, name, labels: own, ip: place.ip, node: node.name, ports }, place);
    }
  }
  settle();
  const world: OracleWorld = {
    namespaces: labels,
    nodes: { "worker-1": "192.168.49.3", "worker-2": "192.168.49.4" },
    pods: [...places.keys()],
    services: [],
    policies: [],
    gateway: "192.168.49.1",
  };
  return { net, places, world };
}

type Town = ReturnType<typeof town>;

/** Other services and policies than before. */
function rebuild({ net, world }: Town, chance: Chance): void {
  const { client, settle } = net;
  for (const kind of [services, endpointSlices, networkPolicies] as const)
    for (const { metadata } of client.resource(kind as typeof services).list("").items)
      client.resource(kind as typeof services).delete(metadata.namespace, metadata.name);
  world.policies = chance
    .many(6, () => chance.pick(NAMESPACES))
    .map((namespace, index): NetworkPolicy => {
      const metadata = { name: `p${index}`, namespace };
      const spec = randomPolicySpec(chance);
      client.resource(networkPolicies).create({ metadata, spec });
      return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec } as NetworkPolicy;
    });
  world.services = ["ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer", "ClusterIP"].map((type, index) =>
    createService(net, world, { type, index, chance }),
  );
  settle();
}

function createService(
  net: Town["net"],
  world: OracleWorld,
  how: { type: string; index: number; chance: Chance },
): OracleService {
  const { type, index, chance } = how;
  const namespace = chance.pick(NAMESPACES);
  const name = `s${index}`;
  const exposed = type !== "ClusterIP";
  const balanced = type === "LoadBalancer";
  const service: OracleService = {
    namespace,
    name,
    clusterIP: `10.96.5.${index + 1}`,
    port: chance.pick([80, 8080]),
    targetPort: chance.pick(PORTS),
    internal: chance.once(4) ? "Local" : "Cluster",
    external: exposed && chance.once(2) ? "Local" : "Cluster",
    ...(exposed && { nodePort: 30_000 + index }),
    ...(chance.once(3) && { externalIP: index === 0 ? "192.168.49.4" : `198.51.100.${index}` }),
    ...(balanced && { balancerIP: `203.0.113.${index}`, ipMode: chance.pick(["VIP", "Proxy"]) }),
    ...(balanced && chance.once(3) && { sourceRanges: [chance.pick(["192.168.49.0/24", "10.244.1.0/24"])] }),
    endpoints: chance
      .some(world.pods.filter((pod) => pod.namespace === namespace))
      .map((pod) => ({ pod, state: chance.pick(["ready", "ready", "not ready", "terminating"]) })),
  };
  const { clusterIP, port, targetPort, nodePort, externalIP, balancerIP, ipMode, sourceRanges } = service;
  const made = net.client.resource(services).create({
    metadata: { name, namespace },
    spec: {
      type,
      clusterIP,
      ports: [{ port, targetPort, ...(nodePort !== undefined && { nodePort }) }],
      internalTrafficPolicy: service.internal,
      ...(exposed && { externalTrafficPolicy: service.external }),
      ...(externalIP !== undefined && { externalIPs: [externalIP] }),
      ...(sourceRanges !== undefined && { loadBalancerSourceRanges: sourceRanges }),
    },
  });
  if (balancerIP !== undefined) {
    const loadBalancer = { ingress: [{ ip: balancerIP, ipMode: ipMode ?? "VIP" }] };
    net.client.resource(services).updateStatus({ ...made, status: { loadBalancer } });
  }
  net.slice(
    `${namespace}/${name}`,
    service.endpoints.map(({ pod, state }) => ({
      addresses: [pod.ip],
      nodeName: pod.node,
      conditions: { ready: state === "ready", serving: state !== "not ready", terminating: state === "terminating" },
    })),
    [{ port: targetPort, protocol: "TCP" }],
  );
  return service;
}

function randomTarget(world: OracleWorld, chance: Chance): { ip: string; port: number } {
  const node = chance.pick(Object.values(world.nodes));
  if (chance.once(4)) return { ip: chance.pick(world.pods).ip, port: chance.pick(PORTS) };
  const { port, clusterIP, nodePort, balancerIP, externalIP } = chance.pick(world.services);
  const targets = [{ ip: clusterIP, port }];
  if (nodePort !== undefined) targets.push({ ip: node, port: nodePort }, { ip: node, port: nodePort });
  if (balancerIP !== undefined) targets.push({ ip: balancerIP, port }, { ip: balancerIP, port });
  if (externalIP !== undefined) targets.push({ ip: externalIP, port });
  if (chance.once(10)) targets.push({ ip: node, port: 81 }, { ip: clusterIP, port: 81 });
  return chance.pick(targets);
}

describe("the matrix", () => {
  it("is what the documentation says, in every world", { timeout: 30_000 }, () => {
    const place = town();
    const { net, places, world } = place;
    const laptop = net.network.laptopPort();
    const nodePorts = { "worker-1": net.worker1.port(), "worker-2": net.worker2.port() };
    const kinds = new Map<string, number>();
    for (let seed = 0; seed < WORLDS; seed++) {
      const chance = new Chance(seed);
      rebuild(place, chance);
      for (let index = 0; index < QUESTIONS; index++) {
        const client: Client = chance.pick([
          { kind: "pod", pod: chance.pick(world.pods) },
          { kind: "pod", pod: chance.pick(world.pods) },
          { kind: "node", node: chance.pick(["worker-1", "worker-2"]) },
          { kind: "laptop" },
        ]);
        const to = randomTarget(world, chance);
        const port =
          client.kind === "pod"
            ? (places.get(client.pod) as PodNetwork).port()
            : client.kind === "node"
              ? nodePorts[client.node as "worker-1"]
              : laptop;
        const exchange = net.get(port, `http://${to.ip}:${to.port}/`);
        const answer = exchange.ok ? bodyOf(exchange) : exchange.errno;
        const possible = outcomes(world, client, to);
        const who = client.kind === "pod" ? client.pod.name : client.kind === "node" ? client.node : "laptop";
        const told = exchange.hops.map(({ at, decision, reason }) => `${at} ${decision}: ${reason}`);
        expect([...possible], `world ${seed}, ${who} to ${to.ip}:${to.port}\n${told.join("\n")}`).toContain(answer);
        const kind = exchange.ok
          ? "answered"
          : `${answer}${told.at(-1)?.includes(" deny: ") === true ? " by policy" : ""}`;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }
    // Every kind of outcome was really asked for.
    expect([...kinds.keys()].sort()).toEqual(["ECONNREFUSED", "ETIMEDOUT", "ETIMEDOUT by policy", "answered"]);
    for (const count of kinds.values()) expect(count).toBeGreaterThan(100);
  });
});
