import { deployments } from "../src/engine/api/registry.ts";
import { createTestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";
import { rivalWarp } from "./rival.ts";
import { webDeployment } from "./workload.ts";

const PODS = 100;
const VIRTUAL_SECONDS = 3600;

/** Simulated seconds per wall second with 100 pods, each probed every second. */
export const warp: Benchmark = {
  name: "warp",
  warmups: 1,
  async run() {
    const test = createTestCluster({ preset: "default" });
    test.client.resource(deployments).create(webDeployment(PODS, { probed: true }));
    if (!test.runUntil(() => test.get(deployments, "web").status.readyReplicas === PODS)) throw new Error("not ready");
    const { wallMs } = await measure(() => test.run(VIRTUAL_SECONDS * 1000));
    return { simulatedSecondsPerSecond: (VIRTUAL_SECONDS * 1000) / wallMs };
  },
};

export const warpRival: Benchmark = {
  name: "warp-rival",
  async run() {
    return { simulatedSecondsPerSecond: await rivalWarp(PODS, 60) };
  },
};
