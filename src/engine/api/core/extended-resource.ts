/** Whether a resource is neither Kubernetes' own nor in its domain. Upstream: IsExtendedResourceName of pkg/apis/core/helper. */
export function isExtendedResource(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}
