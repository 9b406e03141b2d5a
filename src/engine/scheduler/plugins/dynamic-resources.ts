/**
 * Devices that a pod claims. Upstream: pkg/scheduler/framework/plugins/dynamicresources.
 *
 * Simplified: no driver is simulated, so nobody allocates a device, and a claim that somebody else marked as allocated
 * helps nobody: a pod with claims waits. Upstream keeps a pod whose claims don't exist out of the queue, without a word;
 * here it is tried, and its event says what is missing.
 */
import type { Pod } from "../../api/generated/types.ts";
import type { Plugin, Verdict } from "../framework.ts";
import type { DeviceListers } from "../device-listers.ts";

const NAME = "DynamicResources";
const NO_CLAIMS = "no new claims to deallocate";
const STILL_NOT = "still not schedulable";
/** What upstream says where another plugin rejected the pod before this one had looked at it. */
const NEVER_ASKED = "not found";

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [reason] };
}

const NOT_ALLOCATED = unresolvable("cannot allocate all claims");

export const dynamicResources: Plugin = {
  name: NAME,
  scope: "cluster",
  events: ["resource-claim", "device-class", "pod-update", "node-add"],
  filter({ pod }, { devices }) {
    if (devices === undefined || !hasClaims(pod)) return "skip";
    const missing = whatIsMissing(pod, devices);
    return missing === undefined ? { check: () => NOT_ALLOCATED } : unresolvable(missing);
  },
  postFilter({ pod }, rejected) {
    if (rejected !== undefined && rejected.plugin !== NAME) return { message: NEVER_ASKED, isLast: true };
    return { message: hasClaims(pod) && rejected === undefined ? STILL_NOT : NO_CLAIMS };
  },
  helps({ pod, namespace }, event) {
    if (event.type !== "resource-claim") return event.type !== "pod-update";
    const { name, namespace: of } = event.claim.metadata;
    return of === namespace && claimNames(pod).includes(name);
  },
};

function hasClaims({ spec }: Pod): boolean {
  return (spec.resourceClaims?.length ?? 0) > 0;
}

/** Of the pod's claims; undefined for one that is still to be made from a template. */
function claimNames({ spec, status }: Pod): (string | undefined)[] {
  const made = status?.resourceClaimStatuses ?? [];
  return (spec.resourceClaims ?? []).map(
    ({ name, resourceClaimName }) =>
      resourceClaimName ?? made.find((other) => other.name === name)?.resourceClaimName ?? undefined,
  );
}

function whatIsMissing(pod: Pod, devices: DeviceListers): string | undefined {
  const { namespace, name: podName } = pod.metadata;
  for (const name of claimNames(pod)) {
    if (name === undefined) return `pod "${namespace}/${podName}": ResourceClaim not created yet`;
    const claim = devices.claim(`${namespace}/${name}`);
    if (claim === undefined) return `could not find v1.ResourceClaim "${namespace}/${name}"`;
    for (const { name: request, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
      const wanted = [
        ...(exactly === undefined ? [] : [{ request, deviceClassName: exactly.deviceClassName }]),
        ...firstAvailable.map((sub) => ({ request: `${request}/${sub.name}`, deviceClassName: sub.deviceClassName })),
      ];
      const lacking = wanted.find(({ deviceClassName }) => !devices.hasClass(deviceClassName));
      if (lacking !== undefined) {
        return `request ${lacking.request}: device class ${lacking.deviceClassName} does not exist`;
      }
    }
  }
  return undefined;
}
