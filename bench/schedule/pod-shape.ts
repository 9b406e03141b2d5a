/** What the pods of upstream's workloads ask for. Upstream: test/integration/scheduler_perf/templates. */
import type { Affinity, Pod, TopologySpreadConstraint } from "../../src/engine/api/generated/types.ts";

export const ZONE = "topology.kubernetes.io/zone";
export const HOSTNAME = "kubernetes.io/hostname";
/** The one node that a workload is about. */
export const NAMED_NODE = "scheduler-perf-node";

export interface PodShape {
  cpu?: string;
  memory?: string;
  /** An extended resource, of which the pod wants one. */
  device?: string;
  namespace?: string;
  labels?: Record<string, string>;
  priorityClassName?: string;
  terminationGracePeriodSeconds?: number;
  affinity?: Affinity;
  topologySpreadConstraints?: TopologySpreadConstraint[];
  schedulingGates?: { name: string }[];
}

export const DEFAULT: PodShape = { cpu: "100m", memory: "500Mi" };
export const LIGHT: PodShape = { terminationGracePeriodSeconds: 0 };
export const LOW: PodShape = { cpu: "900m", memory: "500Mi", terminationGracePeriodSeconds: 0 };
export const HIGH: PodShape = { cpu: "3000m", memory: "500Mi", priorityClassName: "high" };
export const HUGE: PodShape = { cpu: "9000m", memory: "500Mi", priorityClassName: "high" };
export const GATED: PodShape = { schedulingGates: [{ name: "test.k8s.io/hold" }] };

const GREEN = { color: "green" };
const BLUE = { color: "blue" };

function term(labels: Record<string, string>, topologyKey: string) {
  return { labelSelector: { matchLabels: labels }, topologyKey, namespaces: ["sched-1", "sched-0"] };
}

export const ANTI_AFFINE: PodShape = {
  ...DEFAULT,
  labels: { ...GREEN, name: "test" },
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(GREEN, HOSTNAME)] } },
};
export const AFFINE: PodShape = {
  ...DEFAULT,
  labels: BLUE,
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(BLUE, ZONE)] } },
};
export const SPREAD: PodShape = {
  ...DEFAULT,
  labels: BLUE,
  topologySpreadConstraints: [
    { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: BLUE } },
  ],
};
export const DAEMON: PodShape = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [NAMED_NODE] }] }],
      },
    },
  },
};

export const inNamespace = (shape: PodShape, namespace: string): PodShape => ({ ...shape, namespace });

const specs = new WeakMap<PodShape, Pod["spec"]>();

/** All pods of a shape share what their template says, as those of a controller do. */
export function specOf(shape: PodShape): Pod["spec"] {
  let spec = specs.get(shape);
  if (spec === undefined) {
    const { cpu, memory, device, namespace: _, labels: __, ...rest } = shape;
    const limits = device === undefined ? undefined : { [device]: "1" };
    const requests = { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }), ...limits };
    const resources = { requests, ...(limits !== undefined && { limits }) };
    spec = { containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10", resources }], ...rest };
    specs.set(shape, spec);
  }
  return spec;
}
