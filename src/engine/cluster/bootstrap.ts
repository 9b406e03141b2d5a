/**
 * What stands in a cluster before anybody types: namespaces, the `kubernetes` service, CoreDNS. Models kubeadm's
 * `init` phases (upstream: cmd/kubeadm/app/phases/addons) and the API server's own post-start hooks.
 */
import type { Endpoints, EndpointSlice, Namespace, Service } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";

export const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"] as const;
export const KUBERNETES_SERVICE_IP = "10.96.0.1";
export const KUBERNETES_IMAGE_TAG = "v1.36.0";

export function namespaceDraft(name: string): Draft<Namespace> {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name }, spec: { finalizers: ["kubernetes"] }, status: {} };
}

/** The service that leads to the API server itself. */
export function kubernetesService(port: number): Draft<Service> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP: KUBERNETES_SERVICE_IP,
      clusterIPs: [KUBERNETES_SERVICE_IP],
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
      sessionAffinity: "None",
    },
  };
}

export function kubernetesEndpoints(addresses: readonly string[], port: number): Draft<Endpoints> {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ name: "https", port, protocol: "TCP" }] }],
  };
}

export function kubernetesEndpointSlice(addresses: readonly string[], port: number): Draft<EndpointSlice> {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: [{ name: "https", port, protocol: "TCP" }],
  };
}
