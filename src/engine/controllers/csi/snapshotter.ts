/**
 * external-snapshotter's sidecar: has a driver take and delete the snapshots that VolumeSnapshotContents stand for.
 * Upstream: external-snapshotter pkg/sidecar-controller.
 *
 * **Simplified:** no secrets; a class' parameters mean nothing to the drivers that there are.
 */
import type { PersistentVolume } from "../../api/generated/types.ts";
import { isConflict, isNotFound, qualified } from "../../api/meta/status-error.ts";
import { loopbackUser } from "../../api/meta/user-info.ts";
import type { UserInfo } from "../../api/meta/user-info.ts";
import { persistentVolumes } from "../../api/registry.ts";
import { deepEqual } from "../../base/json.ts";
import { formatTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type { ControllerContext, ControllerDefinition, ReconcileResult } from "../define-controller.ts";
import { BEING_CREATED, BEING_DELETED, CONTENT_BOUND, followSnapshots, snapshotKinds } from "../snapshot/kinds.ts";
import type { SnapshotKinds, VolumeSnapshotContent } from "../snapshot/kinds.ts";
import type { StorageDriver, TakenSnapshot } from "./driver.ts";

const RETRY_MS = 1000;
const RETRY_MAX_MS = 5 * 60_000;

interface Sidecar {
  driver: StorageDriver;
  /** Calls under way, with the time of their answer. */
  begun: Map<string, number>;
  /** How often a content was tried in vain, or found not to be ready, and when it is tried again. */
  attempts: Map<string, { count: number; next: number }>;
}

/** What there is no way to do now. */
class SnapshotterError extends Error {}

export function csiSnapshotter(
  driver: StorageDriver,
  account: UserInfo = loopbackUser,
): ControllerDefinition<PersistentVolume> {
  const sidecar: Sidecar = { driver, begun: new Map(), attempts: new Map() };
  return defineController<PersistentVolume>({
    name: `csi-snapshotter ${driver.name}`,
    account,
    for: persistentVolumes,
    // It looks at contents alone; see `setup`.
    keys: () => [],
    subject: (name) => `volumesnapshotcontents/${name}`,
    setup: (informers, ctx) =>
      followSnapshots(informers, ctx, {
        content({ metadata, spec }, gone) {
          if (gone) sidecar.attempts.delete(metadata.name);
          else if (spec.driver === driver.name) ctx.enqueue(metadata.name);
        },
      }),
    reconcile: (ctx, name) => reconcile(ctx, sidecar, name),
  });
}

function reconcile(ctx: ControllerContext, sidecar: Sidecar, name: string): ReconcileResult {
  const kinds = snapshotKinds(ctx.client);
  const content = kinds && ctx.lister(kinds.contents).get(name);
  if (kinds === undefined || content === undefined) return {};
  const deletes = mayBeDeleted(content);
  if (!deletes && (content.metadata.deletionTimestamp !== undefined || content.status?.readyToUse === true)) return {};
  const call = `${deletes ? "delete" : "create"}-${name}`;
  try {
    const due = sidecar.begun.get(call);
    const pause = deletes ? 0 : (sidecar.attempts.get(name)?.next ?? 0);
    const wait = Math.max(due ?? 0, pause) - ctx.sim.now;
    if (wait > 0) return { requeueAfter: wait, background: due === undefined };
    if (due === undefined) {
      sidecar.begun.set(call, ctx.sim.now + sidecar.driver.callMs);
      const isFirst = content.spec.source.volumeHandle !== undefined && content.status?.snapshotHandle === undefined;
      if (!deletes && isFirst) annotate(ctx, kinds, content, "yes");
      return { requeueAfter: sidecar.driver.callMs };
    }
    sidecar.begun.delete(call);
    if (deletes) {
      return remove(ctx, sidecar, { kinds, content });
    }
    const isReady = take(ctx, sidecar, { kinds, content });
    if (isReady) sidecar.attempts.delete(name);
    return isReady ? {} : again(ctx, sidecar, name);
  } catch (error) {
    if (isNotFound(error)) return {};
    if (isConflict(error)) return { requeueAfter: 10 };
    throw error;
  }
}

function again(ctx: ControllerContext, { attempts }: Sidecar, name: string): ReconcileResult {
  const count = attempts.get(name)?.count ?? 0;
  const requeueAfter = Math.min(RETRY_MS * 2 ** count, RETRY_MAX_MS);
  attempts.set(name, { count: count + 1, next: ctx.sim.now + requeueAfter });
  return { requeueAfter, background: true };
}

/** One that is bound goes only with its snapshot, and none goes while it is being taken. */
function mayBeDeleted({ metadata, spec }: VolumeSnapshotContent): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  if (spec.source.snapshotHandle !== undefined && (spec.volumeSnapshotRef.uid ?? "") === "") return true;
  const { [BEING_CREATED]: created, [BEING_DELETED]: deleted } = metadata.annotations ?? {};
  return created === undefined && deleted !== undefined;
}

