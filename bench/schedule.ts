/**
 * Upstream's own workloads for its scheduler, at their sizes and with their pods: how many are placed in a second, from
 * their creation on. Upstream: test/integration/scheduler_perf (misc, affinity, topology_spreading), whose thresholds
 * stand beside what is reached. As there, an API server and a scheduler run, and no kubelets.
 */
import type { Affinity, Node, Pod, TopologySpreadConstraint } from "../src/engine/api/generated/types.ts";
import type { Draft, KubeObject } from "../src/engine/api/meta/object.ts";
import { MASTERS, userInfo } from "../src/engine/api/meta/user-info.ts";
import { namespaces, nodes, pods, priorityClasses, serviceAccounts } from "../src/engine/api/registry.ts";
import { ApiServer } from "../src/engine/apiserver/server.ts";
import { Client } from "../src/engine/client/client.ts";
import { Store } from "../src/engine/etcd/store.ts";
import { Scheduler } from "../src/engine/scheduler/scheduler.ts";
import { Journal } from "../src/engine/sim/journal.ts";
import { Simulation } from "../src/engine/sim/simulation.ts";
import { heapMB, measure } from "./harness.ts";
import type { Benchmark } from "./harness.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";
const NAMED_NODE = "scheduler-perf-node";

interface PodShape {
  cpu?: string;
  memory?: string;
  namespace?: string;
  labels?: Record<string, string>;
  priorityClassName?: string;
  terminationGracePeriodSeconds?: number;
  affinity?: Affinity;
  topologySpreadConstraints?: TopologySpreadConstraint[];
}

interface Workload {
  name: string;
  /** Pods per second that upstream demands of itself; absent where it demands nothing. */
  threshold?: number;
  nodes: number;
  zones?: readonly string[];
  namedNode?: boolean;
  first?: { count: number; shape: PodShape };
  /** A pod of this shape comes with every so many of the measured ones. */
  churn?: { every: number; shape: PodShape };
  count: number;
  shape: PodShape;
}

const DEFAULT: PodShape = { cpu: "100m", memory: "500Mi" };
const LOW: PodShape = { cpu: "900m", memory: "500Mi", terminationGracePeriodSeconds: 0 };
const HIGH: PodShape = { cpu: "3000m", memory: "500Mi", priorityClassName: "high" };
const HUGE: PodShape = { cpu: "9000m", memory: "500Mi", priorityClassName: "high" };

const GREEN = { color: "green" };
const BLUE = { color: "blue" };

function term(labels: Record<string, string>, topologyKey: string) {
  return { labelSelector: { matchLabels: labels }, topologyKey, namespaces: ["sched-1", "sched-0"] };
}

const ANTI_AFFINE: PodShape = {
  ...DEFAULT,
  labels: { ...GREEN, name: "test" },
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(GREEN, HOSTNAME)] } },
};
const AFFINE: PodShape = {
  ...DEFAULT,
  labels: BLUE,
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(BLUE, ZONE)] } },
};
const SPREAD: PodShape = {
  ...DEFAULT,
  labels: BLUE,
  topologySpreadConstraints: [
    { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: BLUE } },
  ],
};
const DAEMON: PodShape = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [NAMED_NODE] }] }],
      },
    },
  },
};

const MOON = ["moon-1", "moon-2", "moon-3"];
const inNamespace = (shape: PodShape, namespace: string): PodShape => ({ ...shape, namespace });

const WORKLOADS: readonly Workload[] = [
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
  { name: "preemption", nodes: 1000, first: { count: 4000, shape: LOW }, count: 1000, shape: HIGH },
  { name: "preemption-5000", nodes: 5000, first: { count: 20_000, shape: LOW }, count: 500, shape: HIGH },
  {
    name: "unschedulable",
    threshold: 590,
    nodes: 5000,
    first: { count: 100, shape: DEFAULT },
    churn: { every: 100, shape: HUGE },
    count: 10_000,
    shape: DEFAULT,
  },
  { name: "daemon-set", threshold: 1100, nodes: 15_000, namedNode: true, count: 30_000, shape: DAEMON },
];

const specs = new Map<PodShape, Pod["spec"]>();

