/**
 * HorizontalPodAutoscaler, autoscaling/v1: knows the use of CPU alone. What else a stored object has travels in annotations,
 * so that who reads this version and writes it back loses nothing.
 * Upstream: pkg/apis/autoscaling/v1/conversion.go, pkg/apis/autoscaling/annotations.go.
 */
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  ObjectMeta,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerCondition,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2MetricSpec,
  V2MetricStatus,
} from "../generated/types.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, withFields } from "../meta/share.ts";
import { behaviorFromText, behaviorToText } from "./behavior-text.ts";
import { DEFAULT_METRICS, horizontalPodAutoscalers } from "./horizontal-pod-autoscaler.ts";
import { parseList } from "./lenient-json.ts";
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from "./metric-versions.ts";

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const CARRIERS: ReadonlySet<string> = new Set([
  METRICS,
  CURRENT_METRICS,
  CONDITIONS,
  BEHAVIOR,
  `${PREFIX}scale-down-tolerance`,
  `${PREFIX}scale-up-tolerance`,
]);

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as HorizontalPodAutoscalerSpec;
const NO_STATUS = Object.freeze({}) as HorizontalPodAutoscalerStatus;

export const horizontalPodAutoscalersV1 = defineResource<HorizontalPodAutoscaler>({
  group: "autoscaling",
  version: "v1",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 10,
      targetCPUUtilizationPercentage: 50,
    },
  },
  storedAs: { resource: horizontalPodAutoscalers, toStorage, fromStorage },
  defaults(autoscaler) {
    const { spec = NO_SPEC, status = NO_STATUS } = autoscaler;
    return withFields(autoscaler as HorizontalPodAutoscaler, { spec: fill(spec, { minReplicas: 1 }), status });
  },
});

function fromStorage(object: object): HorizontalPodAutoscaler {
  const { metadata, spec, status, ...rest } = object as V2HorizontalPodAutoscaler;
  return {
    ...rest,
    apiVersion: "autoscaling/v1",
    metadata: annotated(metadata, carried(spec, status)),
    spec: specToV1(spec),
    status: statusOfV1(status),
  };
}

function toStorage({ metadata, spec, status, ...rest }: HorizontalPodAutoscaler): V2HorizontalPodAutoscaler {
  const annotations = metadata?.annotations ?? {};
  return {
    ...rest,
    apiVersion: "autoscaling/v2",
    metadata: annotated(metadata, {}),
    spec: specFromV1(spec, annotations),
    status: statusFrom(status, annotations),
  };
}

/** With the given annotations beside its own; those that carry what this version lacks are never its own. */
function annotated<M extends ObjectMeta>(metadata: M, added: Record<string, string>): M {
  const { annotations, ...rest } = metadata;
  const own = Object.entries(annotations ?? {}).filter(([key]) => !CARRIERS.has(key));
  const all = { ...Object.fromEntries(own), ...added };
  return (Object.keys(all).length === 0 ? rest : { ...rest, annotations: all }) as M;
}

function isCpuUse({ type, resource }: V2MetricSpec): boolean {
  return type === "Resource" && resource?.name === "cpu" && resource.target?.averageUtilization !== undefined;
}

function carried(
  spec: V2HorizontalPodAutoscalerSpec,
  status: V2HorizontalPodAutoscalerStatus | undefined,
): Record<string, string> {
  const added: Record<string, string> = {};
  const others = (spec.metrics ?? []).filter((metric) => !isCpuUse(metric));
  const { currentMetrics = [], conditions = [] } = status ?? {};
  if (others.length > 0) added[METRICS] = JSON.stringify(others.map(metricToV1));
  if (currentMetrics.length > 0) added[CURRENT_METRICS] = JSON.stringify(currentMetrics.map(statusToV1));
  if (spec.behavior !== undefined) added[BEHAVIOR] = behaviorToText(spec.behavior);
  if (conditions.length > 0) added[CONDITIONS] = JSON.stringify(conditions);
  return added;
}

function specToV1(spec: V2HorizontalPodAutoscalerSpec): HorizontalPodAutoscalerSpec {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [] } = spec;
  const cpu = metrics.find(isCpuUse)?.resource?.target.averageUtilization;
  return {
    scaleTargetRef,
    ...(minReplicas !== undefined && { minReplicas }),
    maxReplicas,
    ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }),
  };
}

function statusOfV1(status: V2HorizontalPodAutoscalerStatus | undefined): HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime, currentReplicas = 0, desiredReplicas = 0 } = status ?? {};
  const uses = (status?.currentMetrics ?? [])
    .filter(({ type, resource }) => type === "Resource" && resource?.name === "cpu")
    .map(({ resource }) => resource?.current?.averageUtilization)
    .filter((use) => use !== undefined);
  const use = uses.at(-1);
  return {
    ...(observedGeneration !== undefined && { observedGeneration }),
    ...(lastScaleTime !== undefined && { lastScaleTime }),
    currentReplicas,
    desiredReplicas,
    ...(use !== undefined && { currentCPUUtilizationPercentage: use }),
  };
}

function specFromV1(
  spec: HorizontalPodAutoscalerSpec,
  annotations: Readonly<Record<string, string>>,
): V2HorizontalPodAutoscalerSpec {
  const { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: use } = spec;
  const metrics: V2MetricSpec[] = (parseList(annotations[METRICS]) ?? []).map(metricFromV1);
  if (use !== undefined) {
    const target = { type: "Utilization", averageUtilization: use };
    metrics.push({ type: "Resource", resource: { name: "cpu", target } });
  }
  const behavior = behaviorFromText(annotations[BEHAVIOR]);
  return {
    scaleTargetRef,
    ...(minReplicas !== undefined && { minReplicas }),
    maxReplicas,
    metrics: metrics.length === 0 ? [...DEFAULT_METRICS] : metrics,
    ...(behavior && { behavior }),
  };
}

function statusFrom(
  status: HorizontalPodAutoscalerStatus,
  annotations: Readonly<Record<string, string>>,
): V2HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas = 0 } = status;
  const use = status.currentCPUUtilizationPercentage;
  const ofCpu: V2MetricStatus[] | undefined =
    use === undefined
      ? undefined
      : [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: use } } }];
  // What was carried says more than the one number.
  const currentMetrics = parseList(annotations[CURRENT_METRICS])?.map(statusFromV1) ?? ofCpu;
  const conditions = parseList(annotations[CONDITIONS]) as V2HorizontalPodAutoscalerCondition[] | undefined;
  return {
    ...(observedGeneration !== undefined && { observedGeneration }),
    ...(lastScaleTime !== undefined && { lastScaleTime }),
    ...(currentReplicas !== undefined && currentReplicas !== 0 && { currentReplicas }),
    desiredReplicas,
    ...(currentMetrics && { currentMetrics }),
    ...(conditions && { conditions }),
  };
}
