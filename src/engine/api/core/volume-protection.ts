/** Finalizers of claims that pods use and of volumes that claims are bound to. Upstream: pkg/volume/util/finalizer.go. */
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
export const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
