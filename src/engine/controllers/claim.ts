/**
 * Which objects a controller has: its own that still match, and orphans that match and can be adopted.
 * Upstream: pkg/controller/controller_ref_manager.go.
 */
import { controllerOf, keyOf } from "../api/meta/object.ts";
import type { KubeObject } from "../api/meta/object.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { Selector } from "../api/meta/selectors.ts";
import { isNotFound, StatusError } from "../api/meta/status-error.ts";
import type { InformerHandler, Lister } from "../client/informer.ts";
import { sameOwners } from "../client/store.ts";
import type { Informers } from "../client/contracts.ts";
import type { ControllerContext } from "./define-controller.ts";
import { controllerReference } from "./pod-control.ts";

/** Index of objects without a controller, by namespace: where adoption looks. */
export const ORPHANS = "orphans";

const NONE: readonly string[] = [];

export function indexOrphans<T extends KubeObject>(informers: Informers, resource: Resource<T>): void {
  const values = (object: T): readonly string[] => {
    const { namespace } = object.metadata;
    return namespace === undefined || controllerOf(object) !== undefined ? NONE : [namespace];
  };
  informers.informer(resource).addIndex(ORPHANS, values, sameOwners);
}

export interface ClaimParts<O extends KubeObject, T extends KubeObject> {
  owner: O;
  ownerResource: Resource<O>;
  resource: Resource<T>;
  selector: Selector;
  /** Objects that are neither adopted nor released. */
  ignore?(object: T): boolean;
  /** What adopted objects get, and released ones lose. */
  finalizer?: string;
}

/** Whether an orphan waits for this owner. O(orphans of the namespace). */
export function hasAdoptable<O extends KubeObject, T extends KubeObject>(
  ctx: ControllerContext,
  parts: ClaimParts<O, T>,
): boolean {
  return ctx
    .lister(parts.resource)
    .byIndex(ORPHANS, parts.owner.metadata.namespace ?? "")
    .some((orphan) => isAdoptable(parts, orphan));
}

function isAdoptable<O extends KubeObject, T extends KubeObject>(
  { selector, ignore }: ClaimParts<O, T>,
  orphan: T,
): boolean {
  const { labels, deletionTimestamp } = orphan.metadata;
  return deletionTimestamp === undefined && selector.matches(labels) && ignore?.(orphan) !== true;
}

/** O(owned + orphans of the namespace). Owned objects that no longer match are released, matching orphans adopted. */
export function claim<O extends KubeObject, T extends KubeObject>(
  ctx: ControllerContext,
  parts: ClaimParts<O, T>,
): readonly T[] {
  const { owner, resource } = parts;
  const lister: Lister<T> = ctx.lister(resource);
  const owned = lister.byIndex("controller", owner.metadata.uid);
  const orphans = lister.byIndex(ORPHANS, owner.metadata.namespace ?? "");
  const adoptable = orphans.filter((orphan) => isAdoptable(parts, orphan));
  const strays = straysOf(owned, parts);
  if (strays.length === 0 && adoptable.length === 0) return owned;
  const claimed = strays.length === 0 ? [...owned] : owned.filter((object) => !strays.includes(object));
  if (owner.metadata.deletionTimestamp !== undefined) return claimed;
  for (const stray of strays) release(ctx, parts, stray);
  if (adoptable.length > 0 && isStillThere(ctx, parts)) {
    for (const orphan of adoptable) if (adopt(ctx, parts, orphan)) claimed.push(orphan);
  }
  return claimed;
}

/** Objects of one template share their labels: those that are the very same as the last ones need no second look. */
function straysOf<O extends KubeObject, T extends KubeObject>(
  owned: readonly T[],
  { selector, ignore }: ClaimParts<O, T>,
): readonly T[] {
  const strays: T[] = [];
  let labels: T["metadata"]["labels"] | null = null;
  let isMatch = false;
  for (const object of owned) {
    if (object.metadata.labels !== labels) {
      labels = object.metadata.labels;
      isMatch = selector.matches(labels);
    }
    if (!isMatch && ignore?.(object) !== true) strays.push(object);
  }
  return strays;
}

/** Asks the server, not the informer: an owner that is being deleted must not adopt. */
function isStillThere<O extends KubeObject, T extends KubeObject>(
  ctx: ControllerContext,
  parts: ClaimParts<O, T>,
): boolean {
  const { namespace = "", name, uid } = parts.owner.metadata;
  try {
    const fresh = ctx.client.resource(parts.ownerResource).get(namespace, name);
    return fresh.metadata.uid === uid && fresh.metadata.deletionTimestamp === undefined;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function adopt<O extends KubeObject, T extends KubeObject>(
  ctx: ControllerContext,
  { owner, resource, finalizer }: ClaimParts<O, T>,
  object: T,
): boolean {
  const { namespace = "", name, uid } = object.metadata;
  const finalizers = finalizer === undefined ? {} : { finalizers: [finalizer] };
  const patch = { metadata: { ownerReferences: [controllerReference(owner)], uid, ...finalizers } };
  return tolerateGone(() => ctx.client.resource(resource).patch(namespace, name, patch));
}

function release<O extends KubeObject, T extends KubeObject>(
  ctx: ControllerContext,
  { owner, resource, finalizer }: ClaimParts<O, T>,
  object: T,
): void {
  const { namespace = "", name, uid } = object.metadata;
  const finalizers = finalizer === undefined ? {} : { "$deleteFromPrimitiveList/finalizers": [finalizer] };
  const ownerReferences = [{ $patch: "delete", uid: owner.metadata.uid }];
  const patch = { metadata: { ownerReferences, uid, ...finalizers } };
  tolerateGone(() => ctx.client.resource(resource).patch(namespace, name, patch));
}

/** False when the object went or became another one meanwhile. */
function tolerateGone(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof StatusError && (error.code === 404 || error.reason === "Invalid")) return false;
    throw error;
  }
}

/** Reconciles the candidates for adoption when an orphan appears or changes its labels. */
export function orphanHandler<T extends KubeObject>(
  candidates: (object: T) => Iterable<KubeObject>,
  ctx: ControllerContext,
): InformerHandler<T> {
  const onChange = (object: T): void => {
    if (controllerOf(object) !== undefined) return;
    for (const owner of candidates(object)) ctx.enqueue(keyOf(owner));
  };
  return { onAdd: onChange, onUpdate: onChange };
}
