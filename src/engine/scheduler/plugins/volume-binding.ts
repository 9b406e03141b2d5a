/**
 * Pods go where their volumes can be used; what their claims wait for is told apart: a binder, a provisioner, or this pod.
 * Upstream: pkg/scheduler/framework/plugins/volumebinding.
 *
 * Simplified: bindTimeoutSeconds has no effect; a pod whose claims are being bound waits in the queue.
 * Scores nothing, as long as upstream's StorageCapacityScoring is off and no shape is configured.
 */
import {
  NO_PROVISIONER,
  BIND_COMPLETED,
  findMatchingVolume,
  isUsableOn,
  SELECTED_NODE,
} from "../../api/core/volume-matching.ts";
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";
import type { NodeFilter, Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { isClaimOf, podClaims } from "../pod-claims.ts";
import { changedNode } from "../queue-events.ts";
import { hasCapacity, topologiesAllow, volumeLimit } from "../storage-capacity.ts";
import type { VolumeListers } from "../volume-listers.ts";

export const VOLUME_BINDING = "VolumeBinding";

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: VOLUME_BINDING, reasons: [reason] };
}

const UNBOUND = unresolvable("pod has unbound immediate PersistentVolumeClaims");
const NODE_CONFLICT = unresolvable("node(s) had volume node affinity conflict");
const NO_VOLUME = unresolvable("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
const NO_MATCH = unresolvable("node(s) didn't find available persistent volumes to bind");
const NO_CAPACITY = unresolvable("node(s) did not have enough free storage");

export const volumeBinding: Plugin = {
  name: VOLUME_BINDING,
  scope: "cluster",
  events: [
    "node-add",
    "node-update",
    "claim-add",
    "claim-update",
    "volume-add",
    "volume-update",
    "class-add",
    "class-update",
    "csi-node",
    "csi-driver",
    "csi-capacity",
  ],
  filter({ pod }, { volumes }) {
    if (volumes === undefined || pod.spec.volumes === undefined) return "skip";
    const wanted = podClaims(pod);
    if (wanted.length === 0) return "skip";
    const claims: PersistentVolumeClaim[] = [];
    for (const { name, ephemeral } of wanted) {
      const claim = volumes.claim(`${pod.metadata.namespace}/${name}`);
      const quoted = JSON.stringify(name);
      if (claim === undefined) {
        const awaited = `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`;
        return unresolvable(ephemeral ? awaited : `persistentvolumeclaim ${quoted} not found`);
      }
      const reason = unusable(claim);
      if (reason !== undefined) return unresolvable(reason);
      if (ephemeral && !isClaimOf(claim, pod)) {
        const { namespace } = pod.metadata;
        const owner = `pod ${namespace}/${pod.metadata.name}`;
        return unresolvable(`PVC ${namespace}/${name} was not created for ${owner} (pod is not owner)`);
      }
      claims.push(claim);
    }
    if (claims.some((claim) => !isBound(claim) && !isDelayed(claim, volumes))) return UNBOUND;
    return createFilter(claims, volumes);
  },
  helps({ pod, namespace }, event) {
    switch (event.type) {
      case "claim-add":
      case "claim-update": {
        const { name, namespace: of } = event.claim.metadata;
        return of === namespace && podClaims(pod).some((claim) => claim.name === name);
      }
      case "class-update":
        return !deepEqual(event.storageClass.allowedTopologies, event.old.allowedTopologies);
      case "csi-capacity":
        return event.old === undefined || volumeLimit(event.capacity) > volumeLimit(event.old);
      case "node-update":
        return changedNode(event)?.metadata.labels !== event.old.metadata.labels;
      default:
        return true;
    }
  },
};

function unusable({ metadata, spec, status }: PersistentVolumeClaim): string | undefined {
  const name = JSON.stringify(metadata.name);
  if (status?.phase === "Lost") {
    return `persistentvolumeclaim ${name} bound to non-existent persistentvolume ${JSON.stringify(spec.volumeName ?? "")}`;
  }
  return metadata.deletionTimestamp === undefined ? undefined : `persistentvolumeclaim ${name} is being deleted`;
}

function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** Its class waits for a pod, and nobody asked for a volume by name. */
function isDelayed(claim: PersistentVolumeClaim, volumes: VolumeListers): boolean {
  if (claim.spec.volumeName) return false;
  return volumes.storageClass(storageClassOf(claim))?.volumeBindingMode === "WaitForFirstConsumer";
}

function createFilter(claims: readonly PersistentVolumeClaim[], volumes: VolumeListers): NodeFilter {
  const bound = claims.filter(isBound).map((claim) => volumes.volume(claim.spec.volumeName ?? ""));
  const missing = bound.includes(undefined);
  const waiting = claims.filter((claim) => !isBound(claim));
  return {
    check(node) {
      if (bound.some((volume) => volume !== undefined && !isUsableOn(volume, node))) return NODE_CONFLICT;
      if (waiting.length > 0) {
        const bindings = bindingsOn(node, waiting, volumes);
        if (bindings === undefined) return NO_MATCH;
        if (!bindings.every(({ claim, volume }) => volume !== undefined || hasRoom(claim, node, volumes))) {
          return NO_CAPACITY;
        }
      }
      return missing ? NO_VOLUME : undefined;
    },
  };
}

/** A claim whose volume is being provisioned already needs no room. */
function hasRoom(claim: PersistentVolumeClaim, node: NodeInfo, volumes: VolumeListers): boolean {
  if (claim.metadata.annotations?.[SELECTED_NODE] !== undefined) return true;
  const storageClass = volumes.storageClass(storageClassOf(claim));
  return storageClass === undefined || hasCapacity(claim, node.labels, volumes.capacities(storageClass));
}

/** What a claim gets on a node: this volume, or one that is to be provisioned. */
export interface Binding {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume | undefined;
}

/** One for each claim; undefined when a claim can't have a volume there. */
function bindingsOn(
  node: NodeInfo,
  claims: readonly PersistentVolumeClaim[],
  volumes: VolumeListers,
): Binding[] | undefined {
  const bindings: Binding[] = [];
  const excluded = new Set<string>();
  for (const claim of claims) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined) {
      if (selected !== node.name) return undefined;
      bindings.push({ claim, volume: undefined });
      continue;
    }
    const volume = findMatchingVolume(claim, volumes.candidates(claim), { node, excluded });
    if (volume !== undefined) excluded.add(volume.metadata.name);
    else {
      const storageClass = volumes.storageClass(storageClassOf(claim));
      if (storageClass?.provisioner === NO_PROVISIONER) return undefined;
      if (storageClass !== undefined && !topologiesAllow(storageClass, node.labels)) return undefined;
    }
    bindings.push({ claim, volume });
  }
  return bindings;
}

/** What must be bound before the pod can go to the node; empty when all is. */
export function missingBindings(pod: Pod, node: NodeInfo, volumes: VolumeListers): readonly Binding[] {
  const wanted = podClaims(pod);
  if (wanted.length === 0) return [];
  const claims = wanted.flatMap(({ name }) => volumes.claim(`${pod.metadata.namespace}/${name}`) ?? []);
  const waiting = claims.filter((claim) => !isBound(claim));
  return waiting.length === 0 ? [] : (bindingsOn(node, waiting, volumes) ?? []);
}
