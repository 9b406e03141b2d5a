/**
 * What a claim's new volume begins with: the volume of another claim, which the driver copies.
 * Upstream: kubernetes-csi/external-provisioner pkg/controller/controller.go (getVolumeContentSource, getPVCSource).
 *
 * **Simplified:** there are no snapshots: a claim of one fails as on a server that doesn't have their kinds.
 */
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { quantityValue } from "../../api/meta/quantity.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import type { ControllerContext } from "../define-controller.ts";
import { handleOf } from "./driver.ts";

/** A source that can't be had. */
export class CloneError extends Error {}

/** The handle of the volume to copy; undefined: the claim wants an empty one. Throws a CloneError. */
export function cloneSource(ctx: ControllerContext, claim: PersistentVolumeClaim, driver: string): string | undefined {
  const { dataSource } = claim.spec;
  if (dataSource === undefined) return undefined;
  const { kind, name, apiGroup = "" } = dataSource;
  const failed = (why: string): CloneError =>
    new CloneError(`error getting handle for DataSource Type ${kind} by Name ${name}: ${why}`);
  if (kind !== "PersistentVolumeClaim" || apiGroup !== "") {
    const resource = `volumesnapshots.${apiGroup} ${name}`;
    throw failed(
      `error getting snapshot ${name} from api server: the server could not find the requested resource (get ${resource})`,
    );
  }
  const { namespace } = claim.metadata;
  const source = ctx.lister(persistentVolumeClaims).get(`${namespace}/${name}`);
  if (source === undefined) {
    const missing = `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    throw failed(`error getting PVC ${name} (namespace ${JSON.stringify(namespace)}) from api server: ${missing}`);
  }
  const why = mismatch(claim, source);
  if (why !== undefined) throw failed(why);
  const volume = ctx.lister(persistentVolumes).get(source.spec.volumeName ?? "");
  if (volume === undefined) {
    const missing = `persistentvolume ${JSON.stringify(source.spec.volumeName)} not found`;
    throw failed(`error getting volume ${source.spec.volumeName} for PVC ${namespace}/${name}: ${missing}`);
  }
  if (volume.spec.csi?.driver !== driver) throw failed("the source volume is of another driver");
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
