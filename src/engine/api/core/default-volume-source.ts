/**
 * Defaults of the sources that volumes of pods and persistent volumes share. Upstream: SetDefaults_HostPathVolumeSource
 * in pkg/apis/core/v1/defaults.go, and the `+default` marks of the other sources in core/v1/types.go.
 */
import { fill, mapField } from "../meta/share.ts";

interface VolumeSources {
  hostPath?: { type?: string | undefined } | undefined;
  iscsi?: { iscsiInterface?: string | undefined } | undefined;
  rbd?: { pool?: string | undefined; user?: string | undefined; keyring?: string | undefined } | undefined;
  scaleIO?: { storageMode?: string | undefined; fsType?: string | undefined } | undefined;
  azureDisk?:
    | {
        cachingMode?: string | undefined;
        kind?: string | undefined;
        fsType?: string | undefined;
        readOnly?: boolean | undefined;
      }
    | undefined;
}

/** The same object when there is nothing to fill in. */
export function defaultVolumeSource<S extends VolumeSources>(sources: S): S {
  let result: VolumeSources = sources;
  result = mapField(result, "hostPath", (source) => (source.type === undefined ? { ...source, type: "" } : source));
  result = mapField(result, "iscsi", (source) => fill(source, { iscsiInterface: "default" }));
  result = mapField(result, "rbd", (source) =>
    fill(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
  );
  result = mapField(result, "scaleIO", (source) => fill(source, { storageMode: "ThinProvisioned", fsType: "xfs" }));
  result = mapField(result, "azureDisk", (source) =>
    fill(source, { cachingMode: "ReadWrite", kind: "Shared", fsType: "ext4", readOnly: false }),
  );
  return result as S;
}
