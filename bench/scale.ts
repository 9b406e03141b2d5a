/**
 * Kubernetes' published limits in one process: a Deployment scaled up until thirty pods run on each node, and what the
 * cluster costs afterwards when nobody does anything.
 */
import { deployments, nodes } from "../src/engine/api/registry.ts";
import { TestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { heapMB, measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { webDeployment } from "./workload.ts";

const PODS_PER_NODE = 30;
const IDLE_SECONDS = 60;
const NODES = [100, 1000, 5000];

export const scaleBenchmarks: readonly Benchmark[] = NODES.map((count) => ({
  name: `scale-${count}`,
  mostRuns: count > 1000 ? 1 : 3,
  async run() {
    const replicas = count * PODS_PER_NODE;
    const test = new TestCluster({ preset: `scale:${count}` });
    const boot = await measure(() => {
      const joined = (): boolean =>
        test.cluster.ready && test.client.resource(nodes).list("").items.length === count + 1;
      if (!test.runUntil(joined)) throw new Error("the cluster did not come up");
    });
    const start = test.sim.now;
    const { wallMs, cpuMs } = await measure(() => {
      test.client.resource(deployments).create(webDeployment(replicas));
      const running = (): boolean => test.get(deployments, "web").status.readyReplicas === replicas;
      if (!test.runUntil(running)) throw new Error("not all pods came to run");
    });
    const virtualMs = test.sim.now - start;
    const heap = heapMB();
    test.run(10_000);
    const idle = await measure(() => test.run(IDLE_SECONDS * 1000));
    return {
      pods: replicas,
      podsPerSecond: (replicas * 1000) / wallMs,
      wallMs,
      cpuMs,
      virtualMs,
      heapMB: heap,
      bootCpuMs: boot.cpuMs,
      idleCpuMsPerVirtualSecond: idle.cpuMs / IDLE_SECONDS,
    };
  },
}));
