/**
 * Says of each disruption budget how many pods may go. Upstream: pkg/controller/disruption.
 * Simplified: the condition DisruptionTarget of a pod that was not deleted after all stays.
 */
import { isPodReady } from "../../api/core/pod/conditions.ts";
import type { Pod, PodDisruptionBudget } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { memoize } from "../../api/meta/share.ts";
import { podDisruptionBudgets, pods } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { podsWithLabels, indexPodLabels } from "../pods-by-label.ts";
import { expectedScale, SCALED } from "./expected-scale.ts";
import { budgetStatus, countHealthy, disruptedPods, expectedPods, failedStatus } from "./plan.ts";

const selectorOf = memoize(({ spec }: PodDisruptionBudget) => labelSelectorAsSelector(spec?.selector));

export function disruptionController(): ControllerDefinition<PodDisruptionBudget> {
  return defineController<PodDisruptionBudget>({
    name: "disruption-controller",
    eventSource: "controllermanager",
    for: podDisruptionBudgets,
    // Its own word in the status brings nothing new, an eviction's does.
    isRelevant: ({ metadata, status }, old) =>
      metadata.generation !== old.metadata.generation || !deepEqual(status?.disruptedPods, old.status?.disruptedPods),
    setup(informers, ctx) {
      indexPodLabels(informers);
      for (const resource of Object.values(SCALED)) informers.informer(resource);
      informers.informer(pods).addHandler({
        onAdd: (pod) => enqueueBudgets(ctx, pod),
        onUpdate: (pod, old) => {
          const hasNewLabels = pod.metadata.labels !== old.metadata.labels;
          if (!hasNewLabels && !changesHealth(pod, old)) return;
          enqueueBudgets(ctx, pod);
          if (hasNewLabels) enqueueBudgets(ctx, old);
        },
        onDelete: (pod) => enqueueBudgets(ctx, pod),
      });
    },
    reconcile,
  });
}

function changesHealth(pod: Pod, old: Pod): boolean {
  return pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp || isPodReady(pod) !== isPodReady(old);
}

function enqueueBudgets(ctx: ControllerContext, { metadata }: Pod): void {
  for (const budget of ctx.lister(podDisruptionBudgets).byIndex("namespace", metadata.namespace)) {
    if (selectorOf(budget).matches(metadata.labels)) ctx.enqueue(keyOf(budget));
  }
}

function reconcile(ctx: ControllerContext, key: string): ReconcileResult {
  const budget = ctx.lister(podDisruptionBudgets).get(key);
  if (budget === undefined) return {};
  const { now } = ctx.sim;
  const selected = podsOf(ctx, budget);
  if (selected.length === 0)
    ctx.events.event(budget, "Normal", { reason: "NoPods", message: "No matching pods found" });
  let failure: string | undefined;
  let unmanaged: readonly string[] = [];
  const { expected, desired } = expectedPods(budget, selected, () => {
    const scale = expectedScale(ctx, selected);
    failure = scale.failure;
    if (scale.failure === undefined) ({ unmanaged } = scale);
    return scale.count ?? 0;
  });
  if (failure !== undefined) {
    const message = `Failed to calculate the number of expected pods: ${failure}`;
    ctx.events.event(budget, "Warning", { reason: "CalculateExpectedPodCountFailed", message });
    write(ctx, budget, failedStatus(budget, failure, now));
    return {};
  }
  if (unmanaged.length > 0) {
    const message = `Pods selected by this PodDisruptionBudget (selector: ${selectorOf(budget).toString()}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
    ctx.events.event(budget, "Warning", { reason: "UnmanagedPods", message });
  }
  const { disrupted, overdue, recheckAfter } = disruptedPods(budget, selected, now);
  for (const pod of overdue) {
    const message = `Pod was expected by PDB ${key} to be deleted but it wasn't`;
    ctx.events.event(pod, "Warning", { reason: "NotDeleted", message });
  }
  const healthy = countHealthy(selected, disrupted);
  write(ctx, budget, budgetStatus(budget, { healthy, desired, expected, disrupted }, now));
  return recheckAfter === undefined ? {} : { requeueAfter: recheckAfter + 1, background: true };
}

function podsOf(ctx: ControllerContext, budget: PodDisruptionBudget): readonly Pod[] {
  const selector = selectorOf(budget);
  const { namespace = "" } = budget.metadata;
  const candidates = podsWithLabels(ctx, namespace, budget.spec?.selector?.matchLabels);
  return candidates.filter(({ metadata }) => selector.matches(metadata.labels));
}

/** A conflict is tried again on what is there then: an eviction may have taken from the budget meanwhile. */
function write(ctx: ControllerContext, budget: PodDisruptionBudget, status: PodDisruptionBudget["status"]): void {
  if (deepEqual(budget.status, status)) return;
  ctx.client.resource(podDisruptionBudgets).updateStatus({ ...budget, status });
}
