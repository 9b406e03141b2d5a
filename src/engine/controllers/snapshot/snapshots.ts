/** What becomes of a VolumeSnapshot. Upstream: pkg/common-controller (syncSnapshot and what it calls). */
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isAlreadyExists } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims } from "../../api/registry.ts";
import { handleOf } from "../csi/driver.ts";
import type { ControllerContext } from "../define-controller.ts";
import { markDeleted } from "./contents.ts";
import { contentNameOf, isReady, OF_CLAIM, SNAPSHOT_GROUP } from "./kinds.ts";
import type { SnapshotKinds, VolumeSnapshot, VolumeSnapshotContent } from "./kinds.ts";
import { claimOf, classNamed, defaultClassName, SnapshotProblem, volumeOf } from "./source.ts";
import { failSnapshot, followContent } from "./status.ts";

const AS_SOURCE = "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection";
const BOUND = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";
const CLAIM_AS_SOURCE = "snapshot.storage.kubernetes.io/pvc-as-source-protection";
/** Index of claims by what `sourceSnapshots` says. */
export const FROM_SNAPSHOT = "from-snapshot";
const CREATION_FAILED = "SnapshotContentCreationFailed";

/** `namespace/name` of the snapshot that a claim begins with. */
export function sourceSnapshots({ metadata, spec }: PersistentVolumeClaim): readonly string[] {
  const source = spec.dataSource;
  const isSnapshot = source?.kind === "VolumeSnapshot" && source.apiGroup === SNAPSHOT_GROUP;
  return isSnapshot ? [`${metadata.namespace}/${source.name}`] : [];
}

/** True: it has to be tried again. */
export function settleSnapshot(ctx: ControllerContext, kinds: SnapshotKinds, key: string): boolean {
  const snapshot = ctx.lister(kinds.snapshots).get(key);
  if (snapshot === undefined) return false;
  const claim = claimOf(ctx, snapshot);
  if (claim !== undefined && isHeld(claim) && !isTaken(ctx, kinds, claim)) release(ctx, claim);
  if (snapshot.metadata.deletionTimestamp !== undefined) return remove(ctx, kinds, snapshot);
  try {
    if (withClass(ctx, kinds, snapshot) !== snapshot) return false;
    if (isReady(snapshot) && snapshot.status?.boundVolumeSnapshotContentName !== undefined) {
      checkBinding(ctx, kinds, snapshot);
      return false;
    }
    bind(ctx, kinds, snapshot);
    return false;
  } catch (error) {
    if (!(error instanceof SnapshotProblem)) throw error;
    failSnapshot(ctx, kinds, { snapshot, reason: error.reason, message: error.message });
    return true;
  }
}

/** The snapshot itself when it names a class that is there, or needs none; else what was written. */
function withClass(ctx: ControllerContext, kinds: SnapshotKinds, snapshot: VolumeSnapshot): VolumeSnapshot {
  const { source, volumeSnapshotClassName: name } = snapshot.spec;
  try {
    if (name !== undefined) {
      // Only what is still to be taken needs it.
      if (source.persistentVolumeClaimName !== undefined && !isReady(snapshot)) classNamed(ctx, kinds, name);
      return snapshot;
    }
    if (source.persistentVolumeClaimName === undefined) return snapshot;
    const volumeSnapshotClassName = defaultClassName(ctx, kinds, snapshot);
    return ctx.client
      .resource(kinds.snapshots)
      .update({ ...snapshot, spec: { ...snapshot.spec, volumeSnapshotClassName } });
  } catch (error) {
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    const [reason, what] =
      name === undefined ? ["SetDefaultSnapshotClassFailed", "set default"] : ["GetSnapshotClassFailed", "get"];
    throw new SnapshotProblem(reason, `Failed to ${what} snapshot class with error ${error.message}`);
  }
}

/** Its content, which points back at it; undefined: there is none yet. */
function contentOf(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  snapshot: VolumeSnapshot,
): VolumeSnapshotContent | undefined {
  const given = snapshot.spec.source.volumeSnapshotContentName;
  const name = given ?? contentNameOf(snapshot);
  const content = ctx.lister(kinds.contents).get(name);
  if (content === undefined) return undefined;
  const { source, volumeSnapshotRef: ref } = content.spec;
  if (given !== undefined && source.snapshotHandle === undefined) {
    const message = "VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one";
    throw new SnapshotProblem("SnapshotContentMismatch", message);
  }
  if (given === undefined && source.volumeHandle === undefined) {
    const message = `VolumeSnapshotContent ${name} is pre-provisioned while expecting a dynamically provisioned one`;
    throw new SnapshotProblem("SnapshotContentMismatch", message);
  }
  if (!pointsBack(content, snapshot) && !(given !== undefined && (ref.uid ?? "") === "" && isNamed(ref, snapshot))) {
    const message = `VolumeSnapshotContent [${name}] is bound to a different snapshot`;
    throw new SnapshotProblem("SnapshotContentMisbound", message);
  }
  return content;
}

