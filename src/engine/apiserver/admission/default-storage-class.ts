/** Claims that don't speak of a storage class get the default one. Upstream: plugin/pkg/admission/storage/storageclass/setdefault. */
import { CLASS_ANNOTATION } from "../../api/core/volume-claims.ts";
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { persistentVolumeClaims, storageClasses } from "../../api/registry.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { newestDefault } from "./newest-default.ts";

const DEFAULT_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  resources: [persistentVolumeClaims.id],
  mutate(object, { operation, request, context }) {
    if (operation !== "create" || request.subresource !== "") return object;
    const claim = object as PersistentVolumeClaim;
    // An empty name is an answer: no class.
    if (claim.spec?.storageClassName !== undefined) return object;
    if (claim.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return object;
    const chosen = newestDefault(context.lists.list(storageClasses), DEFAULT_ANNOTATIONS);
    if (chosen === undefined) return object;
    const spec = { ...claim.spec, storageClassName: chosen.metadata.name };
    const classified: PersistentVolumeClaim = { ...claim, spec };
    return classified;
  },
};
