/** `kubectl describe horizontalpodautoscaler`, v2. Upstream: kubectl pkg/describe/describe.go. */
import type {
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from "../../engine/api/generated/types.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import { describeHead } from "./head.ts";
import { type DescribeWriter, longTime } from "./writer.ts";

const UNKNOWN = "<unknown>";

export function* describeAutoscaler(
  call: Invocation,
  out: DescribeWriter,
  scaler: V2HorizontalPodAutoscaler,
): Call<void> {
  const { metadata, spec, status } = scaler;
  const { kind, name } = spec.scaleTargetRef;
  describeHead(out, metadata);
  out.line(0, `CreationTimestamp:\t${longTime(metadata.creationTimestamp)}`);
  out.line(0, `Reference:\t${kind}/${name}`);
  out.line(0, "Metrics:\t( current / target )");
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    out.line(1, metricText(metric, status?.currentMetrics?.[index]));
  }
  out.line(0, `Min replicas:\t${spec.minReplicas ?? "<unset>"}`);
  out.line(0, `Max replicas:\t${spec.maxReplicas}`);
  if (spec.behavior !== undefined) {
    out.line(0, "Behavior:");
    describeRules(out, "Scale Up", spec.behavior.scaleUp);
    describeRules(out, "Scale Down", spec.behavior.scaleDown);
  }
  out.line(0, `${kind} pods:\t${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus\tReason\tMessage");
    out.line(1, "----\t------\t------\t-------");
    for (const { type, status: state, reason, message } of conditions) {
      out.line(1, `${type}\t${state}\t${reason ?? ""}\t${message ?? ""}`);
    }
  }
  yield* describeEvents(call, out, scaler);
}

function metricText(metric: V2MetricSpec, current: V2MetricStatus | undefined): string {
  const { type, external, pods, object, resource, containerResource } = metric;
  if (external !== undefined) {
    const isAverage = external.target.averageValue !== undefined;
    const value = current?.external?.current;
    const shown = (isAverage ? value?.averageValue : value?.value) ?? UNKNOWN;
    const wanted = isAverage ? external.target.averageValue : external.target.value;
    return `"${external.metric.name}" (target ${isAverage ? "average " : ""}value):\t${shown} / ${wanted}`;
  }
  if (pods !== undefined) {
    const shown = current?.pods?.current.averageValue ?? UNKNOWN;
    return `"${pods.metric.name}" on pods:\t${shown} / ${pods.target.averageValue}`;
  }
  if (object !== undefined) {
    const isAverage = object.target.type === "AverageValue";
    const value = current?.object?.current;
    const shown = (isAverage ? value?.averageValue : value?.value) ?? UNKNOWN;
    const wanted = isAverage ? object.target.averageValue : object.target.value;
    const { kind, name } = object.describedObject;
    return `"${object.metric.name}" on ${kind}/${name} (target ${isAverage ? "average " : ""}value):\t${shown} / ${wanted}`;
  }
  if (resource !== undefined) {
    return `resource ${resource.name} on pods${resourceText(resource.target, current?.resource?.current)}`;
  }
  if (containerResource !== undefined) {
    const { name, container, target } = containerResource;
    return `resource ${name} of container "${container}" on pods${resourceText(target, current?.containerResource?.current)}`;
  }
  return `<unknown metric type ${JSON.stringify(type)}>`;
}

function resourceText(target: V2MetricTarget, current: V2MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `:\t${current?.averageValue ?? UNKNOWN} / ${target.averageValue}`;
  }
  const shown =
    current?.averageUtilization === undefined
      ? UNKNOWN
      : `${current.averageUtilization}% (${current.averageValue ?? ""})`;
  const wanted = target.averageUtilization === undefined ? "<auto>" : `${target.averageUtilization}%`;
  return `  (as a percentage of request):\t${shown} / ${wanted}`;
}

function describeRules(out: DescribeWriter, title: string, rules: V2HPAScalingRules | undefined): void {
  if (rules === undefined) return;
  out.line(1, `${title}:`);
  if (rules.stabilizationWindowSeconds !== undefined) {
    out.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  }
  const policies = rules.policies ?? [];
  if (policies.length === 0) return;
  out.line(2, `Select Policy: ${rules.selectPolicy ?? "Max"}`);
  out.line(2, "Policies:");
  for (const { type, value, periodSeconds } of policies) {
    out.line(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds`);
  }
}