function isNamed(ref: VolumeSnapshotContent["spec"]["volumeSnapshotRef"], { metadata }: VolumeSnapshot): boolean {
  return ref.name === metadata.name && ref.namespace === metadata.namespace;
}

function pointsBack({ spec }: VolumeSnapshotContent, snapshot: VolumeSnapshot): boolean {
  return isNamed(spec.volumeSnapshotRef, snapshot) && spec.volumeSnapshotRef.uid === snapshot.metadata.uid;
}

function checkBinding(ctx: ControllerContext, kinds: SnapshotKinds, snapshot: VolumeSnapshot): void {
  const content = ctx.lister(kinds.contents).get(snapshot.status?.boundVolumeSnapshotContentName ?? "");
  if (content === undefined) {
    throw new SnapshotProblem("SnapshotContentMissing", "VolumeSnapshotContent is missing");
  }
  if (!pointsBack(content, snapshot)) {
    const message = "VolumeSnapshotContent is not bound to the VolumeSnapshot correctly";
    throw new SnapshotProblem("SnapshotMisbound", message);
  }
}

function bind(ctx: ControllerContext, kinds: SnapshotKinds, old: VolumeSnapshot): void {
  let content = contentOf(ctx, kinds, old);
  const snapshot = hold(ctx, kinds, { snapshot: old, deletes: content?.spec.deletionPolicy === "Delete" });
  if (snapshot.spec.source.volumeSnapshotContentName !== undefined) {
    if (content === undefined) {
      throw new SnapshotProblem("SnapshotContentMissing", "VolumeSnapshotContent is missing");
    }
    const { volumeSnapshotRef } = content.spec;
    if ((volumeSnapshotRef.uid ?? "") === "") {
      const { volumeSnapshotClassName } = snapshot.spec;
      content = ctx.client.resource(kinds.contents).update({
        ...content,
        spec: {
          ...content.spec,
          ...(volumeSnapshotClassName !== undefined && { volumeSnapshotClassName }),
          volumeSnapshotRef: { ...volumeSnapshotRef, uid: snapshot.metadata.uid },
        },
      });
    }
  }
  content ??= createContent(ctx, kinds, snapshot);
  followContent(ctx, kinds, { snapshot, content });
}

/** Its finalizers: it may be what a claim begins with, and its content may have to go first. */
function hold(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  { snapshot, deletes }: { snapshot: VolumeSnapshot; deletes: boolean },
): VolumeSnapshot {
  const { metadata } = snapshot;
  const has = metadata.finalizers ?? [];
  const missing = [AS_SOURCE, ...(deletes ? [BOUND] : [])].filter((finalizer) => !has.includes(finalizer));
  if (missing.length === 0 || metadata.deletionTimestamp !== undefined) return snapshot;
  return ctx.client
    .resource(kinds.snapshots)
    .update({ ...snapshot, metadata: { ...metadata, finalizers: [...has, ...missing] } });
}

