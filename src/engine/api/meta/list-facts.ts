/**
 * How server-side apply treats lists and maps. Keys are `Structure.field`. A list that is not named here is atomic, a map
 * or structure that is not named is granular.
 * Source: the `listType`, `listMapKey`, `mapType` and `structType` markers in the types.go of k8s.io/api's groups.
 */

/** Lists whose items are known by these fields (`listType=map`). */
export const LIST_MAP_KEYS: Readonly<Record<string, readonly string[]>> = {
  "APIServiceStatus.conditions": ["type"],
  "AllocatedDeviceStatus.conditions": ["type"],
  "CSINodeSpec.drivers": ["name"],
  "CertificateSigningRequestStatus.conditions": ["type"],
  "ComponentStatus.conditions": ["type"],
  "Container.env": ["name"],
  "Container.ports": ["containerPort", "protocol"],
  "Container.volumeDevices": ["devicePath"],
  "Container.volumeMounts": ["mountPath"],
  "ContainerStatus.allocatedResourcesStatus": ["name"],
  "ContainerStatus.volumeMounts": ["mountPath"],
  "CustomResourceDefinitionStatus.conditions": ["type"],
  "DaemonSetStatus.conditions": ["type"],
  "DeploymentStatus.conditions": ["type"],
  "EphemeralContainer.env": ["name"],
  "EphemeralContainer.ports": ["containerPort", "protocol"],
  "EphemeralContainer.volumeDevices": ["devicePath"],
  "EphemeralContainer.volumeMounts": ["mountPath"],
  "FlowSchemaStatus.conditions": ["type"],
  "JSONSchemaProps.x-kubernetes-validations": ["rule"],
  "MutatingAdmissionPolicySpec.matchConditions": ["name"],
  "MutatingWebhook.matchConditions": ["name"],
  "MutatingWebhookConfiguration.webhooks": ["name"],
  "NamespaceStatus.conditions": ["type"],
  "NodeStatus.addresses": ["type"],
  "NodeStatus.conditions": ["type"],
  "ObjectMeta.ownerReferences": ["uid"],
  "PersistentVolumeClaimStatus.conditions": ["type"],
  "PodDisruptionBudgetStatus.conditions": ["type"],
  "PodSpec.containers": ["name"],
  "PodSpec.ephemeralContainers": ["name"],
  "PodSpec.hostAliases": ["ip"],
  "PodSpec.imagePullSecrets": ["name"],
  "PodSpec.initContainers": ["name"],
  "PodSpec.resourceClaims": ["name"],
  "PodSpec.schedulingGates": ["name"],
  "PodSpec.topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
  "PodSpec.volumes": ["name"],
  "PodStatus.conditions": ["type"],
  "PodStatus.podIPs": ["ip"],
  "PodStatus.resourceClaimStatuses": ["name"],
  "PriorityLevelConfigurationStatus.conditions": ["type"],
  "ReplicaSetStatus.conditions": ["type"],
  "ReplicationControllerStatus.conditions": ["type"],
  "ResourceClaimStatus.devices": ["driver", "device", "pool", "shareID"],
  "ResourceClaimStatus.reservedFor": ["uid"],
  "ResourceRequirements.claims": ["name"],
  "ResourceStatus.resources": ["resourceID"],
  "ServiceAccount.secrets": ["name"],
  "ServiceCIDRStatus.conditions": ["type"],
  "ServiceSpec.ports": ["port", "protocol"],
  "ServiceStatus.conditions": ["type"],
  "StatefulSetStatus.conditions": ["type"],
  "V2HorizontalPodAutoscalerStatus.conditions": ["type"],
  "ValidatingAdmissionPolicySpec.matchConditions": ["name"],
  "ValidatingAdmissionPolicySpec.variables": ["name"],
  "ValidatingAdmissionPolicyStatus.conditions": ["type"],
  "ValidatingWebhook.matchConditions": ["name"],
  "ValidatingWebhookConfiguration.webhooks": ["name"],
};

/** Lists of scalars that are sets (`listType=set`). */
export const SET_LISTS: ReadonlySet<string> = new Set([
  "CSIDriverSpec.volumeLifecycleModes",
  "ContainerRestartRuleOnExitCodes.values",
  "Endpoint.addresses",
  "NodeAllocatableResourceClaimStatus.containers",
  "NodeSpec.podCIDRs",
  "NonResourcePolicyRule.nonResourceURLs",
  "NonResourcePolicyRule.verbs",
  "ObjectMeta.finalizers",
  "PodFailurePolicyOnExitCodesRequirement.values",
  "ResourcePolicyRule.apiGroups",
  "ResourcePolicyRule.namespaces",
  "ResourcePolicyRule.resources",
  "ResourcePolicyRule.verbs",
  "UncountedTerminatedPods.failed",
  "UncountedTerminatedPods.succeeded",
  "ValidatingAdmissionPolicyBindingSpec.validationActions",
]);

/** Fields that hold a map or structure which is owned as a whole (`mapType=atomic`, `structType=atomic`). */
export const ATOMIC_FIELDS: ReadonlySet<string> = new Set([
  "APIServiceSpec.caBundle",
  "PodSpec.nodeSelector",
  "ReplicationControllerSpec.selector",
  "Scheduling.nodeSelector",
  "ServiceSpec.selector",
]);

/** Structures that are owned as a whole wherever they stand. */
export const ATOMIC_STRUCTURES: ReadonlySet<string> = new Set([
  "ConfigMapKeySelector",
  "CrossVersionObjectReference",
  "FileKeySelector",
  "LabelSelector",
  "LocalObjectReference",
  "MatchResources",
  "NodeSelector",
  "NodeSelectorTerm",
  "ObjectFieldSelector",
  "ObjectReference",
  "ParamKind",
  "ParamRef",
  "ResourceFieldSelector",
  "RoleRef",
  "ScopeSelector",
  "SecretKeySelector",
  "SecretReference",
  "ServiceBackendPort",
  "TypedLocalObjectReference",
]);

/** Fields of an atomic structure that are granular all the same. */
export const GRANULAR_FIELDS: ReadonlySet<string> = new Set(["PersistentVolumeSpec.claimRef"]);
