/** Claims of volumes under quotas. Upstream: pkg/quota/v1/evaluator/core/persistent_volume_claims.go. */
import type { PersistentVolumeClaim } from "../generated/types.ts";
import type { QuotaEvaluator } from "./evaluator.ts";
import { isSelected } from "./pod-evaluator.ts";

const COUNT = "count/persistentvolumeclaims";
const CLAIMS = "persistentvolumeclaims";
const STORAGE = "requests.storage";
/** `gold.storageclass.storage.k8s.io/requests.storage` */
const CLASS_SUFFIX = ".storageclass.storage.k8s.io/";
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export const claimEvaluator: QuotaEvaluator<PersistentVolumeClaim> = {
  updates: true,
  counts: (name) =>
    [COUNT, CLAIMS, STORAGE].includes(name) ||
    name.endsWith(`${CLASS_SUFFIX}${CLAIMS}`) ||
    name.endsWith(`${CLASS_SUFFIX}${STORAGE}`),
  usage({ metadata, spec }) {
    const usage: Record<string, string> = { [COUNT]: "1", [CLAIMS]: "1" };
    const className = metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? "";
    if (className !== "") usage[`${className}${CLASS_SUFFIX}${CLAIMS}`] = "1";
    const storage = spec?.resources?.requests?.["storage"];
    if (storage === undefined) return usage;
    usage[STORAGE] = storage;
    if (className !== "") usage[`${className}${CLASS_SUFFIX}${STORAGE}`] = storage;
    return usage;
  },
  isWithin: ({ spec }, scope) =>
    scope.scopeName === "VolumeAttributesClass" && isSelected(spec?.volumeAttributesClassName ?? "", scope),
};
