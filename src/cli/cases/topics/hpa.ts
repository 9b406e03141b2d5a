/** How many replicas an autoscaler wants, and how its syncs tell. */
import type {
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
  V2MetricSpec,
} from "../../../engine/api/generated/types.ts";
import { horizontalPodAutoscalers } from "../../../engine/api/registry.ts";
import { groupPods } from "../../../engine/controllers/horizontal-pod-autoscaler/pod-groups.ts";
import {
  limitByBehavior,
  limitByRules,
  type ScaleEvent,
} from "../../../engine/controllers/horizontal-pod-autoscaler/rate.ts";
import {
  stabilize,
  stabilizeWithBehavior,
} from "../../../engine/controllers/horizontal-pod-autoscaler/stabilization.ts";
import type { Recommendation } from "../../../engine/controllers/horizontal-pod-autoscaler/stabilization.ts";
import { NO_MEMORY, syncAutoscaler } from "../../../engine/controllers/horizontal-pod-autoscaler/sync.ts";
import { defineTopic, expectEqual, unknownKind, type DataCase, type Failure } from "../topic.ts";
import {
  autoscaler,
  DOWNSCALE_MS,
  madePods,
  NOW,
  PATIENCE,
  TOLERANCE,
  whole,
  type Ago,
  type MadePods,
} from "./hpa-fixtures.ts";
import { calculate, type CalculatorCase } from "./hpa-calculator.ts";
import { levelsSource } from "./hpa-metrics.ts";

interface Recommended {
  recommendation: number;
  timestamp: Ago;
}

interface Changed {
  replicaChange: number;
  timestamp: Ago;
}

/** Which fields a case has depends on its kind. */
interface HpaCase extends DataCase {
  currentReplicas?: number;
  prenormalizedDesiredReplicas?: number;
  expectedDesiredReplicas: number;
  specMinReplicas: number;
  specMaxReplicas: number;
  hpaMinReplicas: number;
  hpaMaxReplicas: number;
  expectedConvertedDesiredReplicas: number;
  expectedReplicas?: number;
  expectedCondition: string;
  scaleUpRules?: V2HPAScalingRules;
  scaleDownRules?: V2HPAScalingRules;
  scaleUpEvents?: Changed[];
  scaleDownEvents?: Changed[];
  recommendations?: Recommended[] | null;
  expectedStabilizedReplicas: number;
  expectedLogLength: number;
  expectedRecommendations?: Recommended[];
  scaleUpStabilizationWindowSeconds?: number;
  scaleDownStabilizationWindowSeconds?: number;
}

interface GroupCase extends DataCase {
  pods: { metadata: { name: string }; status: object }[];
  metrics: Record<string, { value: number; timestamp?: Ago; window?: number }>;
  resource: string;
  expectReadyPodCount: number;
  expectUnreadyPods: string[];
  expectMissingPods: string[];
  expectIgnoredPods: string[];
}

interface SyncCase extends DataCase {
  minReplicas: number;
  maxReplicas: number;
  specReplicas: number;
  statusReplicas: number;
  cpuTarget?: number;
  metricsTarget?: V2MetricSpec[];
  reportedLevels: number[];
  reportedCPURequests?: string[];
  reportedPodReadiness?: string[];
  reportedPodStartTime?: Ago[];
  reportedPodPhase?: string[];
  reportedPodDeletionTimestamp?: boolean[];
  recommendations?: Recommended[] | null;
  scaleUpRules?: V2HPAScalingRules;
  expectedDesiredReplicas: number;
  expectedConditions?: { type: string; status: string; reason: string }[];
}

/** What goes wrong in a test, where only its name tells. */
const FAULTS: Readonly<Record<string, Fault>> = {
  TestConditionInvalidSelectorMissing: { selector: "" },
  TestConditionInvalidSelectorUnparsable: { selector: "cheddar cheese" },
  TestConditionFailedGetScale: { failsGet: true },
  TestConditionFailedUpdateScale: { failsUpdate: true },
  TestScaleUpOneMetricEmpty: { failsExternal: true },
};

interface Fault {
  selector?: string;
  failsGet?: true;
  failsUpdate?: true;
  failsExternal?: true;
}

export const hpa = defineTopic<DataCase>({
  topic: "hpa",
  run(item) {
    switch (item.kind) {
      case "replicaCalc":
        return calculate(item as CalculatorCase);
      case "groupPods":
        return group(item as GroupCase);
      case "behaviorRate":
        return rate(item as HpaCase);
      case "convertWithRules":
        return rules(item as HpaCase);
      case "stabilize":
      case "stabilizeWithBehavior":
        return stabilized(item as HpaCase);
      case "reconcile":
        return sync(item as SyncCase);
      default:
        return unknownKind(item.kind);
    }
  },
});

function at({ secondsAgo }: Ago): number {
  return NOW - secondsAgo * 1000;
}

function group(item: GroupCase): Failure {
  const metrics = new Map(
    Object.entries(item.metrics).map(([name, { value, timestamp, window = 0 }]) => [
      name,
      { value, timestamp: timestamp === undefined ? -Infinity : at(timestamp), windowMs: window / 1e6 },
    ]),
  );
  const got = groupPods(item.pods.map(whole), metrics, { resource: item.resource, patience: PATIENCE, now: NOW });
  return expectEqual(
    {
      ready: item.expectReadyPodCount,
      unready: item.expectUnreadyPods,
      missing: item.expectMissingPods,
      ignored: item.expectIgnoredPods,
    },
    got,
  );
}

