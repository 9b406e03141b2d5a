/** Which storage class a claim or volume names, in its field or in the annotation of old. Upstream: kubectl pkg/util/storage. */
import type { ObjectMeta, PersistentVolumeClaimSpec, PersistentVolumeSpec } from "../../engine/api/generated/types.ts";

const BETA_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function claimClass(claim: {
  metadata?: Partial<ObjectMeta> | undefined;
  spec?: PersistentVolumeClaimSpec | undefined;
}): string {
  return claim.metadata?.annotations?.[BETA_ANNOTATION] ?? claim.spec?.storageClassName ?? "";
}

export function volumeClass(volume: { metadata: ObjectMeta; spec: PersistentVolumeSpec }): string {
  return volume.metadata.annotations?.[BETA_ANNOTATION] ?? volume.spec.storageClassName ?? "";
}

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** `RWO,ROX`, in upstream's order, each once. */
export function accessModeTexts(modes: readonly string[] | undefined): string {
  return Object.keys(SHORT_MODES)
    .filter((mode) => modes?.includes(mode) ?? false)
    .map((mode) => SHORT_MODES[mode])
    .join(",");
}
