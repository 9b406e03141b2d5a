/**
 * Charges what is made to its namespace's quotas, and refuses what they don't allow. A quota counts from the moment that its
 * controller has written `status.hard`. Upstream: apiserver pkg/admission/plugin/resourcequota/controller.go.
 * Simplified: no resources are limited by default (upstream's configuration of the plugin).
 */
import type { ResourceQuota } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import {
  addAmounts,
  equalAmounts,
  exceeding,
  maskAmounts,
  negativeNames,
  printAmounts,
  subtractAmounts,
  withoutZeros,
  type Amounts,
} from "../../api/quota/amounts.ts";
import type { QuotaEvaluator } from "../../api/quota/evaluator.ts";
import { evaluatorFor, isWithinScopes } from "../../api/quota/quota.ts";
import { resourceQuotas } from "../../api/registry.ts";
import { noteUpdate } from "../managed-fields/ownership.ts";
import { writerId } from "../managed-fields/writer.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const NOTHING: Amounts = {};
const MANAGER = "kube-apiserver";

/** A quota with what will be used under it. */
interface Charge {
  readonly quota: ResourceQuota;
  readonly used: Amounts;
}

export const resourceQuota: AdmissionPlugin = {
  name: "ResourceQuota",
  validate(object, attributes) {
    const { operation, request, context } = attributes;
    if (object === undefined || operation === "delete" || !request.resource.namespaced) return;
    const quotas = context.lists.list(resourceQuotas, request.namespace);
    if (quotas.length === 0) return;
    const evaluator = evaluatorFor(request.resource);
    if (evaluator === undefined || !handles(evaluator, attributes)) return;
    const charges = chargesFor(object, { attributes, evaluator, quotas });
    if (request.options.dryRun ?? false) return;
    for (const { quota, used } of charges) {
      const charged = { ...quota, status: { ...quota.status, used } };
      const writer = { by: writerId(resourceQuotas, "status", MANAGER), now: context.sim.now };
      const note = (stored: KubeObject): void => noteUpdate(stored, { before: quota, wanted: charged }, writer);
      context.objects.put(charged, {
        resource: resourceQuotas,
        user: loopbackUser,
        verb: "update",
        fresh: undefined,
        note,
      });
    }
  },
};

function handles({ updates, updatesThrough }: QuotaEvaluator, { operation, request }: AdmissionRequest): boolean {
  if (request.subresource !== "") return operation === "update" && request.subresource === updatesThrough;
  return operation === "create" || updates;
}

/** What must be written when the object is stored. Throws when a quota doesn't allow it: then nothing is charged. */
function chargesFor(
  object: KubeObject,
  {
    attributes,
    evaluator,
    quotas,
  }: { attributes: AdmissionRequest; evaluator: QuotaEvaluator; quotas: readonly ResourceQuota[] },
): Charge[] {
  const { now } = attributes.context.sim;
  const concerned = quotas.filter((quota) => isConcerned(quota, evaluator, object));
  if (concerned.length === 0) return [];
  for (const quota of concerned) checkCountable(quota, { attributes, evaluator, object });
  const usage = evaluator.usage(object, now);
  const negative = negativeNames(usage);
  if (negative.length > 0) throw refuse(attributes, `quota usage is negative for resource(s): ${negative.join(",")}`);
  const before = attributes.old === undefined ? NOTHING : evaluator.usage(attributes.old, now);
  const delta = withoutZeros(subtractAmounts(usage, before));
  return concerned.flatMap((quota) => charge(quota, delta, attributes));
}

/** The quota limits something of this resource, and the object is within its scopes. */
function isConcerned(quota: ResourceQuota, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  const names = Object.keys(quota.status.hard ?? NOTHING);
  return names.some((name) => evaluator.counts(name)) && isWithinScopes(quota, evaluator, object);
}

function checkCountable(
  { metadata, status }: ResourceQuota,
  parts: { attributes: AdmissionRequest; evaluator: QuotaEvaluator; object: KubeObject },
): void {
  const { attributes, evaluator, object } = parts;
  const names = Object.keys(status.hard ?? NOTHING).filter((name) => evaluator.counts(name));
  const why = evaluator.constraint?.(object, names);
  if (why !== undefined) throw refuse(attributes, `failed quota: ${metadata.name}: ${why}`);
  if (names.every((name) => status.used?.[name] !== undefined)) return;
  throw refuse(attributes, `status unknown for quota: ${metadata.name}, resources: ${names.toSorted().join(",")}`);
}

function charge(quota: ResourceQuota, delta: Amounts, attributes: AdmissionRequest): Charge[] {
  const { hard = NOTHING, used: before = NOTHING } = quota.status;
  const requested = maskAmounts(delta, (name) => hard[name] !== undefined);
  const used = addAmounts(before, requested);
  const over = exceeding(
    maskAmounts(used, (name) => requested[name] !== undefined),
    hard,
  );
  if (over.length > 0) {
    const [what, had, limit] = [requested, before, hard].map((amounts) =>
      printAmounts(maskAmounts(amounts, (name) => over.includes(name))),
    );
    throw refuse(
      attributes,
      `exceeded quota: ${quota.metadata.name}, requested: ${what}, used: ${had}, limited: ${limit}`,
    );
  }
  return equalAmounts(used, before) ? [] : [{ quota, used }];
}

function refuse({ request, name }: AdmissionRequest, why: string): Error {
  return forbidden(request.resource, name, why);
}
