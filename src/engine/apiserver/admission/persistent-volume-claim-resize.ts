/** Only bound claims whose class allows it can grow. Upstream: plugin/pkg/admission/storage/persistentvolume/resize. */
import { storageClassOf } from "../../api/core/volume-claims.ts";
import type { PersistentVolumeClaim } from "../../api/generated/types.ts";
import { compareQuantities, parseQuantity } from "../../api/meta/quantity.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import { persistentVolumeClaims, storageClasses } from "../../api/registry.ts";
import type { AdmissionPlugin } from "./admission.ts";

const NOT_BOUND = "Only bound persistent volume claims can be expanded";
const NOT_RESIZABLE =
  "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  resources: [persistentVolumeClaims.id],
  validate(object, { operation, request, old, name, context }) {
    if (operation !== "update" || request.subresource !== "" || object === undefined || old === undefined) return;
    const before = old as PersistentVolumeClaim;
    if (compareQuantities(sizeOf(object as PersistentVolumeClaim), sizeOf(before)) <= 0) return;
    if (before.status?.phase !== "Bound") throw forbidden(request.resource, name, NOT_BOUND);
    const className = storageClassOf({ metadata: before.metadata, spec: before.spec ?? {} });
    const storageClass = context.lists.list(storageClasses).find(({ metadata }) => metadata.name === className);
    if (storageClass?.allowVolumeExpansion !== true) throw forbidden(request.resource, name, NOT_RESIZABLE);
  },
};

function sizeOf({ spec }: PersistentVolumeClaim) {
  return parseQuantity(spec?.resources?.requests?.["storage"] ?? "0");
}
