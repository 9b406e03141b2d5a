/**
 * How many replicas a metric asks for. Upstream: pkg/controller/podautoscaler/replica_calculator.go, metrics/utilization.go.
 * Values are in thousandths, ratios are usage by target.
 */
import type { Pod } from "../../api/generated/types.ts";
import type { PodMetrics } from "./metrics-source.ts";
import { countReady, groupPods, type Patience } from "./pod-groups.ts";
import { podRequests } from "./pod-requests.ts";

/** How far from 1 a ratio may be before anything is done about it. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

export interface Sample {
  readonly pods: readonly Pod[];
  readonly metrics: PodMetrics;
  /** "" for metrics that are no resource. */
  readonly resource: string;
  readonly current: number;
  readonly tolerances: Tolerances;
  readonly patience: Patience;
  readonly now: number;
}

export interface Proposal {
  readonly replicas: number;
  /** The mean of what was measured. */
  readonly average: number;
  /** In percent of the requests. */
  readonly utilization?: number;
}

interface Measured {
  readonly ratio: number;
  readonly average: number;
  readonly utilization?: number;
}

const NO_PODS = "no pods returned by selector while calculating replica count";
const NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)";
const UNKNOWN_PODS = "no metrics returned matched known pods";

/** For a target in percent of what pods (or one container of each) request. */
export function utilizationReplicas(sample: Sample, target: number, container?: string): Proposal {
  if (sample.pods.length === 0) throw new Error(NO_PODS);
  const requests = podRequests(sample.pods, { resource: sample.resource, container });
  return replicasFor(sample, {
    measure: (metrics) => utilizationOf(metrics, requests, target),
    // On the way down, a pod that says nothing counts as one that takes all it asked for, or the target if that is more.
    fallback: (name) => Math.floor(((requests.get(name) ?? 0) * Math.max(100, target)) / 100),
  });
}

/** For a target as a mean over pods. */
export function averageReplicas(sample: Sample, target: number): Proposal {
  if (sample.pods.length === 0) throw new Error(NO_PODS);
  return replicasFor(sample, {
    measure(metrics) {
      const average = Math.trunc(sum(metrics.values()) / metrics.size);
      return { ratio: average / target, average };
    },
    fallback: () => target,
  });
}

/** For one value that stands for all pods together. None at all: from zero, the ratio is the number. */
export function valueReplicas(
  usage: number,
  target: number,
  { pods, current, tolerances }: Pick<Sample, "pods" | "current" | "tolerances">,
): number {
  const ratio = usage / target;
  if (current === 0) return Math.ceil(ratio);
  if (isTolerated(ratio, tolerances)) return current;
  if (pods.length === 0) throw new Error(`unable to calculate ready pods: ${NO_PODS}`);
  return Math.ceil(ratio * countReady(pods));
}

/** For one value that is to be shared among the replicas that the status counts. */
export function perPodReplicas(
  usage: number,
  target: number,
  { counted, tolerances }: { counted: number; tolerances: Tolerances },
): Proposal {
  const ratio = usage / (target * counted);
  const replicas = isTolerated(ratio, tolerances) ? counted : Math.ceil(usage / target);
  return { replicas, average: Math.ceil(usage / counted) };
}

function replicasFor(
  { pods, metrics, resource, current, tolerances, patience, now }: Sample,
  by: { measure(metrics: ReadonlyMap<string, { value: number }>): Measured; fallback(name: string): number },
): Proposal {
  const { ready, unready, missing, ignored } = groupPods(pods, metrics, { resource, patience, now });
  const counted = new Map<string, { value: number }>(metrics);
  for (const name of [...ignored, ...unready]) counted.delete(name);
  if (counted.size === 0) throw new Error(NO_METRICS);
  const { ratio, ...measured } = by.measure(counted);
  const propose = (replicas: number): Proposal => ({ replicas, ...measured });
  const scalesUp = ratio > 1;
  const withUnready = scalesUp && unready.length > 0;
  if (!withUnready && missing.length === 0) {
    return propose(isTolerated(ratio, tolerances) ? current : Math.ceil(ratio * ready));
  }
  // Whoever says nothing is taken for what slows the change down.
  for (const name of missing) {
    if (ratio < 1) counted.set(name, { value: by.fallback(name) });
    else if (scalesUp || resource === "") counted.set(name, { value: 0 });
  }
  if (withUnready) for (const name of unready) counted.set(name, { value: 0 });
  const again = by.measure(counted).ratio;
  const turns = (ratio < 1 && again > 1) || (scalesUp && again < 1);
  if (turns || isTolerated(again, tolerances)) return propose(current);
  const replicas = Math.ceil(again * counted.size);
  const overshoots = (again < 1 && replicas > current) || (again > 1 && replicas < current);
  return propose(overshoots ? current : replicas);
}

function isTolerated(ratio: number, { up, down }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

function utilizationOf(
  metrics: ReadonlyMap<string, { value: number }>,
  requests: ReadonlyMap<string, number>,
  target: number,
): Measured {
  const known = [...metrics].filter(([name]) => requests.has(name));
  const used = sum(known.map(([, metric]) => metric));
  const requested = known.reduce((total, [name]) => total + (requests.get(name) ?? 0), 0);
  if (requested === 0) throw new Error(UNKNOWN_PODS);
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, average: Math.trunc(used / known.length), utilization };
}

function sum(metrics: Iterable<{ value: number }>): number {
  let total = 0;
  for (const { value } of metrics) total += value;
  return total;
}
