/**
 * Keeps each quota's status: what is allowed, and what is used as found by counting. Upstream: pkg/controller/resourcequota.
 * Simplified: no recount every five minutes; a recount follows what could have changed the result.
 */
import type { Pod, ResourceQuota, Service } from "../../api/generated/types.ts";
import { keyOf, type KubeObject } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { equalAmounts, maskAmounts, type Amounts } from "../../api/quota/amounts.ts";
import type { QuotaEvaluator } from "../../api/quota/evaluator.ts";
import { isCharged } from "../../api/quota/pod-evaluator.ts";
import { evaluatorFor, usageOf } from "../../api/quota/quota.ts";
import { resourceQuotas } from "../../api/registry.ts";
import { milliValue } from "../../api/meta/quantity.ts";
import { deepEqual } from "../../base/json.ts";
import type { Informers } from "../../client/contracts.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";

/** Resources that are watched because a quota may count them. */
type Counted = Map<Resource, QuotaEvaluator>;

export function resourceQuotaController(): ControllerDefinition<ResourceQuota> {
  const counted: Counted = new Map();
  return defineController<ResourceQuota>({
    name: "resourcequota-controller",
    for: resourceQuotas,
    // Charges at admission change the status alone.
    isRelevant: ({ spec }, old) => !deepEqual(spec.hard, old.spec.hard),
    setup(informers, ctx) {
      const { catalog } = ctx.client.transport;
      watchCounted(counted, informers, ctx);
      return catalog.subscribe(() => watchCounted(counted, informers, ctx));
    },
    reconcile: (ctx, key) => reconcile(ctx, counted, key),
  });
}

/** Hears of everything in namespaces that goes, or begins to use less. Called again after each change of what is served. */
function watchCounted(counted: Counted, informers: Informers, ctx: ControllerContext): void {
  const served = ctx.client.transport.catalog.stored().filter(({ namespaced }) => namespaced);
  for (const resource of counted.keys()) if (!served.includes(resource)) counted.delete(resource);
  for (const resource of served) {
    const evaluator = evaluatorFor(resource);
    if (evaluator === undefined || counted.has(resource)) continue;
    counted.set(resource, evaluator);
    const usesLess = USES_LESS[resource.id];
    const recount = ({ metadata }: KubeObject): void => enqueueQuotas(ctx, metadata.namespace ?? "", evaluator);
    informers.informer(resource).addHandler({
      onDelete: recount,
      ...(usesLess && {
        onUpdate: (object: KubeObject, old: KubeObject) => {
          if (object !== old && usesLess(object, old, ctx.sim.now)) recount(object);
        },
      }),
    });
  }
}

/** Updates after which something may be free that admission doesn't know of. */
const USES_LESS: Readonly<Record<string, (object: KubeObject, old: KubeObject, now: number) => boolean>> = {
  pods: (pod, old, now) =>
    (pod as Pod).status.phase !== (old as Pod).status.phase &&
    isCharged(old as Pod, now) &&
    !isCharged(pod as Pod, now),
  services: (service, old) => (service as Service).spec.type !== (old as Service).spec.type,
};

function enqueueQuotas(ctx: ControllerContext, namespace: string, evaluator: QuotaEvaluator): void {
  for (const quota of ctx.lister(resourceQuotas).byIndex("namespace", namespace)) {
    if (Object.keys(quota.spec.hard ?? {}).some((name) => evaluator.counts(name))) ctx.enqueue(keyOf(quota));
  }
}

/** Whether an amount shrinks. */
function isLess(now: string | undefined, before: string | undefined): boolean {
  return now !== undefined && before !== undefined && milliValue(now) < milliValue(before);
}

function reconcile(ctx: ControllerContext, counted: Counted, key: string): ReconcileResult {
  const quota = ctx.lister(resourceQuotas).get(key);
  if (quota === undefined) return {};
  const hard: Amounts = quota.spec.hard ?? {};
  const names = Object.keys(hard);
  const namespace = quota.metadata.namespace ?? "";
  const found: Record<string, string> = { ...quota.status.used };
  const isNew = quota.status.hard === undefined || !equalAmounts(quota.status.hard, hard);
  for (const [resource, evaluator] of counted) {
    if (!names.some((name) => evaluator.counts(name))) continue;
    const count = (objects: readonly KubeObject[]): Amounts => usageOf(quota, evaluator, { objects, now: ctx.sim.now });
    let amounts = count(ctx.lister(resource).byIndex("namespace", namespace));
    // What was charged for an object that the lister has not heard of yet must stay charged: a quota is never exceeded.
    // Before the first count nothing was charged, and the lister may be behind as well.
    if (isNew || names.some((name) => isLess(amounts[name], quota.status.used?.[name]))) {
      amounts = count(ctx.client.resource(resource).list(namespace).items);
    }
    Object.assign(found, amounts);
  }
  const used = maskAmounts(found, (name) => hard[name] !== undefined);
  const { status } = quota;
  const isCurrent =
    status.hard !== undefined &&
    status.used !== undefined &&
    equalAmounts(status.hard, hard) &&
    equalAmounts(status.used, used);
  // A conflict means that something was charged meanwhile: it must be counted again, not written over.
  if (!isCurrent) ctx.client.resource(resourceQuotas).updateStatus({ ...quota, status: { hard, used } });
  return {};
}