function createContent(ctx: ControllerContext, kinds: SnapshotKinds, snapshot: VolumeSnapshot): VolumeSnapshotContent {
  const { name, namespace, uid, resourceVersion } = snapshot.metadata;
  const failed = (why: string): SnapshotProblem =>
    new SnapshotProblem(CREATION_FAILED, `Failed to create snapshot content with error ${why}`);
  const notWritten = (about: string, why: string): SnapshotProblem =>
    failed(`snapshot controller failed to update ${about} on API server: ${why}`);
  const claim = claimOf(ctx, snapshot);
  if (claim === undefined) throw notWritten(name, "cannot get claim from snapshot");
  if (claim.metadata.deletionTimestamp !== undefined) {
    throw notWritten(claim.metadata.name, "cannot add finalizer on claim because it is being deleted");
  }
  const { metadata } = claim;
  if (!isHeld(claim)) {
    const finalizers = [...(metadata.finalizers ?? []), CLAIM_AS_SOURCE];
    ctx.client.resource(persistentVolumeClaims).update({ ...claim, metadata: { ...metadata, finalizers } });
  }
  let volume;
  let used;
  try {
    used = classNamed(ctx, kinds, snapshot.spec.volumeSnapshotClassName ?? "");
    volume = volumeOf(ctx, snapshot);
  } catch (error) {
    const why = JSON.stringify((error as Error).message);
    throw failed(`failed to get input parameters to create snapshot ${name}: ${why}`);
  }
  if (volume.spec.csi === undefined) {
    throw failed(`cannot find CSI PersistentVolumeSource for volume ${volume.metadata.name}`);
  }
  const contents = ctx.client.resource(kinds.contents);
  let content: VolumeSnapshotContent;
  try {
    const { apiVersion, kind } = kinds.snapshots;
    content = contents.create({
      metadata: { name: contentNameOf(snapshot) },
      spec: {
        volumeSnapshotRef: { kind, namespace, name, uid, apiVersion, resourceVersion },
        source: { volumeHandle: handleOf(volume) },
        volumeSnapshotClassName: used.metadata.name,
        deletionPolicy: used.deletionPolicy,
        driver: used.driver,
        sourceVolumeMode: volume.spec.volumeMode ?? "Filesystem",
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return contents.get("", contentNameOf(snapshot));
  }
  const message = `Waiting for a snapshot ${keyOf(snapshot)} to be created by the CSI driver.`;
  ctx.events.event(snapshot, "Normal", { reason: "CreatingSnapshot", message });
  return content;
}

function isHeld({ metadata }: PersistentVolumeClaim): boolean {
  return metadata.finalizers?.includes(CLAIM_AS_SOURCE) === true;
}

/** Whether a snapshot of the claim is being taken. */
function isTaken(ctx: ControllerContext, kinds: SnapshotKinds, claim: PersistentVolumeClaim): boolean {
  return !ctx.lister(kinds.snapshots).byIndex(OF_CLAIM, keyOf(claim)).every(isReady);
}

/** A claim of which no snapshot is being taken may go. */
export function releaseClaim(ctx: ControllerContext, kinds: SnapshotKinds, key: string): boolean {
  const claim = ctx.lister(persistentVolumeClaims).get(key);
  if (claim !== undefined && isHeld(claim) && !isTaken(ctx, kinds, claim)) release(ctx, claim);
  return false;
}

function release(ctx: ControllerContext, { metadata: { namespace = "", name } }: PersistentVolumeClaim): void {
  const client = ctx.client.resource(persistentVolumeClaims);
  const claim = client.get(namespace, name);
  const finalizers = (claim.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLAIM_AS_SOURCE);
  client.update({ ...claim, metadata: { ...claim.metadata, finalizers } });
}

/** A snapshot that is to go: its content with it, or not, as its policy says; not while a claim begins with it. */
function remove(ctx: ControllerContext, kinds: SnapshotKinds, snapshot: VolumeSnapshot): boolean {
  const { metadata, status } = snapshot;
  const name = status?.boundVolumeSnapshotContentName ?? contentNameOf(snapshot);
  const found = ctx.lister(kinds.contents).get(name);
  const content = found !== undefined && pointsBack(found, snapshot) ? found : undefined;
  if (content !== undefined && isRestored(ctx, snapshot)) {
    const message = "Snapshot is being used to restore a PVC";
    ctx.events.event(snapshot, "Warning", { reason: "SnapshotDeletePending", message });
    return false;
  }
  const deletes = content?.spec.deletionPolicy === "Delete";
  if (content !== undefined) markDeleted(ctx, kinds, content);
  if (content !== undefined && deletes && content.metadata.deletionTimestamp === undefined) {
    ctx.client.resource(kinds.contents).delete("", name);
  }
  const has = metadata.finalizers ?? [];
  const finalizers = has.filter((finalizer) => finalizer !== AS_SOURCE && (deletes || finalizer !== BOUND));
  if (finalizers.length < has.length) {
    ctx.client.resource(kinds.snapshots).update({ ...snapshot, metadata: { ...metadata, finalizers } });
  }
  return false;
}

/** Whether a claim waits for its volume to be made from the snapshot. */
function isRestored(ctx: ControllerContext, snapshot: VolumeSnapshot): boolean {
  const claims = ctx.lister(persistentVolumeClaims).byIndex(FROM_SNAPSHOT, keyOf(snapshot));
  return claims.some(({ status }) => status?.phase === "Pending");
}
