/**
 * How many volumes a driver can attach to a node. Upstream: pkg/scheduler/framework/plugins/nodevolumelimits (csi.go).
 * Simplified: volumes of the in-tree plugins that drivers have taken over count for nobody.
 */
import { storageClassOf } from "../../api/core/volume-claims.ts";
import { NO_PROVISIONER } from "../../api/core/volume-matching.ts";
import type { Pod } from "../../api/generated/types.ts";
import type { Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { isClaimOf, podClaims } from "../pod-claims.ts";
import type { VolumeListers } from "../volume-listers.ts";

const NAME = "NodeVolumeLimits";
const TOO_MANY: Verdict = { code: "Unschedulable", plugin: NAME, reasons: ["node(s) exceed max volume count"] };

/** Drivers by what tells their volumes apart. */
type Volumes = Map<string, string>;

export const nodeVolumeLimits: Plugin = {
  name: NAME,
  scope: "cluster",
  events: ["pod-delete", "claim-add", "volume-add", "volume-update", "csi-node", "attachment-delete"],
  filter({ pod }, { volumes }) {
    if (volumes === undefined || podClaims(pod).length === 0) return "skip";
    const wanted = volumesOf(pod, volumes);
    // What is wrong with a claim is told by others first, who look before any node is asked.
    if (!(wanted instanceof Map)) return { check: () => wanted };
    if (wanted.size === 0) return "skip";
    return { check: (node) => (exceedsLimit(wanted, node, volumes) ? TOO_MANY : undefined) };
  },
  helps({ pod, namespace }, event) {
    switch (event.type) {
      case "pod-delete":
        return podClaims(event.pod.pod).length > 0;
      case "claim-add": {
        const { name, namespace: of } = event.claim.metadata;
        return of === namespace && podClaims(pod).some((claim) => claim.name === name);
      }
      default:
        return true;
    }
  },
};

function volumesOf(pod: Pod, volumes: VolumeListers): Volumes | Verdict {
  const found: Volumes = new Map();
  for (const { name, ephemeral } of podClaims(pod)) {
    const key = `${pod.metadata.namespace}/${name}`;
    const claim = volumes.claim(key);
    if (claim === undefined) {
      const reason = `looking up PVC ${key}: persistentvolumeclaim ${JSON.stringify(name)} not found`;
      return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [reason] };
    }
    if (ephemeral && !isClaimOf(claim, pod)) continue;
    const volume = volumes.volume(claim.spec.volumeName ?? "");
    if (volume?.spec.csi !== undefined) {
      const { driver, volumeHandle } = volume.spec.csi;
      found.set(`${driver}/${volumeHandle}`, driver);
    } else if (volume === undefined) {
      // Not bound yet: it will be one more of its class's driver.
      const driver = volumes.storageClass(storageClassOf(claim))?.provisioner ?? NO_PROVISIONER;
      if (driver !== NO_PROVISIONER) found.set(`${driver}/${key}`, driver);
    }
  }
  return found;
}

function exceedsLimit(wanted: Volumes, node: NodeInfo, volumes: VolumeListers): boolean {
  const limits = new Map<string, number>();
  for (const { name, allocatable } of volumes.csiNode(node.name)?.spec.drivers ?? []) {
    if (allocatable?.count !== undefined) limits.set(name, allocatable.count);
  }
  if (limits.size === 0) return false;
  const attached = attachedTo(node, volumes);
  const count = new Map<string, number>();
  for (const driver of attached.values()) count.set(driver, (count.get(driver) ?? 0) + 1);
  const added = new Map<string, number>();
  for (const [id, driver] of wanted) if (!attached.has(id)) added.set(driver, (added.get(driver) ?? 0) + 1);
  for (const [driver, more] of added) {
    const limit = limits.get(driver);
    if (limit !== undefined && (count.get(driver) ?? 0) + more > limit) return true;
  }
  return false;
}

/** What the node's pods use, and what is attached there besides. */
function attachedTo(node: NodeInfo, volumes: VolumeListers): Volumes {
  const attached: Volumes = new Map();
  for (const { pod } of node.pods.values()) {
    if (podClaims(pod).length === 0) continue;
    const found = volumesOf(pod, volumes);
    if (found instanceof Map) for (const [id, driver] of found) attached.set(id, driver);
  }
  for (const { spec } of volumes.attachmentsOf(node.name)) {
    const volume = volumes.volume(spec.source.persistentVolumeName ?? "");
    const { csi } = volume?.spec ?? {};
    if (csi !== undefined && csi.driver === spec.attacher)
      attached.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  return attached;
}
