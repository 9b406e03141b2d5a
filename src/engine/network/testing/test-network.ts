/** A network over a real API server with two nodes, for tests. */
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import { MASTERS, serviceAccountUser, userInfo } from "../../api/meta/user-info.ts";
import { endpointSlices, namespaces, services } from "../../api/registry.ts";
import { ApiServer } from "../../apiserver/server.ts";
import { Client } from "../../client/client.ts";
import { Store } from "../../etcd/store.ts";
import type { Listener, NetworkPort } from "../../runtime/network-port.ts";
import { Simulation } from "../../sim/simulation.ts";
import { Network } from "../network.ts";
import type { NetworkOptions } from "../network.ts";
import type { NodeNetwork, PodNetwork } from "../node-network.ts";

export interface TestNetwork {
  sim: Simulation;
  client: Client;
  network: Network;
  worker1: NodeNetwork;
  worker2: NodeNetwork;
  /** Lets all that was written reach the network. */
  settle(): void;
  get(from: NetworkPort, url: string, options?: { timeoutMs?: number }): ReturnType<Network["exchange"]>;
  service(name: string, spec: Partial<Service["spec"]>): Service;
  /** `service`: its name in default, or `namespace/name`. */
  slice(service: string, endpoints: NonNullable<EndpointSlice["endpoints"]>, ports?: EndpointSlice["ports"]): void;
}

export function createTestNetwork(options: Partial<NetworkOptions> = {}): TestNetwork {
  const sim = new Simulation({ seed: 7 });
  const server = new ApiServer({ sim, store: new Store(sim) });
  const client = new Client(server, userInfo("system:admin", MASTERS));
  for (const name of ["default", "kube-system", "shop"]) {
    client.resource(namespaces).create({ metadata: { name }, spec: {} });
  }
  const network = new Network({
    sim,
    client: new Client(server, serviceAccountUser("kube-system", "kube-proxy")),
    policyClient: client,
    ...options,
  });
  network.start();
  const worker1 = network.addNode({ name: "worker-1", address: "192.168.49.3" });
  const worker2 = network.addNode({ name: "worker-2", address: "192.168.49.4" });
  worker1.setPodCIDR("10.244.1.0/24");
  worker2.setPodCIDR("10.244.2.0/24");
  // A second is how long the rules may be behind.
  const settle = (): void => void sim.runUntilIdle(2500);
  settle();
  let slices = 0;
  return {
    sim,
    client,
    network,
    worker1,
    worker2,
    settle,
    get: (from, url, options = {}) => network.exchange(from, { method: "GET", url, headers: {}, body: "", ...options }),
    service: (name, spec) =>
      client.resource(services).create({
        metadata: { name, namespace: "default" },
        spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
      }),
    slice(service, endpoints, ports = [{ port: 8080, protocol: "TCP" }]) {
      const [namespace, name] = service.includes("/") ? service.split("/") : ["default", service];
      client.resource(endpointSlices).create({
        metadata: {
          name: `${name}-${++slices}`,
          namespace: namespace as string,
          labels: { "kubernetes.io/service-name": name as string },
        },
        addressType: "IPv4",
        endpoints,
        ports,
      });
    },
  };
}

export function pod(node: NodeNetwork, name: string): PodNetwork {
  return node.attachPod({ namespace: "default", name, uid: name, hostNetwork: false });
}

/** Answers with `text` and the address it sees as its client. */
export function says(text: string): Listener {
  return ({ remoteAddress }) => ({ status: 200, body: `${text} to ${remoteAddress}` });
}

export function bodyOf(exchange: ReturnType<Network["exchange"]>): string {
  return exchange.ok ? exchange.response.body : `${exchange.errno}: ${exchange.why}`;
}
