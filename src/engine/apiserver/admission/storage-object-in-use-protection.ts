/**
 * Volumes and claims can't go while they are used: each is made with a finalizer that its protection controller takes.
 * Upstream: plugin/pkg/admission/storage/storageobjectinuseprotection.
 */
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from "../../api/core/volume-protection.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/registry.ts";
import type { AdmissionPlugin } from "./admission.ts";

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  resources: [persistentVolumeClaims.id, persistentVolumes.id],
  mutate(object, { operation, request }) {
    if (operation !== "create" || request.subresource !== "") return object;
    const finalizer = request.resource.id === persistentVolumes.id ? VOLUME_PROTECTION : CLAIM_PROTECTION;
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(finalizer)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
  },
};
