/**
 * What a claim's new volume begins with: the volume of another claim, or a snapshot, which the driver copies.
 * Upstream: kubernetes-csi/external-provisioner pkg/controller/controller.go (getVolumeContentSource, getPVCSource,
 * getSnapshotSource).
 */
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { quantityValue } from "../../api/meta/quantity.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { SNAPSHOT_GROUP, snapshotKinds } from "../snapshot/kinds.ts";
import type { VolumeSnapshot, VolumeSnapshotContent } from "../snapshot/kinds.ts";
import { handleOf } from "./driver.ts";
import type { VolumeSource } from "./driver.ts";

/** A source that can't be had. */
export class SourceError extends Error {}

/** Whether somebody else makes the claim's volume: what it begins with is nothing that drivers copy. */
export function isPopulated({ spec }: PersistentVolumeClaim): boolean {
  if (spec.dataSource === undefined) return false;
  const { kind, apiGroup = "" } = spec.dataSource;
  return kind === "VolumeSnapshot" ? apiGroup !== SNAPSHOT_GROUP : kind !== "PersistentVolumeClaim" || apiGroup !== "";
}

/** What to copy; undefined: the claim, which isn't populated, wants an empty volume. Throws a SourceError. */
export function volumeSource(
  ctx: ControllerContext,
  claim: PersistentVolumeClaim,
  driver: string,
): VolumeSource | undefined {
  const { dataSource } = claim.spec;
  if (dataSource === undefined) return undefined;
  const { kind, name } = dataSource;
  const wanted = { claim, name, driver };
  try {
    return kind === "VolumeSnapshot"
      ? { of: "snapshot", handle: snapshotHandle(ctx, wanted) }
      : { of: "volume", handle: volumeHandle(ctx, wanted) };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new SourceError(`error getting handle for DataSource Type ${kind} by Name ${name}: ${error.message}`);
  }
}

interface Wanted {
  claim: PersistentVolumeClaim;
  /** Of its source. */
  name: string;
  driver: string;
}

function volumeHandle(ctx: ControllerContext, { claim, name, driver }: Wanted): string {
  const { namespace } = claim.metadata;
  const source = ctx.lister(persistentVolumeClaims).get(`${namespace}/${name}`);
  if (source === undefined) {
    const missing = `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    throw new SourceError(
      `error getting PVC ${name} (namespace ${JSON.stringify(namespace)}) from api server: ${missing}`,
    );
  }
  const why = mismatch(claim, source);
  if (why !== undefined) throw new SourceError(why);
  const volume = ctx.lister(persistentVolumes).get(source.spec.volumeName ?? "");
  if (volume === undefined) {
    const missing = `persistentvolume ${JSON.stringify(source.spec.volumeName)} not found`;
    throw new SourceError(`error getting volume ${source.spec.volumeName} for PVC ${namespace}/${name}: ${missing}`);
  }
  if (volume.spec.csi?.driver !== driver) throw new SourceError("the source volume is of another driver");
  return handleOf(volume);
}

function mismatch(claim: PersistentVolumeClaim, source: PersistentVolumeClaim): string | undefined {
  const { name } = source.metadata;
  const { phase = "", capacity } = source.status ?? {};
  if (phase !== "Bound") return `the PVC DataSource ${name} must have a status of Bound.  Got ${phase}`;
  if (source.metadata.deletionTimestamp !== undefined) return `the PVC DataSource ${name} is currently being deleted`;
  if (storageClassOf(source) === "") return `the source PVC (${name}) storageclass cannot be empty`;
  const wanted = quantityValue(claim.spec.resources?.requests?.["storage"] ?? "0");
  const has = quantityValue(capacity?.["storage"] ?? "0");
  if (wanted < has) {
    return `error, new PVC request must be greater than or equal in size to the specified PVC data source, requested ${wanted} but source is ${has}`;
  }
  const [from, to] = [source.spec.volumeMode, claim.spec.volumeMode];
  return from === to
    ? undefined
    : `the source PVC and destination PVCs must have the same volume mode for cloning.  Source is ${from}, but new PVC requested ${to}`;
}

function snapshotHandle(ctx: ControllerContext, { claim, name, driver }: Wanted): string {
  const { namespace = "" } = claim.metadata;
  const kinds = snapshotKinds(ctx.client);
  const failed = (why: string): string => `error getting snapshot ${name} from api server: ${why}`;
  if (kinds === undefined) {
    const missing = "the server could not find the requested resource";
    throw new SourceError(failed(`${missing} (get volumesnapshots.${SNAPSHOT_GROUP} ${name})`));
  }
  const snapshot = asked(() => ctx.client.resource<VolumeSnapshot>(kinds.snapshots).get(namespace, name), failed);
  if (snapshot.metadata.deletionTimestamp !== undefined) {
    throw new SourceError(`snapshot ${name} is currently being deleted`);
  }
  const { boundVolumeSnapshotContentName: contentName, readyToUse, restoreSize } = snapshot.status ?? {};
  if (contentName === undefined) throw new SourceError(`snapshot ${name} not bound`);
  const about = `snapshotcontent ${contentName} for snapshot ${namespace}/${name}`;
  const content = asked(
    () => ctx.client.resource<VolumeSnapshotContent>(kinds.contents).get("", contentName),
    (why) => `error getting ${about} from api server: ${why}`,
  );
  const { volumeSnapshotRef: ref } = content.spec;
  if (ref.uid !== snapshot.metadata.uid || ref.namespace !== namespace || ref.name !== name) {
    throw new SourceError(`${about} is bound to a different snapshot`);
  }
  if (content.spec.driver !== driver) {
    const wants = storageClassOf(claim);
    throw new SourceError(`${about} is handled by a different CSI driver than requested by StorageClass ${wants}`);
  }
  if (readyToUse !== true) throw new SourceError(`snapshot ${name} is not Ready`);
  const size = quantityValue(claim.spec.resources?.requests?.["storage"] ?? "0");
  const least = quantityValue(restoreSize ?? "0");
  if (size < least) {
    throw new SourceError(
      `requested volume size ${size} is less than the size ${least} for the source snapshot ${name}`,
    );
  }
  const handle = content.status?.snapshotHandle;
  if (handle === undefined) throw new SourceError(`snapshot handle ${contentName} is not available`);
  return handle;
}

/** What the server has, or a SourceError with what it says. */
function asked<T>(get: () => T, failed: (why: string) => string): T {
  try {
    return get();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new SourceError(failed(error.message));
  }
}
