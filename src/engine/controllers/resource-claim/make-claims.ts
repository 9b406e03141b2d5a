/** Makes the claims of a pod from their templates. Upstream: pkg/controller/resourceclaim/controller.go (handleClaim). */
import type { Pod, PodResourceClaim, ResourceResourceClaim } from "../../api/generated/types.ts";
import { isPodTerminal } from "../../api/core/pod/conditions.ts";
import { resourceClaimTemplates } from "../../api/dra/resource-claim-template.ts";
import { resourceClaims } from "../../api/dra/resource-claim.ts";
import { notFound } from "../../api/meta/status-error.ts";
import { pods } from "../../api/registry.ts";
import type { ControllerContext, ReconcileResult } from "../define-controller.ts";

/** Claims by the uid of the pod that they were made for. */
export const OWNER = "owner";
/** The name that a claim has in its pod. */
const POD_CLAIM_NAME = "resource.kubernetes.io/pod-claim-name";
const RETRY_MS = 5000;

export function makeClaims(ctx: ControllerContext, key: string): ReconcileResult {
  const pod = ctx.lister(pods).get(key);
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return {};
  const before = pod.status.resourceClaimStatuses ?? [];
  const statuses = [...before];
  let failed = false;
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    const { name, resourceClaimTemplateName } = podClaim;
    if (resourceClaimTemplateName === undefined) continue;
    const known = before.find((made) => made.name === name)?.resourceClaimName;
    if (known !== undefined && ctx.lister(resourceClaims).get(`${pod.metadata.namespace}/${known}`)) continue;
    const made = ownClaim(ctx, pod, name) ?? create(ctx, pod, podClaim);
    if (typeof made === "string") {
      const message = `PodResourceClaim ${name}: ${made}`;
      ctx.events.event(pod, "Warning", { reason: "FailedResourceClaimCreation", message });
      failed = true;
    } else if (made.metadata.name !== known) {
      const at = statuses.findIndex((status) => status.name === name);
      const status = { name, resourceClaimName: made.metadata.name };
      if (at < 0) statuses.push(status);
      else statuses[at] = status;
    }
  }
  if (statuses.length > before.length || statuses.some((status, at) => status !== before[at])) {
    const { namespace, name } = pod.metadata;
    const patch = { status: { resourceClaimStatuses: statuses } };
    ctx.client.resource<Pod>(pods).patch(namespace, name, patch, { type: "strategic", subresource: "status" });
  }
  return failed ? { requeueAfter: RETRY_MS, background: true } : {};
}

function ownClaim(ctx: ControllerContext, { metadata }: Pod, name: string): ResourceResourceClaim | undefined {
  return ctx
    .lister(resourceClaims)
    .byIndex(OWNER, metadata.uid)
    .find((claim) => claim.metadata.annotations?.[POD_CLAIM_NAME] === name);
}

/** A text says why it can't be made. */
function create(
  ctx: ControllerContext,
  { metadata: { namespace, name, uid } }: Pod,
  { name: claimName, resourceClaimTemplateName = "" }: PodResourceClaim,
): ResourceResourceClaim | string {
  const template = ctx.lister(resourceClaimTemplates).get(`${namespace}/${resourceClaimTemplateName}`);
  if (template === undefined) {
    const { message } = notFound(
      { group: "resource.k8s.io", resource: "resourceclaimtemplate" },
      resourceClaimTemplateName,
    );
    return `resource claim template ${JSON.stringify(resourceClaimTemplateName)}: ${message}`;
  }
  const { metadata = {}, spec } = template.spec;
  return ctx.client.resource(resourceClaims).create({
    metadata: {
      name: "",
      generateName: `${name}-${claimName}-`,
      namespace,
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true, blockOwnerDeletion: true }],
      annotations: { ...metadata.annotations, [POD_CLAIM_NAME]: claimName },
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
    },
    spec,
  });
}
