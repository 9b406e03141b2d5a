/**
 * Devices that a pod claims: found on each node, written into the claims of the pod that goes there. Upstream:
 * pkg/scheduler/framework/plugins/dynamicresources.
 *
 * Simplified: upstream keeps a pod that names a claim that doesn't exist out of the queue, without a word; here it is
 * tried, and its event says what is missing. Nothing is scored, and a claim that is allocated elsewhere is not taken back for the pod.
 */
import { selectorMatcher } from "../../api/core/node-selectors.ts";
import { claimNameOf, deviceClaimKeys, isReservedFor, owningPod } from "../../api/dra/pod-claims.ts";
import type { AllocationResult, Pod, ResourceResourceClaim } from "../../api/generated/types.ts";
import type { DeviceListers } from "../device-listers.ts";
import { allocate, AllocationError } from "../devices/allocator.ts";
import type { NodeFilter, Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";

export const DYNAMIC_RESOURCES = "DynamicResources";
const NO_CLAIMS = "no new claims to deallocate";
const STILL_NOT = "still not schedulable";
/** What upstream says where another plugin rejected the pod before this one had looked at it. */
const NEVER_ASKED = "not found";
/** Pods that can share a claim. */
const MOST_RESERVATIONS = 256;

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: DYNAMIC_RESOURCES, reasons: [reason] };
}

const NOT_ALLOCATED = unresolvable("cannot allocate all claims");
const NOT_THERE = unresolvable("resourceclaim not available on the node");

export const dynamicResources: Plugin = {
  name: DYNAMIC_RESOURCES,
  scope: "cluster",
  events: ["resource-claim", "resource-slice", "device-class", "pod-update", "node-add"],
  preEnqueue({ pod }) {
    const { namespace, name } = pod.metadata;
    const isMade = (pod.spec.resourceClaims ?? []).every((claim) => claimNameOf(pod, claim) !== undefined);
    return isMade ? undefined : unresolvable(`pod "${namespace}/${name}": ResourceClaim not created yet`);
  },
  filter({ pod }, { devices }) {
    if (devices === undefined || !hasClaims(pod)) return "skip";
    const claims = claimsOf(pod, devices);
    return "reasons" in claims ? claims : filterFor(claims, devices);
  },
  postFilter({ pod }, rejected) {
    if (rejected !== undefined && rejected.plugin !== DYNAMIC_RESOURCES) return { message: NEVER_ASKED, isLast: true };
    return { message: hasClaims(pod) && rejected === undefined ? STILL_NOT : NO_CLAIMS };
  },
  helps({ pod, namespace }, event) {
    if (event.type === "pod-update") return deviceClaimKeys(pod).length > deviceClaimKeys(event.old.pod).length;
    if (event.type !== "resource-claim") return true;
    const { name, namespace: of } = event.claim.metadata;
    if (event.freed) return true;
    return of === namespace && (pod.spec.resourceClaims ?? []).some((claim) => claimNameOf(pod, claim) === name);
  },
};

function hasClaims({ spec }: Pod): boolean {
  return (spec.resourceClaims?.length ?? 0) > 0;
}

/** All claims of the pod, or why it can't go anywhere. */
function claimsOf(pod: Pod, devices: DeviceListers): readonly ResourceResourceClaim[] | Verdict {
  const { namespace, name: podName, uid } = pod.metadata;
  const claims: ResourceResourceClaim[] = [];
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    const name = claimNameOf(pod, podClaim);
    if (name === undefined) return unresolvable(`pod "${namespace}/${podName}": ResourceClaim not created yet`);
    const claim = devices.claim(`${namespace}/${name}`);
    if (claim === undefined) return unresolvable(`could not find v1.ResourceClaim "${namespace}/${name}"`);
    const reason = unusable(claim, { pod, devices, isMade: podClaim.resourceClaimTemplateName !== undefined, uid });
    if (reason !== undefined) return unresolvable(reason);
    claims.push(claim);
  }
  return claims;
}

function unusable(
  claim: ResourceResourceClaim,
  { pod, devices, isMade, uid }: { pod: Pod; devices: DeviceListers; isMade: boolean; uid: string },
): string | undefined {
  const { name, namespace } = claim.metadata;
  if (claim.metadata.deletionTimestamp !== undefined) return `resourceclaim "${name}" is being deleted`;
  if (isMade && owningPod(claim)?.uid !== uid) {
    const key = `${namespace}/${pod.metadata.name}`;
    return `ResourceClaim ${namespace}/${name} was not created for pod ${key} (pod is not owner)`;
  }
  if (claim.status?.allocation !== undefined) {
    const isFull = (claim.status.reservedFor ?? []).length >= MOST_RESERVATIONS && !isReservedFor(claim, pod);
    return isFull ? "resourceclaim in use" : undefined;
  }
  for (const { name: request, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
    const wanted = [
      ...(exactly === undefined ? [] : [{ request, deviceClassName: exactly.deviceClassName }]),
      ...firstAvailable.map((sub) => ({ request: `${request}/${sub.name}`, deviceClassName: sub.deviceClassName })),
    ];
    const lacking = wanted.find(({ deviceClassName }) => devices.deviceClass(deviceClassName) === undefined);
    if (lacking !== undefined) {
      return `request ${lacking.request}: device class ${lacking.deviceClassName} does not exist`;
    }
  }
  return undefined;
}

function filterFor(claims: readonly ResourceResourceClaim[], devices: DeviceListers): NodeFilter {
  const selectors = claims.flatMap(({ status }) => status?.allocation?.nodeSelector ?? []).map(selectorMatcher);
  const open = claims.filter(({ status }) => status?.allocation === undefined);
  return {
    check(node) {
      if (!selectors.every((matches) => matches(node))) return NOT_THERE;
      if (open.length === 0) return undefined;
      try {
        return allocationsOn(node, open, devices) === undefined ? NOT_ALLOCATED : undefined;
      } catch (error) {
        if (!(error instanceof AllocationError)) throw error;
        return unresolvable(error.message);
      }
    },
  };
}

function allocationsOn(
  node: NodeInfo,
  claims: readonly ResourceResourceClaim[],
  devices: DeviceListers,
): AllocationResult[] | undefined {
  return allocate(claims, {
    node: node.name,
    devices: devices.pools().on(node),
    inUse: devices,
    deviceClass: (name) => devices.deviceClass(name),
    selectors: devices.selectors,
  });
}

/** What of a pod's claims is to be written before it goes to a node. */
export interface Reservation {
  readonly claim: ResourceResourceClaim;
  /** undefined: it has its devices already. */
  readonly allocation: AllocationResult | undefined;
}

/** Of the claims that aren't reserved for the pod yet; undefined: they can't be had there any more. */
export function reservationsOn(node: NodeInfo, pod: Pod, devices: DeviceListers): readonly Reservation[] | undefined {
  if (!hasClaims(pod)) return [];
  const claims = claimsOf(pod, devices);
  if ("reasons" in claims) return undefined;
  const open = claims.filter(({ status }) => status?.allocation === undefined);
  const allocations = open.length === 0 ? [] : allocationsOn(node, open, devices);
  if (allocations === undefined) return undefined;
  return claims
    .filter((claim) => !isReservedFor(claim, pod))
    .map((claim) => ({ claim, allocation: allocations[open.indexOf(claim)] }));
}