/** Notes that the driver is at work, or with null that it has answered. */
function annotate(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  { metadata }: VolumeSnapshotContent,
  value: "yes" | null,
): void {
  if (value === (metadata.annotations?.[BEING_CREATED] ?? null)) return;
  const patch = { metadata: { annotations: { [BEING_CREATED]: value } } };
  ctx.client.resource(kinds.contents).patch("", metadata.name, patch, { type: "merge" });
}

type Subject = { kinds: SnapshotKinds; content: VolumeSnapshotContent };

/** True: it can be used by now. */
function take(ctx: ControllerContext, { driver }: Sidecar, { kinds, content }: Subject): boolean {
  const { source } = content.spec;
  const isGiven = source.snapshotHandle !== undefined;
  try {
    const taken = isGiven
      ? listed(driver, content, source.snapshotHandle ?? "")
      : created(ctx, driver, { kinds, content });
    const status = {
      snapshotHandle: taken.handle,
      creationTime: taken.takenAt * 1e6,
      restoreSize: taken.bytes,
      readyToUse: taken.ready,
    };
    if (!deepEqual(content.status, status)) writeStatus(ctx, kinds, { content, status });
    if (!isGiven) annotate(ctx, kinds, content, null);
    return taken.ready;
  } catch (error) {
    if (!(error instanceof SnapshotterError)) throw error;
    if (!isGiven) annotate(ctx, kinds, content, null);
    const [reason, what] = isGiven
      ? ["SnapshotContentCheckandUpdateFailed", "check and update snapshot content"]
      : ["SnapshotCreationFailed", "create snapshot"];
    fail(ctx, kinds, { content, reason, message: `Failed to ${what}: ${error.message}` });
    return false;
  }
}

function created(ctx: ControllerContext, driver: StorageDriver, { kinds, content }: Subject): TakenSnapshot {
  const { source, volumeSnapshotClassName = "", volumeSnapshotRef } = content.spec;
  if (ctx.lister(kinds.classes).get(volumeSnapshotClassName) === undefined) {
    const singular = qualified({ group: kinds.classes.group, resource: "volumesnapshotclass" });
    const why = JSON.stringify(`${singular} ${JSON.stringify(volumeSnapshotClassName)} not found`);
    const { name } = content.metadata;
    throw new SnapshotterError(`failed to get input parameters to create snapshot for content ${name}: ${why}`);
  }
  try {
    return driver.createSnapshot(`snapshot-${volumeSnapshotRef.uid}`, source.volumeHandle ?? "");
  } catch (error) {
    const why = JSON.stringify((error as Error).message);
    throw new SnapshotterError(`failed to take snapshot of the volume ${source.volumeHandle}: ${why}`);
  }
}

function listed(driver: StorageDriver, { metadata }: VolumeSnapshotContent, handle: string): TakenSnapshot {
  const found = driver.snapshot(handle);
  if (found !== undefined) return found;
  const why = JSON.stringify(`can not find snapshot for snapshotID ${handle}`);
  throw new SnapshotterError(`failed to list snapshot for content ${metadata.name}: ${why}`);
}

function writeStatus(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  { content, status }: { content: VolumeSnapshotContent; status: NonNullable<VolumeSnapshotContent["status"]> },
): VolumeSnapshotContent {
  const client = ctx.client.resource(kinds.contents);
  return client.updateStatus({ ...client.get("", content.metadata.name), status });
}

function fail(
  ctx: ControllerContext,
  kinds: SnapshotKinds,
  { content, reason, message }: { content: VolumeSnapshotContent; reason: string; message: string },
): void {
  if (content.status?.error?.message === message) return;
  const status = { ...content.status, readyToUse: false, error: { message, time: formatTime(ctx.sim.now) } };
  const now = writeStatus(ctx, kinds, { content, status });
  ctx.events.event(now, "Warning", { reason, message });
}

function remove(ctx: ControllerContext, sidecar: Sidecar, { kinds, content }: Subject): ReconcileResult {
  const { metadata, spec, status } = content;
  const handle = status?.snapshotHandle;
  try {
    if (spec.deletionPolicy === "Delete" && handle !== undefined) sidecar.driver.deleteSnapshot(handle);
  } catch {
    ctx.events.event(content, "Warning", { reason: "SnapshotDeleteError", message: "Failed to delete snapshot" });
    return again(ctx, sidecar, metadata.name);
  }
  const client = ctx.client.resource(kinds.contents);
  const fresh = client.get("", metadata.name);
  const finalizers = (fresh.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CONTENT_BOUND);
  client.update({ ...fresh, metadata: { ...fresh.metadata, finalizers } });
  return {};
}