/** The API server's defaults merged under the rules, as they would be stored. */
function defaulted(item: { scaleUpRules?: V2HPAScalingRules; scaleDownRules?: V2HPAScalingRules }) {
  const { scaleUpRules, scaleDownRules } = item;
  const behavior = {
    ...(scaleUpRules && { scaleUp: scaleUpRules }),
    ...(scaleDownRules && { scaleDown: scaleDownRules }),
  };
  const stored = horizontalPodAutoscalers.defaults?.(autoscaler({ spec: { behavior } })) as V2HorizontalPodAutoscaler;
  return stored.spec.behavior ?? {};
}

function rate(item: HpaCase): Failure {
  const { scaleUp = {}, scaleDown = {} } = defaulted(item);
  const events = (changes: Changed[] = []): ScaleEvent[] =>
    changes.map(({ replicaChange, timestamp }) => ({ change: replicaChange, at: at(timestamp) }));
  const bounds = {
    current: item.currentReplicas ?? 0,
    desired: item.prenormalizedDesiredReplicas ?? 0,
    min: item.specMinReplicas,
    max: item.specMaxReplicas,
  };
  const { replicas, reason } = limitByBehavior(bounds, {
    up: scaleUp,
    down: scaleDown,
    upEvents: events(item.scaleUpEvents),
    downEvents: events(item.scaleDownEvents),
    now: NOW,
  });
  return expectEqual([item.expectedReplicas ?? 0, item.expectedCondition], [replicas, reason]);
}

function rules(item: HpaCase): Failure {
  const { replicas, reason } = limitByRules({
    current: item.currentReplicas ?? 0,
    desired: item.expectedDesiredReplicas,
    min: item.hpaMinReplicas,
    max: item.hpaMaxReplicas,
  });
  return expectEqual([item.expectedConvertedDesiredReplicas, item.expectedCondition], [replicas, reason]);
}

function stabilized(item: HpaCase): Failure {
  const recommendations = remembered(item.recommendations ?? []);
  const desired = item.prenormalizedDesiredReplicas ?? 0;
  if (item.kind === "stabilize") {
    const got = stabilize(recommendations, { desired, now: NOW, windowMs: DOWNSCALE_MS });
    return expectEqual(
      [item.expectedStabilizedReplicas, item.expectedLogLength],
      [got.replicas, got.recommendations.length],
    );
  }
  const got = stabilizeWithBehavior(recommendations, {
    current: item.currentReplicas ?? 0,
    desired,
    upSeconds: item.scaleUpStabilizationWindowSeconds ?? 0,
    downSeconds: item.scaleDownStabilizationWindowSeconds ?? 0,
    now: NOW,
  });
  const kept = got.recommendations.map(({ replicas }) => replicas);
  const expected = item.expectedRecommendations?.map(({ recommendation }) => recommendation) ?? kept;
  return expectEqual([item.expectedStabilizedReplicas, expected], [got.replicas, kept]);
}

function remembered(recommendations: readonly Recommended[]): Recommendation[] {
  return recommendations.map(({ recommendation, timestamp }) => ({ replicas: recommendation, at: at(timestamp) }));
}

function sync(item: SyncCase): Failure {
  const fault = FAULTS[item.id] ?? {};
  const made: MadePods = {
    count: item.specReplicas,
    containers: 1,
    requests: item.reportedCPURequests ?? [],
    readiness: item.reportedPodReadiness,
    // Three minutes: past the initialisation, without readiness counting as the first.
    startTimes: item.reportedPodStartTime ?? Array<Ago>(100).fill({ secondsAgo: 180 }),
    phases: item.reportedPodPhase,
    deleted: item.reportedPodDeletionTimestamp,
  };
  const pods = madePods(made);
  const cpu: V2MetricSpec = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: item.cpuTarget ?? 0 } },
  };
  const metrics = [...((item.cpuTarget ?? 0) > 0 ? [cpu] : []), ...(item.metricsTarget ?? [])];
  const { minReplicas, maxReplicas } = item;
  const behavior = item.scaleUpRules && { behavior: defaulted(item) };
  const object = autoscaler({ spec: { minReplicas, maxReplicas, metrics, ...behavior } });
  let replicas = item.specReplicas;
  const { recommendations } = item;
  const memory = recommendations ? { ...NO_MEMORY, recommendations: remembered(recommendations) } : NO_MEMORY;
  const { status } = syncAutoscaler(object, memory, {
    source: levelsSource({
      ...item,
      names: pods.map(({ metadata }) => metadata.name),
      failsExternal: fault.failsExternal,
    }),
    patience: PATIENCE,
    tolerance: TOLERANCE,
    downscaleMs: DOWNSCALE_MS,
    now: NOW,
    getScale() {
      if (fault.failsGet) throw new Error("something went wrong");
      return {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: object.metadata,
        spec: { replicas: item.specReplicas },
        status: { replicas: item.statusReplicas, selector: fault.selector ?? "app=web" },
      };
    },
    setReplicas(_scale, wanted) {
      if (fault.failsUpdate) throw new Error("something went wrong");
      replicas = wanted;
    },
    podsOf: () => pods,
    rivals: () => ["default/web"],
    event: () => {},
  });
  const { expectedConditions, expectedDesiredReplicas } = item;
  const conditions = (status.conditions ?? []).map(({ type, status: value, reason }) => ({
    type,
    status: value,
    reason,
  }));
  return expectEqual(
    [expectedDesiredReplicas, expectedConditions ?? conditions],
    [replicas, conditions.slice(0, expectedConditions?.length)],
  );
}