/** All pods of a shape share what their template says, as those of a controller do. */
function specOf(shape: PodShape): Pod["spec"] {
  let spec = specs.get(shape);
  if (spec === undefined) {
    const { cpu, memory, namespace: _, labels: __, ...rest } = shape;
    const requests = { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
    const containers = [{ name: "pause", image: "registry.k8s.io/pause:3.10", resources: { requests } }];
    specs.set(shape, (spec = { containers, ...rest }));
  }
  return spec;
}

class Bench {
  readonly sim = new Simulation({ seed: 1, journal: new Journal(5000) });
  private readonly client: Client;
  private readonly scheduler: Scheduler;
  private created = 0;

  constructor({ nodes: count, zones = [], namedNode = false }: Workload) {
    const store = new Store<KubeObject>(this.sim);
    const server = new ApiServer({ sim: this.sim, store, authorizationMode: "AlwaysAllow" });
    this.client = new Client(server, userInfo("bench", MASTERS));
    for (const name of ["default", "sched-0", "sched-1"]) {
      this.client.resource(namespaces).create({ metadata: { name }, spec: {} });
      this.client.resource(serviceAccounts).create({ metadata: { name: "default", namespace: name } });
    }
    this.client.resource(priorityClasses).create({ metadata: { name: "high" }, value: 10 });
    for (let at = 0; at < count; at++) {
      const zone = zones[at % Math.max(1, zones.length)];
      this.addNode(`node-${at}`, { pods: "110", labels: zone === undefined ? {} : { [ZONE]: zone } });
    }
    if (namedNode) this.addNode(NAMED_NODE, { pods: "90000", labels: {} });
    this.scheduler = new Scheduler({ sim: this.sim, transport: server });
    this.scheduler.start();
    this.sim.runUntil(this.sim.now + 1000);
  }

  private addNode(name: string, { pods: room, labels }: { pods: string; labels: Record<string, string> }): void {
    const allocatable = { cpu: "4", memory: "32Gi", pods: room };
    const draft: Draft<Node> = {
      metadata: { name, labels: { [HOSTNAME]: name, ...labels } },
      spec: {},
      status: { allocatable, capacity: allocatable },
    };
    const created = this.client.resource(nodes).create(draft);
    // No controller takes away the taint of a node that is not ready yet.
    this.client.resource(nodes).update({ ...created, spec: {} });
  }

  createPod(shape: PodShape): void {
    const { namespace = "default", labels } = shape;
    const metadata = { name: `pod-${this.created++}`, namespace, ...(labels && { labels }) };
    this.client.resource(pods).create({ metadata, spec: specOf(shape) });
  }

  /** Creates pods as fast as they come, a hundred in a virtual millisecond, and runs until `left` at most have no node. */
  place(count: number, shape: PodShape, options: { churn?: Workload["churn"]; limitMs: number }): void {
    const { churn, limitMs } = options;
    let left = 0;
    for (let at = 0; at < count; at++) {
      this.createPod(shape);
      if (churn !== undefined && at % churn.every === 0) {
        this.createPod(churn.shape);
        left++;
      }
      if (at % 100 === 99) this.sim.runUntil(this.sim.now + 1);
    }
    const end = this.sim.now + limitMs;
    while (this.scheduler.pendingCount > left && this.sim.now < end) this.sim.runUntil(this.sim.now + 10);
    if (this.scheduler.pendingCount > left) throw new Error(`${this.scheduler.pendingCount} pods are left`);
  }
}

export const scheduleBenchmarks: readonly Benchmark[] = WORKLOADS.map((workload) => ({
  name: `schedule-${workload.name}`,
  mostRuns: 3,
  async run() {
    const bench = new Bench(workload);
    const { first, churn, count, shape, threshold } = workload;
    if (first !== undefined) bench.place(first.count, first.shape, { limitMs: 60_000 });
    const before = heapMB();
    const start = bench.sim.now;
    const { wallMs, cpuMs } = await measure(() => bench.place(count, shape, { churn, limitMs: 600_000 }));
    const podsPerSecond = (count * 1000) / wallMs;
    // On a machine that others share the CPU's time tells more than the clock on the wall.
    const podsPerCpuSecond = (count * 1000) / cpuMs;
    return {
      podsPerSecond,
      podsPerCpuSecond,
      ...(threshold !== undefined && {
        timesUpstreamThreshold: podsPerSecond / threshold,
        timesUpstreamThresholdByCpu: podsPerCpuSecond / threshold,
      }),
      cpuUsPerPod: (cpuMs * 1000) / count,
      wallMs,
      cpuMs,
      heapMB: heapMB() - before,
      virtualMs: bench.sim.now - start,
    };
  },
}));
