/**
 * Every kind that the API server stores: one line a kind. Routes, discovery, tables, decoding, the editor's schema and
 * the UI's list derive from it. Upstream: the `RESTStorageProvider`s of pkg/registry.
 */
import { mutatingAdmissionPolicyBindings } from "./admissionregistration/mutating-admission-policy-binding.ts";
import { mutatingAdmissionPolicies } from "./admissionregistration/mutating-admission-policy.ts";
import { mutatingWebhookConfigurations } from "./admissionregistration/mutating-webhook-configuration.ts";
import { validatingAdmissionPolicyBindings } from "./admissionregistration/validating-admission-policy-binding.ts";
import { validatingAdmissionPolicies } from "./admissionregistration/validating-admission-policy.ts";
import { validatingWebhookConfigurations } from "./admissionregistration/validating-webhook-configuration.ts";
import { apiServices } from "./apiregistration/api-service.ts";
import { controllerRevisions } from "./apps/controller-revision.ts";
import { daemonSets } from "./apps/daemon-set.ts";
import { customResourceDefinitions } from "./apiextensions/custom-resource-definition.ts";
import { deployments } from "./apps/deployment.ts";
import { replicaSets } from "./apps/replica-set.ts";
import { statefulSets } from "./apps/stateful-set.ts";
import { horizontalPodAutoscalersV1 } from "./autoscaling/horizontal-pod-autoscaler-v1.ts";
import { horizontalPodAutoscalers } from "./autoscaling/horizontal-pod-autoscaler.ts";
import { cronJobs } from "./batch/cron-job.ts";
import { jobs } from "./batch/job/index.ts";
import { selfSubjectReviews, tokenReviews } from "./authentication/reviews.ts";
import {
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
} from "./authorization/reviews.ts";
import { certificateSigningRequests } from "./certificates/certificate-signing-request.ts";
import { leases } from "./coordination/lease.ts";
import { bindings } from "./core/binding.ts";
import { componentStatuses } from "./core/component-status.ts";
import { configMaps } from "./core/config-map.ts";
import { endpoints } from "./core/endpoints.ts";
import { events } from "./core/event.ts";
import { limitRanges } from "./core/limit-range.ts";
import { namespaces } from "./core/namespace.ts";
import { nodes } from "./core/node.ts";
import { persistentVolumeClaims } from "./core/persistent-volume-claim/index.ts";
import { persistentVolumes } from "./core/persistent-volume/index.ts";
import { podTemplates } from "./core/pod-template.ts";
import { pods } from "./core/pod/index.ts";
import { replicationControllers } from "./core/replication-controller.ts";
import { resourceQuotas } from "./core/resource-quota.ts";
import { secrets } from "./core/secret.ts";
import { serviceAccounts } from "./core/service-account.ts";
import { services } from "./core/service.ts";
import { endpointSlices } from "./discovery/endpoint-slice.ts";
import type { Resource } from "./meta/resource.ts";
import { eventsV1 } from "./events/event.ts";
import { runtimeClasses } from "./node/runtime-class.ts";
import { deviceClasses } from "./dra/device-class.ts";
import { resourceClaimTemplates } from "./dra/resource-claim-template.ts";
import { resourceClaims } from "./dra/resource-claim.ts";
import { resourceSlices } from "./dra/resource-slice.ts";
import { flowSchemas } from "./flowcontrol/flow-schema.ts";
import { priorityLevelConfigurations } from "./flowcontrol/priority-level-configuration.ts";
import { ingressClasses } from "./networking/ingress-class.ts";
import { ingresses } from "./networking/ingress.ts";
import { ipAddresses } from "./networking/ip-address.ts";
import { networkPolicies } from "./networking/network-policy.ts";
import { serviceCIDRs } from "./networking/service-cidr.ts";
import { podDisruptionBudgets } from "./policy/pod-disruption-budget.ts";
import { clusterRoleBindings } from "./rbac/cluster-role-binding.ts";
import { clusterRoles } from "./rbac/cluster-role.ts";
import { roleBindings } from "./rbac/role-binding.ts";
import { roles } from "./rbac/role.ts";
import { priorityClasses } from "./scheduling/priority-class.ts";
import { csiDrivers } from "./storage/csi-driver.ts";
import { csiNodes } from "./storage/csi-node.ts";
import { csiStorageCapacities } from "./storage/csi-storage-capacity.ts";
import { storageClasses } from "./storage/storage-class.ts";
import { volumeAttachments } from "./storage/volume-attachment.ts";
import { volumeAttributesClasses } from "./storage/volume-attributes-class.ts";

