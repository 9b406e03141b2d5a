/**
 * What `minikube addons enable metrics-server` applies. Upstream: kubernetes/minikube deploy/addons/metrics-server.
 */
import type { Resource } from "../api/meta/resource.ts";
import {
  apiServices,
  clusterRoleBindings,
  clusterRoles,
  deployments,
  serviceAccounts,
  services,
} from "../api/registry.ts";
import type { Client } from "../client/client.ts";
import { createAll, deleteAll, isThere } from "./addon-objects.ts";

const NAME = "metrics-server";
const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": NAME };
const METADATA = {
  name: NAME,
  namespace: NAMESPACE,
  labels: { ...LABELS, "addonmanager.kubernetes.io/mode": "Reconcile", "kubernetes.io/minikube-addons": NAME },
};

const OBJECTS: readonly [Resource, object][] = [
  [serviceAccounts as Resource, { metadata: METADATA }],
  [
    clusterRoles as Resource,
    {
      metadata: {
        name: "system:aggregated-metrics-reader",
        labels: {
          ...LABELS,
          "rbac.authorization.k8s.io/aggregate-to-admin": "true",
          "rbac.authorization.k8s.io/aggregate-to-edit": "true",
          "rbac.authorization.k8s.io/aggregate-to-view": "true",
        },
      },
      rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
    },
  ],
  [
    clusterRoles as Resource,
    {
      metadata: { name: "system:metrics-server", labels: LABELS },
      rules: [
        { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
        { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
      ],
    },
  ],
  [
    clusterRoleBindings as Resource,
    {
      metadata: { name: "system:metrics-server", labels: LABELS },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:metrics-server" },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }],
    },
  ],
  [
    services as Resource,
    { metadata: METADATA, spec: { selector: LABELS, ports: [{ name: "https", port: 443, targetPort: "https" }] } },
  ],
  [
    deployments as Resource,
    {
      metadata: METADATA,
      spec: {
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            priorityClassName: "system-cluster-critical",
            serviceAccountName: NAME,
            containers: [
              {
                name: NAME,
                image: "registry.k8s.io/metrics-server/metrics-server:v0.8.0",
                imagePullPolicy: "IfNotPresent",
                args: ["--cert-dir=/tmp", "--secure-port=4443", "--metric-resolution=15s", "--kubelet-insecure-tls"],
                resources: { requests: { cpu: "100m", memory: "200Mi" } },
                ports: [{ name: "https", containerPort: 4443, protocol: "TCP" }],
                readinessProbe: {
                  httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                  periodSeconds: 10,
                  failureThreshold: 3,
                },
              },
            ],
          },
        },
      },
    },
  ],
  [
    apiServices as Resource,
    {
      metadata: { name: "v1beta1.metrics.k8s.io", labels: METADATA.labels },
      spec: {
        service: { name: NAME, namespace: NAMESPACE },
        group: "metrics.k8s.io",
        version: "v1beta1",
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ],
];

/** Puts the objects there; those that are there already stay as they are. */
export function enableMetricsServer(client: Client): void {
  createAll(client, OBJECTS);
}

export function disableMetricsServer(client: Client): void {
  deleteAll(client, OBJECTS);
}

export function hasMetricsServer(client: Client): boolean {
  return isThere(client, deployments as Resource, { namespace: NAMESPACE, name: NAME });
}
