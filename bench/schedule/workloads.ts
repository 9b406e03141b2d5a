/**
 * Upstream's own workloads for its scheduler, at their sizes and with their pods. Upstream:
 * test/integration/scheduler_perf (misc, affinity, topology_spreading).
 *
 * What upstream does five times or once in a second is done here by the number of pods that upstream's threshold would
 * place meanwhile: time is virtual, and a faster scheduler has no less to do.
 */
import { AFFINE, ANTI_AFFINE, DAEMON, DEFAULT, HIGH, HUGE, inNamespace, LIGHT, LOW, SPREAD } from "./pod-shape.ts";
import type { PodShape } from "./pod-shape.ts";
import type { SchedulerBench } from "./scheduler-bench.ts";

export interface Workload {
  name: string;
  /** Pods per second that upstream demands of itself; absent where it demands nothing. */
  threshold?: number;
  nodes: number;
  zones?: readonly string[];
  namedNode?: boolean;
  /** Each node has an extended resource of its own, one piece. */
  devices?: boolean;
  /** Placed before, and not measured. */
  first?: { count: number; shape: PodShape };
  /** Never placed, and there from the beginning. */
  gated?: number;
  /** What happens each time that so many of the measured pods were created. */
  meanwhile?: { every: number; act(bench: SchedulerBench, round: number): void };
  count: number;
  shape: PodShape | ((index: number) => PodShape);
}

const MOON = ["moon-1", "moon-2", "moon-3"];

const comes = (shape: PodShape) => (bench: SchedulerBench) => bench.createAside(shape);

export const WORKLOADS: readonly Workload[] = [
  {
    name: "basic-10000",
    threshold: 680,
    nodes: 5000,
    first: { count: 1000, shape: DEFAULT },
    count: 10_000,
    shape: DEFAULT,
  },
  {
    name: "basic-50000",
    threshold: 810,
    nodes: 5000,
    first: { count: 5000, shape: DEFAULT },
    count: 50_000,
    shape: DEFAULT,
  },
  {
    name: "topology-spreading",
    threshold: 460,
    nodes: 5000,
    zones: MOON,
    first: { count: 5000, shape: DEFAULT },
    count: 5000,
    shape: SPREAD,
  },
  {
    name: "pod-affinity",
    threshold: 35,
    nodes: 5000,
    zones: ["zone1"],
    first: { count: 5000, shape: inNamespace(AFFINE, "sched-0") },
    count: 5000,
    shape: inNamespace(AFFINE, "sched-1"),
  },
  {
    name: "pod-anti-affinity",
    threshold: 60,
    nodes: 5000,
    first: { count: 1000, shape: inNamespace(ANTI_AFFINE, "sched-0") },
    count: 2000,
    shape: inNamespace(ANTI_AFFINE, "sched-1"),
  },
  // Upstream runs this one with 1,000 nodes, and demands nothing.
  { name: "preemption-1000", nodes: 1000, first: { count: 4000, shape: LOW }, count: 1000, shape: HIGH },
  // Upstream has it with 5,000 nodes in its file, but not in use, for it fails there.
  { name: "preemption-5000", nodes: 5000, first: { count: 20_000, shape: LOW }, count: 5000, shape: HIGH },
  {
    name: "preemption-async",
    threshold: 570,
    nodes: 5000,
    first: { count: 20_000, shape: LOW },
    meanwhile: { every: 100, act: comes(HIGH) },
    count: 5000,
    shape: DEFAULT,
  },
  {
    name: "unschedulable",
    threshold: 590,
    nodes: 5000,
    first: { count: 100, shape: DEFAULT },
    meanwhile: { every: 100, act: comes(HUGE) },
    count: 10_000,
    shape: DEFAULT,
  },
  {
    name: "unschedulable-20000",
    threshold: 600,
    nodes: 5000,
    first: { count: 20_000, shape: DEFAULT },
    meanwhile: { every: 100, act: comes(HUGE) },
    count: 10_000,
    shape: DEFAULT,
  },
  { name: "daemon-set", threshold: 1100, nodes: 15_000, namedNode: true, count: 30_000, shape: DAEMON },
  {
    name: "mixed-churn",
    threshold: 710,
    nodes: 5000,
    meanwhile: { every: 700, act: (bench, round) => bench.recreate(HUGE, round) },
    count: 10_000,
    shape: DEFAULT,
  },
  {
    name: "gated",
    threshold: 910,
    nodes: 0,
    namedNode: true,
    gated: 10_000,
    first: { count: 20_000, shape: LIGHT },
    // 50 in a second.
    meanwhile: { every: 18, act: (bench, round) => bench.removePod(round) },
    count: 20_000,
    shape: LIGHT,
  },
  {
    name: "extended-resource",
    threshold: 180,
    nodes: 5000,
    devices: true,
    count: 5000,
    shape: (index) => ({ device: `foo.com/bar-${index}` }),
  },
];
