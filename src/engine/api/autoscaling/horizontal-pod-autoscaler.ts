/** HorizontalPodAutoscaler, autoscaling/v2: the version that is stored. Upstream: pkg/apis/autoscaling/v2, pkg/registry/autoscaling. */
import type {
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2HorizontalPodAutoscalerSpec,
  V2HorizontalPodAutoscalerStatus,
  V2HPAScalingRules,
  V2MetricSpec,
} from "../generated/types.ts";
import { ageColumn, nameColumn } from "../meta/columns.ts";
import { defineResource } from "../meta/resource.ts";
import { fill, mapField, memoizeIdempotent } from "../meta/share.ts";
import { formatMetrics } from "./format-metrics.ts";
import { validateAutoscaler, validateAutoscalerStatus, validateAutoscalerUpdate } from "./validation.ts";

const NEW_STATUS: V2HorizontalPodAutoscalerStatus = Object.freeze({ desiredReplicas: 0 });

/** A body without spec: validation then says what is missing. */
const NO_SPEC = Object.freeze({}) as V2HorizontalPodAutoscalerSpec;

export const horizontalPodAutoscalers = defineResource<V2HorizontalPodAutoscaler>({
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  structure: "V2HorizontalPodAutoscaler",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: ["status"],
  example: {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      ],
    },
  },
  defaults(autoscaler) {
    const { spec = NO_SPEC, status } = autoscaler;
    const filled = defaultSpec(spec);
    if (filled === spec && status !== undefined) return autoscaler;
    return { ...autoscaler, spec: filled, status: status ?? NEW_STATUS };
  },
  prepareForCreate: (autoscaler) => ({ ...autoscaler, status: NEW_STATUS }),
  validate: validateAutoscaler,
  validateUpdate: validateAutoscalerUpdate,
  validateStatusUpdate: ({ status }) => validateAutoscalerStatus(status),
  columns: [
    nameColumn,
    {
      name: "Reference",
      type: "string",
      cell: ({ spec }) => `${spec.scaleTargetRef?.kind ?? ""}/${spec.scaleTargetRef?.name ?? ""}`,
    },
    {
      name: "Targets",
      type: "string",
      cell: ({ spec, status }) => formatMetrics(spec.metrics, status?.currentMetrics),
    },
    { name: "MinPods", type: "string", cell: ({ spec }) => String(spec.minReplicas ?? "<unset>") },
    { name: "MaxPods", type: "string", cell: ({ spec }) => spec.maxReplicas ?? 0 },
    { name: "Replicas", type: "string", cell: ({ status }) => status?.currentReplicas ?? 0 },
    ageColumn,
  ],
});

/** What is scaled by when nothing is said, in both versions. */
export const DEFAULT_METRICS: readonly V2MetricSpec[] = Object.freeze([
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
]);

/** Upstream: SetDefaults_HorizontalPodAutoscaler in pkg/apis/autoscaling/v2/defaults.go. */
const defaultSpec = memoizeIdempotent((spec: V2HorizontalPodAutoscalerSpec): V2HorizontalPodAutoscalerSpec => {
  const filled = fill(spec, { minReplicas: 1 });
  const measured = (filled.metrics ?? []).length === 0 ? { ...filled, metrics: [...DEFAULT_METRICS] } : filled;
  return mapField(measured, "behavior", defaultBehavior);
});

const SCALE_UP: V2HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};

/** The window is the controller's to choose. */
const SCALE_DOWN: V2HPAScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** Whoever speaks of one direction gets both. */
function defaultBehavior(behavior: V2HorizontalPodAutoscalerBehavior): V2HorizontalPodAutoscalerBehavior {
  const scaleUp = fill(behavior.scaleUp ?? {}, SCALE_UP);
  const scaleDown = fill(behavior.scaleDown ?? {}, SCALE_DOWN);
  return scaleUp === behavior.scaleUp && scaleDown === behavior.scaleDown ? behavior : { scaleUp, scaleDown };
}
