/**
 * What a snapshot is taken of, and by which class. Upstream: external-snapshotter pkg/common-controller
 * (getVolumeFromVolumeSnapshot, SetDefaultSnapshotClass, createSnapshotContent).
 */
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { qualified } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { IS_DEFAULT_CLASS } from "./kinds.ts";
import type { SnapshotKinds, VolumeSnapshot, VolumeSnapshotClass } from "./kinds.ts";

/** Why a snapshot can't be taken, in upstream's words. */
export class SnapshotProblem extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export function claimOf(ctx: ControllerContext, snapshot: VolumeSnapshot): PersistentVolumeClaim | undefined {
  const name = snapshot.spec.source.persistentVolumeClaimName;
  return name === undefined
    ? undefined
    : ctx.lister(persistentVolumeClaims).get(`${snapshot.metadata.namespace}/${name}`);
}

/** The volume of its claim. Throws a plain Error when there is none. */
export function volumeOf(ctx: ControllerContext, snapshot: VolumeSnapshot): PersistentVolume {
  const claim = claimOf(ctx, snapshot);
  const name = snapshot.spec.source.persistentVolumeClaimName ?? "";
  if (claim === undefined) {
    const missing = `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    throw new Error(`failed to retrieve PVC ${name} from the lister: ${JSON.stringify(missing)}`);
  }
  if (claim.status?.phase !== "Bound") {
    throw new Error(`the PVC ${name} is not yet bound to a PV, will not attempt to take a snapshot`);
  }
  const volumeName = claim.spec.volumeName ?? "";
  const volume = ctx.lister(persistentVolumes).get(volumeName);
  if (volume === undefined) {
    const missing = `persistentvolumes ${JSON.stringify(volumeName)} not found`;
    throw new Error(`failed to retrieve PV ${volumeName} from the API server: ${JSON.stringify(missing)}`);
  }
  if (volume.spec.claimRef?.uid !== claim.metadata.uid) throw new Error("claim in dataSource not bound or invalid");
  return volume;
}

/** The class of that name. Throws a plain Error. */
export function classNamed(ctx: ControllerContext, { classes }: SnapshotKinds, name: string): VolumeSnapshotClass {
  const found = ctx.lister(classes).get(name);
  if (found !== undefined) return found;
  const singular = { group: classes.group, resource: "volumesnapshotclass" };
  throw new Error(`${qualified(singular)} ${JSON.stringify(name)} not found`);
}

/** The name of the one default class of the driver that the claim's volume is of. Throws a plain Error. */
export function defaultClassName(ctx: ControllerContext, { classes }: SnapshotKinds, snapshot: VolumeSnapshot): string {
  const driver = volumeOf(ctx, snapshot).spec.csi?.driver;
  if (driver === undefined) {
    throw new Error(`snapshotting non-CSI volumes is not supported, snapshot:${keyOf(snapshot)}`);
  }
  const found = [...ctx.lister(classes).list()].filter(
    (each) => each.metadata.annotations?.[IS_DEFAULT_CLASS] === "true" && each.driver === driver,
  );
  const [only] = found;
  if (only === undefined) throw new Error("cannot find default snapshot class");
  if (found.length > 1) throw new Error(`${found.length} default snapshot classes were found`);
  return only.metadata.name;
}
