/**
 * How many pods of upstream's workloads are placed in a second, from their creation on; upstream's thresholds stand beside
 * what is reached. `scheduling…` leaves out the CPU that creating the pods took, as upstream's clients work beside its
 * scheduler; binding and events are counted. Upstream's scheduler is compiled before it is measured: ours runs each workload
 * twice to be so, and `coldCpuMs` says what the first run took.
 */
import { heapMB, measure } from "../harness.ts";
import type { Benchmark, Numbers } from "../harness.ts";
import { SchedulerBench } from "./scheduler-bench.ts";
import { WORKLOADS } from "./workloads.ts";
import type { Workload } from "./workloads.ts";

async function run(workload: Workload): Promise<Numbers> {
  const bench = new SchedulerBench(workload);
  const { first, count, threshold } = workload;
  if (first !== undefined) bench.place(first.count, { shape: first.shape }, 60_000);
  bench.clientCpuMs = 0;
  const before = heapMB();
  const start = bench.sim.now;
  const { wallMs, cpuMs } = await measure(() => bench.place(count, workload, 600_000));
  const podsPerSecond = (count * 1000) / wallMs;
  // On a machine that others share the CPU's time tells more than the clock on the wall.
  const podsPerCpuSecond = (count * 1000) / cpuMs;
  const schedulingPodsPerCpuSecond = (count * 1000) / (cpuMs - bench.clientCpuMs);
  return {
    podsPerSecond,
    podsPerCpuSecond,
    schedulingPodsPerCpuSecond,
    ...(threshold !== undefined && {
      timesUpstreamThreshold: podsPerSecond / threshold,
      timesUpstreamThresholdByCpu: podsPerCpuSecond / threshold,
      timesUpstreamThresholdScheduling: schedulingPodsPerCpuSecond / threshold,
    }),
    cpuUsPerPod: (cpuMs * 1000) / count,
    wallMs,
    cpuMs,
    heapMB: heapMB() - before,
    virtualMs: bench.sim.now - start,
  };
}

export const scheduleBenchmarks: readonly Benchmark[] = WORKLOADS.map((workload) => ({
  name: `schedule-${workload.name}`,
  warmups: 2,
  mostRuns: 3,
  run: () => run(workload),
}));
