/**
 * Which quotas are about an object, and what is used under one. Upstream: apiserver pkg/quota/v1/generic/evaluator.go,
 * CalculateUsage of apiserver pkg/quota/v1/resources.go, pkg/quota/v1/evaluator/core/registry.go.
 */
import type { ResourceQuota, ScopedResourceSelectorRequirement } from "../generated/types.ts";
import type { KubeObject } from "../meta/object.ts";
import type { GroupResource } from "../meta/status-error.ts";
import { addAmounts, maskAmounts, multiplyAmounts, type Amounts } from "./amounts.ts";
import { claimEvaluator } from "./claim-evaluator.ts";
import { objectCount, type QuotaEvaluator } from "./evaluator.ts";
import { podEvaluator } from "./pod-evaluator.ts";
import { serviceEvaluator } from "./service-evaluator.ts";

/** Core resources that may be counted by their plain name too. */
const ALIASED = ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"];

const evaluators = new Map<string, QuotaEvaluator>([
  ["pods", podEvaluator],
  ["services", serviceEvaluator],
  ["persistentvolumeclaims", claimEvaluator],
  ...ALIASED.map((name) => [name, objectCount(`count/${name}`, name)] as const),
]);

/** Every resource can be counted; undefined for events, which no quota is about. */
export function evaluatorFor({ group, resource }: GroupResource): QuotaEvaluator | undefined {
  if (resource === "events" && (group === "" || group === "events.k8s.io")) return undefined;
  const id = group === "" ? resource : `${resource}.${group}`;
  let evaluator = evaluators.get(id);
  if (evaluator === undefined) evaluators.set(id, (evaluator = objectCount(`count/${id}`)));
  return evaluator;
}

/** The quota's scopes, however they are written. */
function scopesOf({ spec }: ResourceQuota): readonly ScopedResourceSelectorRequirement[] {
  const named = (spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...named, ...(spec.scopeSelector?.matchExpressions ?? [])];
}

export function isWithinScopes(quota: ResourceQuota, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  return scopesOf(quota).every((scope) => evaluator.isWithin?.(object, scope) ?? false);
}

/** What objects of one resource use under `quota`: each name that it limits and the resource counts, 0 at least. */
export function usageOf(
  quota: ResourceQuota,
  evaluator: QuotaEvaluator,
  { objects, now }: { objects: Iterable<KubeObject>; now: number },
): Amounts {
  const names = Object.keys(quota.spec.hard ?? {}).filter((name) => evaluator.counts(name));
  // Objects of one template have one usage object: it is added once, as often as it was met.
  const met = new Map<Amounts, number>();
  for (const object of objects) {
    if (!isWithinScopes(quota, evaluator, object)) continue;
    const usage = evaluator.usage(object, now);
    met.set(usage, (met.get(usage) ?? 0) + 1);
  }
  let total: Amounts = Object.fromEntries(names.map((name) => [name, "0"]));
  for (const [usage, count] of met) {
    const counted = maskAmounts(usage, (name) => names.includes(name));
    total = addAmounts(total, multiplyAmounts(counted, count));
  }
  return total;
}
