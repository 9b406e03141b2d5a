import type { PersistentVolumeClaimSpec } from "../../generated/types.ts";
import { fill } from "../../meta/share.ts";

/** Also of claim templates. Upstream: SetDefaults_PersistentVolumeClaimSpec in pkg/apis/core/v1/defaults.go. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  return fill(spec, { volumeMode: "Filesystem" });
}
