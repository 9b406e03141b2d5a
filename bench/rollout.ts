import { deployments } from "../src/engine/api/registry.ts";
import { createTestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { heapMB, measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { rivalRollout } from "./rival.ts";
import { webDeployment } from "./workload.ts";

/** Nodes that hold so many pods with room to spare. */
function nodesFor(replicas: number): number {
  return Math.max(3, Math.ceil(replicas / 50));
}

/** The engine's and the rival's code alike get time to be compiled. */
function warmupsFor(replicas: number): number {
  return replicas >= 1000 ? 4 : 10;
}

/** A Deployment from its creation to all replicas Ready. */
export function rollout(replicas: number): Benchmark {
  return {
    name: `rollout-${replicas}`,
    warmups: warmupsFor(replicas),
    async run() {
      const test = createTestCluster({ preset: `scale:${nodesFor(replicas)}` });
      const before = heapMB();
      const start = test.sim.now;
      const { wallMs, cpuMs } = await measure(() => {
        test.client.resource(deployments).create(webDeployment(replicas));
        const ready = (): boolean => test.get(deployments, "web").status.readyReplicas === replicas;
        if (!test.runUntil(ready)) throw new Error("not all became ready");
      });
      return { wallMs, cpuMs, heapMB: heapMB() - before, virtualMs: test.sim.now - start };
    },
  };
}

export function rolloutRival(replicas: number): Benchmark {
  return {
    name: `rollout-rival-${replicas}`,
    // A thousand take it minutes: once must do.
    ...(replicas < 1000 ? { warmups: warmupsFor(replicas) } : { mostRuns: 1 }),
    async run() {
      const result = await rivalRollout(replicas, nodesFor(replicas));
      if (result === undefined) throw new Error("the rival's pods did not become ready");
      return result;
    },
  };
}