export {
  apiServices,
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  componentStatuses,
  configMaps,
  controllerRevisions,
  cronJobs,
  daemonSets,
  customResourceDefinitions,
  deployments,
  endpoints,
  endpointSlices,
  events,
  eventsV1,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  flowSchemas,
  ingressClasses,
  ingresses,
  ipAddresses,
  jobs,
  leases,
  limitRanges,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  namespaces,
  networkPolicies,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  podTemplates,
  priorityClasses,
  priorityLevelConfigurations,
  replicaSets,
  replicationControllers,
  resourceQuotas,
  roleBindings,
  roles,
  runtimeClasses,
  secrets,
  serviceAccounts,
  serviceCIDRs,
  services,
  statefulSets,
  storageClasses,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
};

export const resources: readonly Resource[] = [
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  podTemplates,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  eventsV1,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  cronJobs,
  jobs,
  podDisruptionBudgets,
  leases,
  endpointSlices,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  ingressClasses,
  ingresses,
  ipAddresses,
  networkPolicies,
  serviceCIDRs,
  priorityClasses,
  runtimeClasses,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
  customResourceDefinitions,
  selfSubjectReviews,
  tokenReviews,
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
  certificateSigningRequests,
  flowSchemas,
  priorityLevelConfigurations,
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  apiServices,
];

/** A kind that is sent and received but never stored: bodies of subresources and of failures. */
export interface BodyKind {
  group: string;
  version: string;
  kind: string;
  /** Name in `generated/structure.ts`. */
  structure: string;
}

export const bodyKinds: readonly BodyKind[] = [
  { group: "autoscaling", version: "v1", kind: "Scale", structure: "Scale" },
  { group: "policy", version: "v1", kind: "Eviction", structure: "Eviction" },
  { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", structure: "AuthenticationTokenRequest" },
  { group: "", version: "v1", kind: "Binding", structure: "Binding" },
  { group: "", version: "v1", kind: "DeleteOptions", structure: "DeleteOptions" },
  { group: "", version: "v1", kind: "Status", structure: "Status" },
];

const kinds = new Map<string, Resource>();
const plurals = new Map<string, Resource>();
const bodies = new Map<string, BodyKind>();

for (const resource of resources) {
  addOnce(kinds, `${resource.apiVersion} ${resource.kind}`, resource);
  addOnce(plurals, `${resource.group}/${resource.version}/${resource.plural}`, resource);
}
for (const body of bodyKinds)
  addOnce(bodies, `${body.group === "" ? "" : `${body.group}/`}${body.version} ${body.kind}`, body);

function addOnce<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.has(key)) throw new Error(`registered twice: ${key}`);
  map.set(key, value);
}

/** `byKind("apps/v1", "Deployment")` */
export function byKind(apiVersion: string, kind: string): Resource | undefined {
  return kinds.get(`${apiVersion} ${kind}`);
}

/** The name of a kind's structure, stored or sent alone; undefined for what is not built in. */
export function structureOf(apiVersion: string, kind: string): string | undefined {
  return (byKind(apiVersion, kind) ?? bodyKind(apiVersion, kind))?.structure;
}

/** `bodyKind("autoscaling/v1", "Scale")` */
export function bodyKind(apiVersion: string, kind: string): BodyKind | undefined {
  return bodies.get(`${apiVersion} ${kind}`);
}
