/**
 * ClusterRoles with an aggregation rule have the rules of all that its selectors pick. Upstream:
 * pkg/controller/clusterroleaggregation.
 * Simplified: writes by an update, as upstream does where it can't apply.
 */
import type { ClusterRole, LabelSelector, PolicyRule } from "../api/generated/types.ts";
import { labelSelectorAsSelector } from "../api/meta/selectors.ts";
import type { Selector } from "../api/meta/selectors.ts";
import { isNotFound } from "../api/meta/status-error.ts";
import { clusterRoles } from "../api/registry.ts";
import { deepEqual, stableStringify } from "../base/json.ts";
import { defineController } from "./define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "./define-controller.ts";

const AGGREGATING = "aggregating";

export function clusterRoleAggregationController(): ControllerDefinition<ClusterRole> {
  return defineController<ClusterRole>({
    name: "clusterrole-aggregation-controller",
    for: clusterRoles,
    setup(informers) {
      informers
        .informer(clusterRoles)
        .addIndex(AGGREGATING, ({ aggregationRule }) => (aggregationRule === undefined ? [] : [""]));
    },
    // Whichever role changes, each that aggregates may be another union now.
    keys: (_role, ctx) =>
      ctx
        .lister(clusterRoles)
        .byIndex(AGGREGATING, "")
        .map(({ metadata }) => metadata.name),
    reconcile,
  });
}

function reconcile(ctx: ControllerContext, name: string): ReconcileResult {
  const lister = ctx.lister(clusterRoles);
  const shared = lister.get(name);
  if (shared?.aggregationRule === undefined) return {};
  const rules = unionOf(shared, lister.list());
  if (deepEqual(rules, shared.rules ?? [])) return {};
  try {
    ctx.client.resource(clusterRoles).update({ ...shared, rules });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return {};
}

const parsed = new WeakMap<LabelSelector, Selector>();

function selectorOf(selector: LabelSelector): Selector {
  let known = parsed.get(selector);
  if (known === undefined) parsed.set(selector, (known = labelSelectorAsSelector(selector)));
  return known;
}

/** Rules of the picked roles, selector by selector, each role's in the order of names, every rule once. */
export function unionOf(role: ClusterRole, known: Iterable<ClusterRole>): PolicyRule[] {
  const all = [...known].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules: PolicyRule[] = [];
  const seen = new Set<string>();
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const picks = selectorOf(selector);
    for (const other of all) {
      if (other.metadata.name === role.metadata.name || !picks.matches(other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) {
        const text = stableStringify(rule);
        if (!seen.has(text)) rules.push(rule);
        seen.add(text);
      }
    }
  }
  return rules;
}
