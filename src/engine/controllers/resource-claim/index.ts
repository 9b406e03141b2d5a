/**
 * Makes pods' claims to devices from their templates, and takes claims back from pods that are done.
 * Upstream: pkg/controller/resourceclaim/controller.go.
 *
 * **Simplified:** a pod that was given its node without the scheduler gets no reservation.
 */
import type { Pod, ResourceClaimTemplate, ResourceResourceClaim } from "../../api/generated/types.ts";
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { CLAIM_FINALIZER, claimNameOf, deviceClaimKeys, owningPod } from "../../api/dra/pod-claims.ts";
import { resourceClaimTemplates } from "../../api/dra/resource-claim-template.ts";
import { resourceClaims } from "../../api/dra/resource-claim.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isConflict, isNotFound } from "../../api/meta/status-error.ts";
import { pods } from "../../api/registry.ts";
import { defineController } from "../define-controller.ts";
import type {
  ControllerContext,
  ControllerDefinition,
  ControllerWatch,
  ReconcileResult,
} from "../define-controller.ts";
import { makeClaims, OWNER } from "./make-claims.ts";

/** Keys: `pod:<namespace>/<name>` and `claim:<namespace>/<name>`. */
const POD = "pod:";
const CLAIM = "claim:";
const NONE: readonly string[] = [];
const BY_TEMPLATE = "claim-template";

const podWatch: ControllerWatch<Pod> = {
  resource: pods,
  keys: (pod) =>
    pod.spec.resourceClaims === undefined
      ? NONE
      : [`${POD}${keyOf(pod)}`, ...deviceClaimKeys(pod).map((key) => `${CLAIM}${key}`)],
};

const templateWatch: ControllerWatch<ResourceClaimTemplate> = {
  resource: resourceClaimTemplates,
  keys: (template, ctx) =>
    ctx
      .lister(pods)
      .byIndex(BY_TEMPLATE, keyOf(template))
      .map((pod) => `${POD}${keyOf(pod)}`),
};

export function resourceClaimController(): ControllerDefinition<ResourceResourceClaim> {
  return defineController<ResourceResourceClaim>({
    name: "resource-claim-controller",
    eventSource: "resource_claim",
    for: resourceClaims,
    keys(claim) {
      const owner = owningPod(claim);
      const own = `${CLAIM}${keyOf(claim)}`;
      return owner === undefined ? [own] : [own, `${POD}${claim.metadata.namespace}/${owner.name}`];
    },
    subject: (key) =>
      key.startsWith(POD) ? `pods/${key.slice(POD.length)}` : `resourceclaims/${key.slice(CLAIM.length)}`,
    watches: [podWatch as ControllerWatch, templateWatch as ControllerWatch],
    setup(informers) {
      informers.informer(pods).addIndex(BY_TEMPLATE, templatesOf);
      informers.informer(resourceClaims).addIndex(OWNER, (claim) => {
        const owner = owningPod(claim);
        return owner === undefined ? NONE : [owner.uid];
      });
    },
    reconcile(ctx, key): ReconcileResult {
      try {
        if (key.startsWith(POD)) return makeClaims(ctx, key.slice(POD.length));
        takeBack(ctx, key.slice(CLAIM.length));
      } catch (error) {
        if (isConflict(error)) return { requeueAfter: 10 };
        if (!isNotFound(error)) throw error;
      }
      return {};
    },
  });
}

/** `namespace/name` of the templates of which a pod's claim is still to be made. */
function templatesOf(pod: Pod): readonly string[] {
  if (pod.spec.resourceClaims === undefined) return NONE;
  return pod.spec.resourceClaims.flatMap((claim) =>
    claim.resourceClaimTemplateName === undefined || claimNameOf(pod, claim) !== undefined
      ? []
      : [`${pod.metadata.namespace}/${claim.resourceClaimTemplateName}`],
  );
}

function isDone(pod: Pod): boolean {
  return isPodTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && (pod.spec.nodeName ?? "") === "");
}

/** Ends reservations of pods that are done; what nobody has reserved any more is deallocated. */
function takeBack(ctx: ControllerContext, key: string): void {
  const claim = ctx.lister(resourceClaims).get(key);
  if (claim === undefined) return;
  const { metadata, status } = claim;
  const client = ctx.client.resource(resourceClaims);
  const listed = ctx.lister(pods);
  const before = status?.reservedFor ?? [];
  const reservedFor = before.filter(({ apiGroup = "", resource, name, uid }) => {
    if (apiGroup !== "" || resource !== "pods") return true;
    const pod = listed.get(`${metadata.namespace}/${name}`);
    return pod?.metadata.uid === uid && !isDone(pod);
  });
  const held = metadata.finalizers?.includes(CLAIM_FINALIZER) === true;
  const isFree = reservedFor.length === 0;
  const goes = metadata.deletionTimestamp !== undefined;
  let current = claim;
  if (reservedFor.length < before.length || (isFree && goes && held && status?.allocation !== undefined)) {
    const { allocation, reservedFor: _, ...rest } = status ?? {};
    const kept = isFree && held ? {} : { ...(allocation !== undefined && { allocation }) };
    current = client.updateStatus({ ...claim, status: { ...rest, ...kept, ...(!isFree && { reservedFor }) } });
  }
  if (isFree && held && current.status?.allocation === undefined) {
    const finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== CLAIM_FINALIZER) ?? [];
    client.update({ ...current, metadata: { ...current.metadata, finalizers } });
  }
  const owner = owningPod(claim);
  if (!isFree || goes || owner === undefined) return;
  const pod = listed.get(`${metadata.namespace}/${owner.name}`);
  if (pod?.metadata.uid === owner.uid && isDone(pod)) client.delete(metadata.namespace ?? "", metadata.name);
}
