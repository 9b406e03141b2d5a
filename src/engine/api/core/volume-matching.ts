/**
 * Which volume fits a claim; the volume controller and the scheduler both ask. Upstream:
 * component-helpers/storage/volume/{helpers,pv_helpers}.go, pkg/controller/volume/persistentvolume/index.go.
 */
import type { LabelSelector, NodeSelector, PersistentVolume, PersistentVolumeClaim } from "../generated/types.ts";
import { compareQuantities, parseQuantity } from "../meta/quantity.ts";
import { labelSelectorAsSelector } from "../meta/selectors.ts";
import type { Selector } from "../meta/selectors.ts";
import { selectorMatcher } from "./node-selectors.ts";
import type { NodeMatcher, SelectableNode } from "./node-selectors.ts";
import { storageClassOf } from "./volume-claims.ts";

export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
export const STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
export const BETA_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";
/** The node of the first pod that wants a claim of a class that waits for it. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** The provisioner of a class that nobody provisions for. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
/** Provisioners of folders of nodes: rancher's, which kind has, and minikube's. */
export const LOCAL_PATH = "rancher.io/local-path";
export const MINIKUBE_HOST_PATH = "k8s.io/minikube-hostpath";

type ClaimRef = NonNullable<PersistentVolume["spec"]["claimRef"]>;

export function claimKeyOf({ namespace = "", name = "" }: ClaimRef): string {
  return `${namespace}/${name}`;
}

/** True iff the volume is bound to, or reserved for, this very claim. Upstream: IsVolumeBoundToClaim. */
export function isBoundTo({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef === undefined) return false;
  if (claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** Upstream: CheckVolumeModeMismatches. */
export function modesDiffer(
  claim: { volumeMode?: string | undefined },
  volume: { volumeMode?: string | undefined },
): boolean {
  return (claim.volumeMode ?? "Filesystem") !== (volume.volumeMode ?? "Filesystem");
}

/** True iff the volume offers every access mode that the claim asks for. */
export function offersModes({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode) === true);
}

/** True iff the volume has at least the size that the claim asks for. */
export function isLargeEnough({ spec }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return compareQuantities(sizeOf(spec.capacity), sizeOf(claim.spec.resources?.requests)) >= 0;
}

function sizeOf(quantities: Readonly<Record<string, string>> | undefined) {
  return parseQuantity(quantities?.["storage"] ?? "0");
}

const affinities = new WeakMap<NodeSelector, NodeMatcher>();

/** True iff the volume can be used on the node. Upstream: CheckNodeAffinity. */
export function isUsableOn({ spec }: PersistentVolume, node: SelectableNode): boolean {
  const required = spec.nodeAffinity?.required;
  if (required === undefined) return true;
  let matches = affinities.get(required);
  if (matches === undefined) affinities.set(required, (matches = selectorMatcher(required)));
  return matches(node);
}

const selectors = new WeakMap<LabelSelector, Selector>();

function selectorOf(selector: LabelSelector): Selector {
  let known = selectors.get(selector);
  if (known === undefined) selectors.set(selector, (known = labelSelectorAsSelector(selector)));
  return known;
}

export interface MatchOptions {
  /** The scheduler's question: what could the claim have on this node? */
  node?: SelectableNode;
  /** Names of volumes that are taken already. */
  excluded?: ReadonlySet<string>;
  /** The claim's class waits for a consumer: without a node, only a volume that is reserved for it counts. */
  delayed?: boolean;
}

/**
 * The smallest volume that fits the claim, among those with the fewest access modes; one that is bound to it or reserved
 * for it goes before all others. Upstream: findByClaim and FindMatchingVolume.
 */
export function findMatchingVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  options: MatchOptions = {},
): PersistentVolume | undefined {
  const { node, delayed = false } = options;
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (!isCandidate(volume, claim, options)) continue;
    const usable = node === undefined || isUsableOn(volume, node);
    if (volume.spec.claimRef !== undefined) return usable ? volume : undefined;
    if (!usable || (node === undefined && delayed) || !isFree(volume, claim)) continue;
    if (best === undefined || isBefore(volume, best)) best = volume;
  }
  return best;
}

/** What holds for reserved volumes and for free ones. */
function isCandidate(volume: PersistentVolume, claim: PersistentVolumeClaim, { excluded }: MatchOptions): boolean {
  const { metadata, spec } = volume;
  if (excluded?.has(metadata.name) === true || metadata.deletionTimestamp !== undefined) return false;
  if (spec.claimRef !== undefined && !isBoundTo(volume, claim)) return false;
  if ((spec.volumeAttributesClassName ?? "") !== (claim.spec.volumeAttributesClassName ?? "")) return false;
  return isLargeEnough(volume, claim) && !modesDiffer(claim.spec, spec) && offersModes(volume, claim);
}

function isFree(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { selector } = claim.spec;
  if (volume.status?.phase !== "Available" || storageClassOf(volume) !== storageClassOf(claim)) return false;
  return selector === undefined || selectorOf(selector).matches(volume.metadata.labels ?? {});
}

/** Equal ones in the order of their names. */
function isBefore(a: PersistentVolume, b: PersistentVolume): boolean {
  const modes = (a.spec.accessModes?.length ?? 0) - (b.spec.accessModes?.length ?? 0);
  if (modes !== 0) return modes < 0;
  const size = compareQuantities(sizeOf(a.spec.capacity), sizeOf(b.spec.capacity));
  return size === 0 ? a.metadata.name < b.metadata.name : size < 0;
}
