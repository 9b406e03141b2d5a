/** What the tables of the autoscaler's tests report, as a source of metrics. */
import type {
  MetricsSource,
  PodMetric,
  PodMetrics,
} from "../../../engine/controllers/horizontal-pod-autoscaler/metrics-source.ts";
import { NOW } from "./hpa-fixtures.ts";

export function levelsSource({
  reportedLevels,
  names,
  failsExternal,
}: {
  reportedLevels: readonly number[];
  names: readonly string[];
  failsExternal: true | undefined;
}): MetricsSource {
  return {
    resource: () => podMetrics(reportedLevels, names),
    pods: () => podMetrics(reportedLevels, names),
    object: () => reportedLevels[0] ?? 0,
    external() {
      if (failsExternal) throw new Error("something went wrong");
      return reportedLevels;
    },
  };
}

/** One value a pod; pods beyond the list report nothing, values beyond the pods come from others. */
export function podMetrics(levels: readonly number[], names: readonly string[]): PodMetrics {
  return new Map(levels.map((value, i) => [names[i] ?? `other-${i}`, sample(value)]));
}

function sample(value: number): PodMetric {
  return { value, timestamp: NOW, windowMs: 60_000 };
}
