/** Where an autoscaler's numbers come from. Upstream: MetricsClient of pkg/controller/podautoscaler/metrics. */
import type { LabelSelector, V2CrossVersionObjectReference } from "../../api/generated/types.ts";

/** One pod's sample. */
export interface PodMetric {
  /** In thousandths of the unit. */
  readonly value: number;
  /** When the window ended, in virtual milliseconds. */
  readonly timestamp: number;
  readonly windowMs: number;
}

/** By the pod's name. */
export type PodMetrics = ReadonlyMap<string, PodMetric>;

/** Every failure is an Error whose message users get to see. Values are in thousandths. */
export interface MetricsSource {
  /** What pods (or one container of each) use of a resource. `selector` is the scale's. */
  resource(name: string, target: { namespace: string; selector: string; container?: string }): PodMetrics;
  pods(metric: string, target: { namespace: string; selector: string; metricSelector: string }): PodMetrics;
  object(
    metric: string,
    target: { namespace: string; object: V2CrossVersionObjectReference; metricSelector: string },
  ): number;
  external(metric: string, target: { namespace: string; selector: LabelSelector | undefined }): readonly number[];
}
