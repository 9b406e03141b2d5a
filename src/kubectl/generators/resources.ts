/** Where the kinds that kubectl builds itself are kept: known without asking the server. */
import type { ApiResource } from "../discovery.ts";

function kind(group: string, name: string, kindName: string, namespaced = true): ApiResource {
  return {
    group,
    version: "v1",
    name,
    singularName: kindName.toLowerCase(),
    kind: kindName,
    namespaced,
    verbs: [],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** A resource of which only the kind is known: its plural is guessed as upstream's `UnsafeGuessKindToResource` does. */
export function builtInResource(known: { group: string; version: string; kind: string }): ApiResource {
  const singular = known.kind.toLowerCase();
  const plural = singular.endsWith("endpoints")
    ? singular
    : singular.endsWith("s")
      ? `${singular}es`
      : singular.endsWith("y")
        ? `${singular.slice(0, -1)}ies`
        : `${singular}s`;
  return { ...kind(known.group, plural, known.kind), version: known.version };
}

const RBAC = "rbac.authorization.k8s.io";

export const PODS = kind("", "pods", "Pod");
export const SERVICES = kind("", "services", "Service");
export const EVENTS = kind("", "events", "Event");
export const SECRETS = kind("", "secrets", "Secret");
export const CONFIG_MAPS = kind("", "configmaps", "ConfigMap");
export const NAMESPACES = kind("", "namespaces", "Namespace", false);
export const SERVICE_ACCOUNTS = kind("", "serviceaccounts", "ServiceAccount");
export const RESOURCE_QUOTAS = kind("", "resourcequotas", "ResourceQuota");
export const LIMIT_RANGES = kind("", "limitranges", "LimitRange");
export const DEPLOYMENTS = kind("apps", "deployments", "Deployment");
export const REPLICA_SETS = kind("apps", "replicasets", "ReplicaSet");
export const CONTROLLER_REVISIONS = kind("apps", "controllerrevisions", "ControllerRevision");
export const JOBS = kind("batch", "jobs", "Job");
export const CRON_JOBS = kind("batch", "cronjobs", "CronJob");
export const HORIZONTAL_POD_AUTOSCALERS: ApiResource = {
  ...kind("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  version: "v2",
};
export const POD_DISRUPTION_BUDGETS = kind("policy", "poddisruptionbudgets", "PodDisruptionBudget");
export const INGRESSES = kind("networking.k8s.io", "ingresses", "Ingress");
export const ENDPOINT_SLICES = kind("discovery.k8s.io", "endpointslices", "EndpointSlice");
export const LEASES = kind("coordination.k8s.io", "leases", "Lease");
export const PRIORITY_CLASSES = kind("scheduling.k8s.io", "priorityclasses", "PriorityClass", false);
export const ROLES = kind(RBAC, "roles", "Role");
export const CLUSTER_ROLES = kind(RBAC, "clusterroles", "ClusterRole", false);
export const ROLE_BINDINGS = kind(RBAC, "rolebindings", "RoleBinding");
export const CLUSTER_ROLE_BINDINGS = kind(RBAC, "clusterrolebindings", "ClusterRoleBinding", false);
