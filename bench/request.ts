import { deployments, services } from "../src/engine/api/registry.ts";
import { createTestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { webDeployment, webService } from "./workload.ts";

const REQUESTS = 200_000;

/** HTTP requests per second of CPU from a node through a ClusterIP to one of ten pods. */
export const request: Benchmark = {
  name: "request",
  warmups: 1,
  async run() {
    const test = createTestCluster({ preset: "default" });
    test.client.resource(deployments).create(webDeployment(10));
    const { clusterIP } = test.client.resource(services).create(webService()).spec;
    if (!test.runUntil(() => test.get(deployments, "web").status.readyReplicas === 10)) throw new Error("not ready");
    test.run(5000);
    const { network } = test.cluster;
    const from = network.node("worker-1")?.port();
    if (from === undefined) throw new Error("no such node");
    const get = { method: "GET", url: `http://${clusterIP}/`, headers: {}, body: "" };
    let good = 0;
    const { cpuMs } = await measure(() => {
      for (let i = 0; i < REQUESTS; i++) {
        const exchange = network.exchange(from, get);
        if (exchange.ok && exchange.response.status === 200) good++;
      }
    });
    if (good !== REQUESTS) throw new Error(`${REQUESTS - good} requests failed`);
    return { requestsPerSecond: (REQUESTS * 1000) / cpuMs };
  },
};
