/** The cases of the replica calculator. */
import {
  averageReplicas,
  perPodReplicas,
  utilizationReplicas,
  valueReplicas,
  type Proposal,
  type Sample,
} from "../../../engine/controllers/horizontal-pod-autoscaler/replica-calculator.ts";
import { expectEqual, thrownBy, type DataCase, type Failure } from "../topic.ts";
import { madePods, NOW, PATIENCE, TOLERANCE, type Ago } from "./hpa-fixtures.ts";
import { podMetrics } from "./hpa-metrics.ts";

export interface CalculatorCase extends DataCase {
  currentReplicas: number;
  expectedReplicas?: number;
  error?: true;
  container?: string;
  podReadiness?: string[];
  podStartTime?: Ago[];
  podPhase?: string[];
  podDeletionTimestamp?: boolean[];
  resource?: {
    name: string;
    requests: string[];
    /** By pod and container. */
    levels: number[][];
    podNames?: string[];
    targetUtilization?: number;
    expectedUtilization?: number;
    expectedValue?: number;
  };
  metric?: {
    levels: number[];
    targetUsage?: number;
    perPodTargetUsage?: number;
    expectedUsage: number;
    singleObject?: object;
    selector?: object;
    metricType: "pods" | "object" | "objectPerPod" | "external" | "externalPerPod";
  };
}

export function calculate(item: CalculatorCase): Failure {
  const { resource, metric, error, expectedReplicas = 0 } = item;
  if (error) return expectEqual(true, thrownBy(() => propose(item)) !== undefined);
  const { replicas, average, utilization } = propose(item);
  if (metric !== undefined) return expectEqual([expectedReplicas, metric.expectedUsage], [replicas, average]);
  return expectEqual(
    [expectedReplicas, resource?.expectedUtilization ?? 0, resource?.expectedValue ?? 0],
    [replicas, utilization, average],
  );
}

function propose(item: CalculatorCase): Proposal {
  const { resource, metric, currentReplicas: current, container } = item;
  const pods = madePods({
    count: current,
    containers: 2,
    requests: resource?.requests ?? [],
    readiness: item.podReadiness,
    startTimes: item.podStartTime,
    phases: item.podPhase,
    deleted: item.podDeletionTimestamp,
  });
  const tolerances = { up: TOLERANCE, down: TOLERANCE };
  const common: Omit<Sample, "metrics" | "resource"> = { pods, current, tolerances, patience: PATIENCE, now: NOW };
  const names = resource?.podNames ?? pods.map(({ metadata }) => metadata.name);
  if (resource !== undefined) {
    const levels = resource.levels.map((level) => levelOf(level, container));
    const sample = { ...common, resource: resource.name, metrics: podMetrics(levels, names) };
    return utilizationReplicas(sample, resource.targetUtilization ?? 0, container);
  }
  if (metric === undefined) throw new Error("neither a resource nor a metric");
  const { levels, targetUsage = 0, perPodTargetUsage = 0 } = metric;
  const total = levels.reduce((sum, level) => sum + level, 0);
  switch (metric.metricType) {
    case "objectPerPod":
    case "externalPerPod":
      return perPodReplicas(total, perPodTargetUsage, { counted: current, tolerances });
    case "object":
    case "external":
      return { replicas: valueReplicas(total, targetUsage, common), average: total };
    case "pods": {
      // The table calls external metrics "pods" too; they have one value for all pods together.
      if (levels.length === 1) return { replicas: valueReplicas(total, targetUsage, common), average: total };
      return averageReplicas({ ...common, resource: "", metrics: podMetrics(levels, names) }, targetUsage);
    }
  }
}

function levelOf(level: readonly number[], container: string | undefined): number {
  if (container === undefined) return level.reduce((sum, each) => sum + each, 0);
  const value = level[Number(container.replace("container", "")) - 1];
  if (value === undefined) throw new Error(`container ${container} not present in metrics`);
  return value;
}
