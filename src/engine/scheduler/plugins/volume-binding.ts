/**
 * Pods go where their volumes can be used; what their claims wait for is told apart: a binder, a provisioner, or this pod.
 * Upstream: pkg/scheduler/framework/plugins/volumebinding.
 *
 * Simplified: without storage capacity; scores nothing.
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
import type { NodeFilter, Plugin, Verdict } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { VolumeListers } from "../volume-listers.ts";

export const VOLUME_BINDING = "VolumeBinding";

function unresolvable(reason: string): Verdict {
  return { code: "UnschedulableAndUnresolvable", plugin: VOLUME_BINDING, reasons: [reason] };
}

const UNBOUND = unresolvable("pod has unbound immediate PersistentVolumeClaims");
const NODE_CONFLICT = unresolvable("node(s) had volume node affinity conflict");
const NO_VOLUME = unresolvable("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
const NO_MATCH = unresolvable("node(s) didn't find available persistent volumes to bind");

export const volumeBinding: Plugin = {
  name: VOLUME_BINDING,
  scope: "cluster",
  events: ["node-add", "node-update", "storage"],
  filter({ pod }, { volumes }) {
    if (volumes === undefined || pod.spec.volumes === undefined) return "skip";
    const names = claimNamesOf(pod);
    if (names.length === 0) return "skip";
    const claims: PersistentVolumeClaim[] = [];
    for (const name of names) {
      const claim = volumes.claim(`${pod.metadata.namespace}/${name}`);
      if (claim === undefined) return unresolvable(`persistentvolumeclaim ${JSON.stringify(name)} not found`);
      const reason = unusable(claim);
      if (reason !== undefined) return unresolvable(reason);
      claims.push(claim);
    }
    if (claims.some((claim) => !isBound(claim) && !isDelayed(claim, volumes))) return UNBOUND;
    return createFilter(claims, volumes);
  },
};

function unusable({ metadata, spec, status }: PersistentVolumeClaim): string | undefined {
  const name = JSON.stringify(metadata.name);
  if (status?.phase === "Lost") {
    return `persistentvolumeclaim ${name} bound to non-existent persistentvolume ${JSON.stringify(spec.volumeName ?? "")}`;
  }
  return metadata.deletionTimestamp === undefined ? undefined : `persistentvolumeclaim ${name} is being deleted`;
}

function claimNamesOf({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
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
      if (waiting.length > 0 && bindingsOn(node, waiting, volumes) === undefined) return NO_MATCH;
      return missing ? NO_VOLUME : undefined;
    },
  };
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
    else if (volumes.storageClass(storageClassOf(claim))?.provisioner === NO_PROVISIONER) return undefined;
    bindings.push({ claim, volume });
  }
  return bindings;
}

/** What must be bound before the pod can go to the node; empty when all is. */
export function missingBindings(pod: Pod, node: NodeInfo, volumes: VolumeListers): readonly Binding[] {
  if (pod.spec.volumes === undefined) return [];
  const claims = claimNamesOf(pod).flatMap((name) => volumes.claim(`${pod.metadata.namespace}/${name}`) ?? []);
  const waiting = claims.filter((claim) => !isBound(claim));
  return waiting.length === 0 ? [] : (bindingsOn(node, waiting, volumes) ?? []);
}
