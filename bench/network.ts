/** What the network costs: requests by each way in, and a service's change among many. */
import { deployments, endpointSlices, ingresses, services } from "../src/engine/api/registry.ts";
import { createTestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { createTestNetwork, pod } from "../src/engine/network/testing/test-network.ts";
import type { StationPort } from "../src/engine/network/port.ts";
import { measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { rivalRequests } from "./rival.ts";
import { webDeployment, webService } from "./workload.ts";

/** So many that what has to be compiled anew after the collection before each measurement weighs little. */
const REQUESTS = 200_000;
const INGRESS_REQUESTS = 50_000;
const SERVICES = 1000;
const ENDPOINTS = 10;
const CHANGES = 200;

/** Requests per second of CPU that a load generator sends, by ClusterIP, by node port from outside, through the Ingress. */
export const networkRequests: Benchmark = {
  name: "network",
  warmups: 1,
  async run() {
    const test = createTestCluster({ preset: "minikube" });
    test.cluster.setAddon("ingress", true);
    test.client.resource(deployments).create(webDeployment(10));
    const draft = webService();
    const service = test.client.resource(services).create({ ...draft, spec: { ...draft.spec, type: "NodePort" } });
    const [port] = service.spec.ports ?? [];
    if (!test.runUntil(() => test.get(deployments, "web").status.readyReplicas === 10)) throw new Error("not ready");
    // The controller's webhook has to answer before it can be asked.
    test.run(60_000);
    test.client.resource(ingresses).create({
      metadata: { name: "web", namespace: "default" },
      spec: {
        ingressClassName: "nginx",
        rules: [
          {
            host: "web.example",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "web", port: { number: port?.port ?? 80 } } },
                },
              ],
            },
          },
        ],
      },
    });
    test.run(5000);
    const { network } = test.cluster;
    const node = network.node("minikube");
    const address = node?.host.addressText ?? "";
    const inside = node?.port() as StationPort;
    const laptop = network.laptopPort() as StationPort;
    const rate = async (from: StationPort, url: string, requests = REQUESTS): Promise<number> => {
      const request = { method: "GET", url, headers: { Host: "web.example" }, body: "", timeoutMs: 10_000 };
      let over = false;
      const run = from.load(
        { request, connections: 100, requests },
        { background: false, done: () => void (over = true) },
      );
      const { cpuMs } = await measure(() => {
        while (!over) test.sim.step();
      });
      if (run.result.statuses.get(200) !== requests)
        throw new Error(`${url}: ${JSON.stringify([...run.result.statuses, ...run.result.errors])}`);
      return (requests * 1000) / cpuMs;
    };
    return {
      clusterIPPerSecond: await rate(inside, `http://${service.spec.clusterIP}:${port?.port}/`),
      nodePortPerSecond: await rate(laptop, `http://${address}:${port?.nodePort}/`),
      ingressPerSecond: await rate(laptop, `http://${address}/`, INGRESS_REQUESTS),
    };
  },
};

/** The same by ClusterIP and node port in the rival; it knows no Ingress. */
export const networkRival: Benchmark = {
  name: "network-rival",
  warmups: 1,
  async run() {
    const { clusterIP, nodePort } = await rivalRequests(REQUESTS);
    return { clusterIPPerSecond: clusterIP, nodePortPerSecond: nodePort };
  },
};

/** Milliseconds from a changed endpoint to the request that goes there, at 1,000 services with 10 endpoints each. */
export const networkChange: Benchmark = {
  name: "network-change",
  warmups: 1,
  async run() {
    const net = createTestNetwork();
    const from = pod(net.worker1, "client").port();
    const web = pod(net.worker2, "web");
    web.namespace.bindHttp(8080, () => ({ status: 200, body: "" }));
    const others = Array.from({ length: ENDPOINTS - 1 }, (_, i) => ({ addresses: [`10.244.2.${100 + i}`] }));
    const made = Array.from({ length: SERVICES }, (_, i) => {
      const service = net.service(`web-${i}`, {});
      net.slice(`web-${i}`, [{ addresses: [web.ip] }, ...others]);
      return service;
    });
    net.settle();
    let good = 0;
    const { wallMs } = await measure(() => {
      for (let i = 0; i < CHANGES; i++) {
        const name = `web-${i}-${i + 1}`;
        const slice = net.client.resource(endpointSlices).get("default", name);
        net.client.resource(endpointSlices).update({ ...slice, endpoints: [{ addresses: [web.ip] }] });
        net.settle();
        const exchange = net.get(from, `http://${made[i]?.spec.clusterIP}/`);
        if (exchange.ok) good++;
      }
    });
    if (good !== CHANGES) throw new Error(`${CHANGES - good} requests failed`);
    return { changeMs: wallMs / CHANGES };
  },
};
