/** Which pods' samples count. Upstream: groupPods in pkg/controller/podautoscaler/replica_calculator.go. */
import { getPodCondition, isPodReady } from "../../api/core/pod/conditions.ts";
import type { Pod } from "../../api/generated/types.ts";
import type { PodMetric, PodMetrics } from "./metrics-source.ts";

/** The manager's flags: `--horizontal-pod-autoscaler-cpu-initialization-period`, `-initial-readiness-delay`. */
export interface Patience {
  readonly cpuInitializationMs: number;
  readonly initialReadinessMs: number;
}

export interface PodGroups {
  readonly ready: number;
  /** Pending, or not ready with CPU samples that say nothing yet. */
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** On their way out, or failed. */
  readonly ignored: readonly string[];
}

export function groupPods(
  pods: readonly Pod[],
  metrics: PodMetrics,
  { resource, patience, now }: { resource: string; patience: Patience; now: number },
): PodGroups {
  const groups = { ready: 0, unready: [] as string[], missing: [] as string[], ignored: [] as string[] };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    const { phase } = pod.status;
    if (deletionTimestamp !== undefined || phase === "Failed") groups.ignored.push(name);
    else if (phase === "Pending") groups.unready.push(name);
    else if (metric === undefined) groups.missing.push(name);
    else if (resource === "cpu" && isStarting(pod, metric, { patience, now })) groups.unready.push(name);
    else groups.ready++;
  }
  return groups;
}

/** A start takes CPU that says nothing of the load. */
function isStarting(
  { status }: Pod,
  metric: PodMetric,
  { patience, now }: { patience: Patience; now: number },
): boolean {
  const condition = getPodCondition(status, "Ready");
  if (condition === undefined || status.startTime === undefined) return true;
  const start = Date.parse(status.startTime);
  const changed = condition.lastTransitionTime === undefined ? -Infinity : Date.parse(condition.lastTransitionTime);
  const isUnready = condition.status === "False";
  if (start + patience.cpuInitializationMs > now) return isUnready || metric.timestamp < changed + metric.windowMs;
  return isUnready && start + patience.initialReadinessMs > changed;
}

/** Pods that run and are ready. */
export function countReady(pods: readonly Pod[]): number {
  return pods.filter((pod) => pod.status.phase === "Running" && isPodReady(pod)).length;
}
