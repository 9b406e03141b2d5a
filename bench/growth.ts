/**
 * What a pod costs as the number of nodes grows, with as many pods on each: the numbers are microseconds of CPU for a pod,
 * the ratios say how many times a pod of the bigger cluster costs what one of the smaller does. 1 is linear growth.
 */
import { deployments, nodes } from "../src/engine/api/registry.ts";
import { TestCluster } from "../src/engine/cluster/testing/test-cluster.ts";
import { measure, median } from "./harness.ts";
import type { Benchmark, Numbers } from "./harness.ts";
import { DEFAULT } from "./schedule/pod-shape.ts";
import { SchedulerBench } from "./schedule/scheduler-bench.ts";
import { webDeployment } from "./workload.ts";

const NODES = [100, 1000, 5000];
const PODS_PER_NODE = 4;
/** Small clusters are made several times, until so many pods have run: few pods tell more of the machine than of us. */
const LEAST_PODS = 4000;

/** From the creation of a Deployment until its pods are ready, microseconds a pod. */
async function scaleUp(count: number): Promise<number> {
  const replicas = count * PODS_PER_NODE;
  const test = new TestCluster({ preset: `scale:${count}` });
  const joined = (): boolean => test.cluster.ready && test.client.resource(nodes).list("").items.length === count + 1;
  if (!test.runUntil(joined)) throw new Error("the cluster did not come up");
  const { cpuMs } = await measure(() => {
    test.client.resource(deployments).create(webDeployment(replicas));
    const running = (): boolean => test.get(deployments, "web").status.readyReplicas === replicas;
    if (!test.runUntil(running)) throw new Error("not all pods came to run");
  });
  return (cpuMs * 1000) / replicas;
}

/** The scheduler alone, with what the API server does for it. */
async function schedule(count: number): Promise<number> {
  const bench = new SchedulerBench({ name: "growth", nodes: count, count: 0, shape: DEFAULT });
  const pods = count * PODS_PER_NODE;
  const { cpuMs } = await measure(() => bench.place(pods, { shape: DEFAULT }, 600_000));
  return (cpuMs * 1000) / pods;
}

async function growth(of: (count: number) => Promise<number>): Promise<Numbers> {
  // So that the smallest one doesn't pay for warming up.
  for (let i = 0; i < 5; i++) await of(NODES[0] as number);
  const numbers: Numbers = {};
  for (const count of NODES) {
    const times: number[] = [];
    do times.push(await of(count));
    while (times.length * count * PODS_PER_NODE < LEAST_PODS);
    numbers[`cpuUsPerPodAt${count}`] = median(times);
  }
  const [first] = Object.values(numbers);
  for (const count of NODES.slice(1)) {
    numbers[`ratioAt${count}`] = (numbers[`cpuUsPerPodAt${count}`] as number) / (first as number);
  }
  return numbers;
}

export const growthBenchmarks: readonly Benchmark[] = [
  { name: "growth-scale", mostRuns: 3, run: () => growth(scaleUp) },
  { name: "growth-schedule", mostRuns: 3, run: () => growth(schedule) },
];
