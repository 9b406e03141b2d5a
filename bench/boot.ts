import { TestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";

/** Preset default from nothing to all kube-system pods Ready. */
export const boot: Benchmark = {
  name: "boot",
  async run() {
    let cluster: TestCluster | undefined;
    const { wallMs, cpuMs } = await measure(() => {
      cluster = new TestCluster({ preset: "default" });
      if (!cluster.boot()) throw new Error("did not come up");
    });
    const virtualMs = cluster === undefined ? NaN : cluster.sim.now - cluster.sim.start;
    return { wallMs, cpuMs, virtualMs };
  },
};
