/**
 * Has volumes of csi drivers attached to the nodes whose pods use them, and detached where none does any more.
 * Upstream: pkg/controller/volume/attachdetach.
 *
 * **Simplified:** one volume is looked at when something about it changes, not all of them ten times a second.
 */
import type { CSIDriver, Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { isAlreadyExists, isNotFound } from "../../api/meta/status-error.ts";
import { nodes, persistentVolumeClaims, persistentVolumes, pods } from "../../api/registry.ts";
import { csiDrivers } from "../../api/storage/csi-driver.ts";
import { volumeAttachments } from "../../api/storage/volume-attachment.ts";
import { parseTime } from "../../base/time.ts";
import { defineController } from "../define-controller.ts";
import type {
  ControllerContext,
  ControllerDefinition,
  ControllerWatch,
  ReconcileResult,
} from "../define-controller.ts";
import { nodeCondition } from "../node-lifecycle/taints.ts";
import { claimKeysOf, indexPodsByClaim } from "../pods-by-claim.ts";
import { attachmentsOf, attachmentName, NODE, usersByNode, VOLUME } from "./state.ts";
import type { Attachment } from "./state.ts";
import { multiAttachMessage } from "./multi-attach.ts";
import { publishAttached, volumeNameOf } from "./node-status.ts";

/** A node that is not ready loses a volume that no pod of it wants after so long. */
const FORCE_DETACH_MS = 6 * 60_000;
/** How long an attacher is waited for before that is told, each time. */
const ATTACH_TIMEOUT_MS = 2 * 60_000;
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

interface State {
  /** By volume and node: since when no pod there wants it. */
  readonly unwanted: Map<string, number>;
  /** By volume and node: pods that have been told that they can't have it. */
  readonly told: Map<string, string>;
}

const podWatch: ControllerWatch<Pod> = {
  resource: pods,
  keys: (pod, ctx) =>
    claimKeysOf(pod).flatMap((key) => ctx.lister(persistentVolumeClaims).get(key)?.spec.volumeName ?? []),
};
const claimWatch: ControllerWatch<PersistentVolumeClaim> = {
  resource: persistentVolumeClaims,
  keys: ({ spec }) => (spec.volumeName ? [spec.volumeName] : []),
};
const attachmentWatch: ControllerWatch<Attachment> = {
  resource: volumeAttachments,
  keys: ({ spec }) => (spec.source.persistentVolumeName === undefined ? [] : [spec.source.persistentVolumeName]),
};
const driverWatch: ControllerWatch<CSIDriver> = { resource: csiDrivers, keys: () => [] };

export function attachDetachController(): ControllerDefinition<PersistentVolume> {
  const state: State = { unwanted: new Map(), told: new Map() };
  return defineController<PersistentVolume>({
    name: "attachdetach-controller",
    for: persistentVolumes,
    keys: ({ metadata, spec }) => (spec.csi === undefined ? [] : [metadata.name]),
    watches: [podWatch, claimWatch, attachmentWatch, driverWatch].map((watch) => watch as ControllerWatch),
    setup(informers, ctx) {
      indexPodsByClaim(informers);
      const attachments = informers.informer(volumeAttachments);
      attachments.addIndex(VOLUME, ({ spec }) => [spec.source.persistentVolumeName ?? ""]);
      attachments.addIndex(NODE, ({ spec }) => [spec.nodeName]);
      const wake = ({ metadata }: Node): void => {
        for (const { spec } of ctx.lister(volumeAttachments).byIndex(NODE, metadata.name)) {
          if (spec.source.persistentVolumeName !== undefined) ctx.enqueue(spec.source.persistentVolumeName);
        }
      };
      informers.informer(nodes).addHandler({
        onUpdate: (node, old) => {
          const changed = node.status.volumesInUse !== old.status.volumesInUse || node.spec.taints !== old.spec.taints;
          if (changed || nodeCondition(node, "Ready")?.status !== nodeCondition(old, "Ready")?.status) wake(node);
        },
        onDelete: wake,
      });
    },
    reconcile: (ctx, name) => reconcile(ctx, state, name),
  });
}

function reconcile(ctx: ControllerContext, state: State, name: string): ReconcileResult {
  const attachments = attachmentsOf(ctx, name);
  const volume = ctx.lister(persistentVolumes).get(name);
  if (volume?.spec.csi === undefined) {
    for (const attachment of attachments) detach(ctx, attachment);
    return {};
  }
  const users = attachRequired(ctx, volume) ? usersByNode(ctx, volume) : new Map<string, Pod[]>();
  let wait: number | undefined;
  for (const attachment of attachments) {
    const { nodeName } = attachment.spec;
    const wanting = users.get(nodeName);
    const key = `${name}/${nodeName}`;
    if (wanting !== undefined) {
      state.unwanted.delete(key);
      const left = follow(ctx, { attachment, volume, wanting });
      if (left !== undefined) wait = Math.min(wait ?? left, left);
      continue;
    }
    if (attachment.metadata.deletionTimestamp !== undefined) continue;
    const left = untilDetach(ctx, state, { volume, nodeName });
    if (left > 0) wait = Math.min(wait ?? left, left);
    else {
      publishAttached(ctx, nodeName, { volume, attached: false });
      state.unwanted.delete(key);
      detach(ctx, attachment);
    }
  }
  for (const [nodeName, wanting] of users) {
    if (attachments.some(({ spec }) => spec.nodeName === nodeName)) continue;
    const others = attachments.filter(({ spec }) => spec.nodeName !== nodeName);
    if (isExclusive(volume) && others.length > 0) tellMultiAttach(ctx, state, { volume, nodeName, wanting, users });
    else attach(ctx, state, { volume, nodeName });
    // Of two nodes that want it at once one is first.
    if (isExclusive(volume)) break;
  }
  return wait === undefined || wait === Infinity ? {} : { requeueAfter: wait, background: true };
}

function attachRequired(ctx: ControllerContext, { spec }: PersistentVolume): boolean {
  return ctx.lister(csiDrivers).get(spec.csi?.driver ?? "")?.spec.attachRequired ?? true;
}

/** Upstream: IsMultiAttachAllowed. */
function isExclusive({ spec }: PersistentVolume): boolean {
  return spec.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany") !== true;
}

function attach(
  ctx: ControllerContext,
  state: State,
  { volume, nodeName }: { volume: PersistentVolume; nodeName: string },
): void {
  const { csi } = volume.spec;
  if (csi === undefined) return;
  state.told.delete(`${volume.metadata.name}/${nodeName}`);
  try {
    ctx.client.resource(volumeAttachments).create({
      metadata: { name: attachmentName(csi, nodeName) },
      spec: { attacher: csi.driver, nodeName, source: { persistentVolumeName: volume.metadata.name } },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** What the attacher has said since; while it says nothing, when to look again. */
function follow(
  ctx: ControllerContext,
  { attachment, volume, wanting }: { attachment: Attachment; volume: PersistentVolume; wanting: readonly Pod[] },
): number | undefined {
  const { status, spec } = attachment;
  const name = JSON.stringify(volume.metadata.name);
  if (status?.attached === true && attachment.metadata.deletionTimestamp === undefined) {
    if (!publishAttached(ctx, spec.nodeName, { volume, attached: true })) return undefined;
    const message = `AttachVolume.Attach succeeded for volume ${name} `;
    for (const pod of wanting) ctx.events.event(pod, "Normal", { reason: "SuccessfulAttachVolume", message });
  } else if (status?.attachError?.message !== undefined) {
    const message = `AttachVolume.Attach failed for volume ${name} : ${status.attachError.message}`;
    for (const pod of wanting) ctx.events.event(pod, "Warning", { reason: "FailedAttachVolume", message });
  } else if (attachment.metadata.deletionTimestamp === undefined && status?.attached !== true) {
    const age = ctx.sim.now - parseTime(attachment.metadata.creationTimestamp);
    const left = ATTACH_TIMEOUT_MS - (age % ATTACH_TIMEOUT_MS);
    if (age < ATTACH_TIMEOUT_MS || left < ATTACH_TIMEOUT_MS / 2) return left;
    const { driver = "", volumeHandle = "" } = volume.spec.csi ?? {};
    const why = `timed out waiting for external-attacher of ${driver} CSI driver to attach volume ${volumeHandle}`;
    const message = `AttachVolume.Attach failed for volume ${name} : ${why}`;
    for (const pod of wanting) ctx.events.event(pod, "Warning", { reason: "FailedAttachVolume", message });
    return left;
  }
  return undefined;
}

function tellMultiAttach(
  ctx: ControllerContext,
  state: State,
  about: { volume: PersistentVolume; nodeName: string; wanting: readonly Pod[]; users: ReadonlyMap<string, Pod[]> },
): void {
  const { volume, nodeName, wanting, users } = about;
  const others = [...users].flatMap(([node, list]) => (node === nodeName ? [] : list));
  for (const pod of wanting) {
    const key = `${volume.metadata.name}/${nodeName}/${keyOf(pod)}`;
    if (state.told.get(key) === pod.metadata.uid) continue;
    state.told.set(key, pod.metadata.uid);
    const message = multiAttachMessage(volume.metadata.name, pod, others);
    ctx.events.event(pod, "Warning", { reason: "FailedAttachVolume", message });
  }
}

/** Milliseconds until the volume may be taken from a node that no pod wants it on; Infinity: when its kubelet says so. */
function untilDetach(
  ctx: ControllerContext,
  { unwanted }: State,
  { volume, nodeName }: { volume: PersistentVolume; nodeName: string },
): number {
  const node = ctx.lister(nodes).get(nodeName);
  const inUse = node?.status.volumesInUse?.includes(volumeNameOf(volume)) === true;
  if (node === undefined || !inUse) return 0;
  if (node.spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true) return 0;
  const key = `${volume.metadata.name}/${nodeName}`;
  const since = unwanted.get(key) ?? ctx.sim.now;
  unwanted.set(key, since);
  if (nodeCondition(node, "Ready")?.status === "True") return Infinity;
  return Math.max(0, since + FORCE_DETACH_MS - ctx.sim.now);
}

/** Its driver's attacher does the rest, and lets it go. */
function detach(ctx: ControllerContext, { metadata }: Attachment): void {
  if (metadata.deletionTimestamp !== undefined) return;
  try {
    ctx.client.resource(volumeAttachments).delete("", metadata.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
