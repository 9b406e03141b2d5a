/**
 * Disks that two pods of a node can't share, and claims that one pod alone may use. Upstream:
 * pkg/scheduler/framework/plugins/volumerestrictions.
 */
import type { Pod, Volume } from "../../api/generated/types.ts";
import type { ClusterCache } from "../cluster-cache.ts";
import type { NodeFilter, Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodCounter } from "../pod-counter.ts";
import { podClaims } from "../pod-claims.ts";

const NAME = "VolumeRestrictions";
const DISK_CONFLICT: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node(s) had no available disk"],
};
const CLAIM_IN_USE: Verdict = {
  code: "Unschedulable",
  plugin: NAME,
  reasons: ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"],
};

export const volumeRestrictions: Plugin = {
  name: NAME,
  scope: "cluster",
  events: ["pod-delete", "node-add", "claim-add", "claim-update"],
  filter({ pod }, cluster): NodeFilter | Verdict | "skip" {
    if (pod.spec.volumes === undefined) return "skip";
    const exclusive = exclusiveClaims(pod, cluster);
    if (typeof exclusive === "string") {
      return { code: "UnschedulableAndUnresolvable", plugin: NAME, reasons: [exclusive] };
    }
    const disks = pod.spec.volumes.filter(isDisk);
    if (disks.length === 0 && exclusive.length === 0) return "skip";
    const users = exclusive.map((name) => usersOf(name, pod.metadata.namespace ?? "", cluster));
    return {
      check(node) {
        if (disks.length > 0 && hasConflict(disks, node)) return DISK_CONFLICT;
        return users.some(({ total }) => total > 0) ? CLAIM_IN_USE : undefined;
      },
    };
  },
  helps({ pod, namespace }, event) {
    switch (event.type) {
      case "pod-delete": {
        const disks = (pod.spec.volumes ?? []).filter(isDisk);
        if (disks.some((disk) => conflictsWithPod(disk, event.pod.pod))) return true;
        if (event.pod.namespace !== namespace) return false;
        const used = new Set(podClaims(event.pod.pod).map(({ name }) => name));
        return podClaims(pod).some(({ name }) => used.has(name));
      }
      case "claim-add":
      case "claim-update": {
        const { name, namespace: of } = event.claim.metadata;
        return of === namespace && podClaims(pod).some((claim) => claim.name === name);
      }
      default:
        return true;
    }
  },
};

/** Names of the pod's claims that only one pod may use; a text when one doesn't exist. */
function exclusiveClaims(pod: Pod, { volumes }: ClusterCache): string[] | string {
  if (volumes === undefined) return [];
  const names: string[] = [];
  // Claims of ephemeral volumes belong to one pod anyway.
  for (const { name, ephemeral } of podClaims(pod)) {
    if (ephemeral) continue;
    const claim = volumes.claim(`${pod.metadata.namespace}/${name}`);
    if (claim === undefined) return `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    if (claim.spec.accessModes?.includes("ReadWriteOncePod") === true) names.push(name);
  }
  return names;
}

function usersOf(claim: string, namespace: string, cluster: ClusterCache): PodCounter {
  return cluster.counter({
    key: `claim\n${namespace}\n${claim}`,
    namespace,
    matches: ({ pod }) => podClaims(pod).some(({ name, ephemeral }) => !ephemeral && name === claim),
  });
}

function isDisk({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }: Volume): boolean {
  return (
    gcePersistentDisk !== undefined || awsElasticBlockStore !== undefined || iscsi !== undefined || rbd !== undefined
  );
}

function hasConflict(disks: readonly Volume[], { pods }: NodeInfo): boolean {
  for (const { pod } of pods.values()) if (disks.some((disk) => conflictsWithPod(disk, pod))) return true;
  return false;
}

function conflictsWithPod(disk: Volume, { spec }: Pod): boolean {
  return spec.volumes?.some((other) => areOneDisk(disk, other)) === true;
}

/** The same disk, and not only read by both. */
function areOneDisk(a: Volume, b: Volume): boolean {
  const bothRead = (x: { readOnly?: boolean | undefined }, y: { readOnly?: boolean | undefined }): boolean =>
    x.readOnly === true && y.readOnly === true;
  if (a.gcePersistentDisk !== undefined && b.gcePersistentDisk !== undefined) {
    const [disk, other] = [a.gcePersistentDisk, b.gcePersistentDisk];
    if (disk.pdName === other.pdName && !bothRead(disk, other)) return true;
  }
  if (a.awsElasticBlockStore !== undefined && a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore?.volumeID) {
    return true;
  }
  if (a.iscsi !== undefined && b.iscsi !== undefined) {
    if (a.iscsi.iqn === b.iscsi.iqn && !bothRead(a.iscsi, b.iscsi)) return true;
  }
  if (a.rbd === undefined || b.rbd === undefined) return false;
  const [image, other] = [a.rbd, b.rbd];
  const sameImage = image.image === other.image && (image.pool ?? "rbd") === (other.pool ?? "rbd");
  return sameImage && image.monitors.some((host) => other.monitors.includes(host)) && !bothRead(image, other);
}
