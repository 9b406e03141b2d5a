/** `kubectl describe poddisruptionbudget | priorityclass`. Upstream: kubectl pkg/describe/describe.go. */
import type { PodDisruptionBudget, PriorityClass } from "../../engine/api/generated/types.ts";
import { formatLabels } from "../../engine/api/meta/columns.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeEvents } from "./events.ts";
import type { DescribeWriter } from "./writer.ts";

export function* describeDisruptionBudget(
  call: Invocation,
  out: DescribeWriter,
  budget: PodDisruptionBudget,
): Call<void> {
  const { metadata, spec = {}, status } = budget;
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  if (spec.minAvailable !== undefined) out.line(0, `Min available:\t${spec.minAvailable}`);
  else if (spec.maxUnavailable !== undefined) out.line(0, `Max unavailable:\t${spec.maxUnavailable}`);
  out.line(0, `Selector:\t${spec.selector === undefined ? "<unset>" : formatLabelSelector(spec.selector)}`);
  out.line(0, "Status:");
  out.line(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}`);
  out.line(2, `Current:\t${status?.currentHealthy ?? 0}`);
  out.line(2, `Desired:\t${status?.desiredHealthy ?? 0}`);
  out.line(2, `Total:\t${status?.expectedPods ?? 0}`);
  yield* describeEvents(call, out, budget);
}

export function* describePriorityClass(call: Invocation, out: DescribeWriter, priority: PriorityClass): Call<void> {
  out.line(0, `Name:\t${priority.metadata.name}`);
  out.line(0, `Value:\t${priority.value}`);
  out.line(0, `GlobalDefault:\t${priority.globalDefault ?? false}`);
  out.line(0, `PreemptionPolicy:\t${priority.preemptionPolicy ?? ""}`);
  out.line(0, `Description:\t${priority.description ?? ""}`);
  out.line(0, `Annotations:\t${formatLabels(priority.metadata.annotations)}`);
  yield* describeEvents(call, out, priority);
}
