/**
 * What Kubernetes' types say of a field beyond its name and type. Keys are `Structure.field`.
 * Source: struct tags and markers in k8s.io/api/{core,apps,discovery}/v1/types.go and apimachinery pkg/apis/meta/v1/types.go.
 */

/** Fields that are a quantity, or a map or list of quantities. */
export const QUANTITY_FIELDS: ReadonlySet<string> = new Set([
  "ContainerStatus.allocatedResources",
  "EmptyDirVolumeSource.sizeLimit",
  "NodeAllocatableResourceClaimStatus.resources",
  "NodeStatus.allocatable",
  "NodeStatus.capacity",
  "PodSpec.overhead",
  "PodStatus.allocatedResources",
  "ResourceFieldSelector.divisor",
  "ResourceRequirements.limits",
  "ResourceRequirements.requests",
  "VolumeResourceRequirements.limits",
  "VolumeResourceRequirements.requests",
]);

/** `patchStrategy` and `patchMergeKey`. */
export interface PatchFact {
  strategies: readonly ("merge" | "retainKeys" | "replace")[];
  mergeKey?: string;
}

function merge(mergeKey?: string): PatchFact {
  return mergeKey === undefined ? { strategies: ["merge"] } : { strategies: ["merge"], mergeKey };
}

function mergeRetain(mergeKey: string): PatchFact {
  return { strategies: ["merge", "retainKeys"], mergeKey };
}

export const PATCH_FACTS: Readonly<Record<string, PatchFact>> = {
  "Container.env": merge("name"),
  "Container.ports": merge("containerPort"),
  "Container.volumeDevices": merge("devicePath"),
  "Container.volumeMounts": merge("mountPath"),
  "ContainerStatus.allocatedResourcesStatus": merge("name"),
  "ContainerStatus.volumeMounts": merge("mountPath"),
  "DeploymentSpec.strategy": { strategies: ["retainKeys"] },
  "DeploymentStatus.conditions": merge("type"),
  "EphemeralContainer.env": merge("name"),
  "EphemeralContainer.ports": merge("containerPort"),
  "EphemeralContainer.volumeDevices": merge("devicePath"),
  "EphemeralContainer.volumeMounts": merge("mountPath"),
  "NamespaceStatus.conditions": merge("type"),
  "NodeSpec.podCIDRs": merge(),
  "NodeStatus.addresses": merge("type"),
  "NodeStatus.conditions": merge("type"),
  "ObjectMeta.finalizers": merge(),
  "ObjectMeta.ownerReferences": merge("uid"),
  "PodSpec.containers": merge("name"),
  "PodSpec.ephemeralContainers": merge("name"),
  "PodSpec.hostAliases": merge("ip"),
  "PodSpec.imagePullSecrets": merge("name"),
  "PodSpec.initContainers": merge("name"),
  "PodSpec.resourceClaims": mergeRetain("name"),
  "PodSpec.schedulingGates": merge("name"),
  "PodSpec.topologySpreadConstraints": merge("topologyKey"),
  "PodSpec.volumes": mergeRetain("name"),
  "PodStatus.conditions": merge("type"),
  "PodStatus.hostIPs": merge("ip"),
  "PodStatus.podIPs": merge("ip"),
  "PodStatus.resourceClaimStatuses": mergeRetain("name"),
  "ReplicaSetStatus.conditions": merge("type"),
  "ServiceAccount.secrets": merge("name"),
  "ServiceSpec.ports": merge("port"),
  "ServiceStatus.conditions": merge("type"),
};

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const POLICIES = ["Honor", "Ignore"];
const EFFECTS = ["NoExecute", "NoSchedule", "PreferNoSchedule"];
const TRAFFIC_POLICIES = ["Cluster", "Local"];
const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];
const MESSAGE_POLICIES = ["FallbackToLogsOnError", "File"];

const PLAIN_SIGNALS =
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP " +
  "TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX";
const SIGNALS = [
  ...PLAIN_SIGNALS.split(" ").map((name) => `SIG${name}`),
  ...Array.from({ length: 15 }, (_, index) => `SIGRTMIN+${index + 1}`),
  ...Array.from({ length: 14 }, (_, index) => `SIGRTMAX-${index + 1}`),
].sort();

/** Values that a string field may have, sorted. */
export const ENUM_FACTS: Readonly<Record<string, readonly string[]>> = {
  "AppArmorProfile.type": PROFILES,
  "AzureDiskVolumeSource.cachingMode": ["None", "ReadOnly", "ReadWrite"],
  "Container.imagePullPolicy": PULL_POLICIES,
  "Container.terminationMessagePolicy": MESSAGE_POLICIES,
  "ContainerPort.protocol": PROTOCOLS,
  "ContainerStatus.stopSignal": SIGNALS,
  "DeploymentStrategy.type": ["Recreate", "RollingUpdate"],
  "DiscoveryEndpointPort.protocol": PROTOCOLS,
  "EndpointPort.protocol": PROTOCOLS,
  "EndpointSlice.addressType": ["FQDN", "IPv4", "IPv6"],
  "EphemeralContainer.imagePullPolicy": PULL_POLICIES,
  "EphemeralContainer.terminationMessagePolicy": MESSAGE_POLICIES,
  "HTTPGetAction.scheme": ["HTTP", "HTTPS"],
  "HostPathVolumeSource.type": [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
  ],
  "ImageVolumeSource.pullPolicy": PULL_POLICIES,
  "Lifecycle.stopSignal": SIGNALS,
  "NamespaceStatus.phase": ["Active", "Terminating"],
  "NodeSelectorRequirement.operator": ["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"],
  "NodeStatus.phase": ["Pending", "Running", "Terminated"],
  "PersistentVolumeClaimSpec.accessModes": ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"],
  "PersistentVolumeClaimSpec.volumeMode": ["Block", "Filesystem"],
  "PodSecurityContext.fsGroupChangePolicy": ["Always", "OnRootMismatch"],
  "PodSecurityContext.supplementalGroupsPolicy": ["Merge", "Strict"],
  "PodSpec.dnsPolicy": ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
  "PodSpec.preemptionPolicy": ["Never", "PreemptLowerPriority"],
  "PodSpec.restartPolicy": ["Always", "Never", "OnFailure"],
  "PodStatus.phase": ["Failed", "Pending", "Running", "Succeeded", "Unknown"],
  "PodStatus.qosClass": ["BestEffort", "Burstable", "Guaranteed"],
  "PortStatus.protocol": PROTOCOLS,
  "SeccompProfile.type": PROFILES,
  "SecurityContext.procMount": ["Default", "Unmasked"],
  "ServicePort.protocol": PROTOCOLS,
  "ServiceSpec.externalTrafficPolicy": TRAFFIC_POLICIES,
  "ServiceSpec.internalTrafficPolicy": TRAFFIC_POLICIES,
  "ServiceSpec.ipFamilies": ["", "IPv4", "IPv6"],
  "ServiceSpec.ipFamilyPolicy": ["PreferDualStack", "RequireDualStack", "SingleStack"],
  "ServiceSpec.sessionAffinity": ["ClientIP", "None"],
  "ServiceSpec.type": ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
  "Taint.effect": EFFECTS,
  "Toleration.effect": EFFECTS,
  "Toleration.operator": ["Equal", "Exists", "Gt", "Lt"],
  "TopologySpreadConstraint.nodeAffinityPolicy": POLICIES,
  "TopologySpreadConstraint.nodeTaintsPolicy": POLICIES,
  "TopologySpreadConstraint.whenUnsatisfiable": ["DoNotSchedule", "ScheduleAnyway"],
  "VolumeMount.mountPropagation": ["Bidirectional", "HostToContainer", "None"],
};

/** Go's names of string types, which decoding errors mention. */
export const GO_TYPES: Readonly<Record<string, string>> = {
  "Container.imagePullPolicy": "v1.PullPolicy",
  "Container.terminationMessagePolicy": "v1.TerminationMessagePolicy",
  "ContainerPort.protocol": "v1.Protocol",
  "DeploymentStrategy.type": "v1.DeploymentStrategyType",
  "HTTPGetAction.scheme": "v1.URIScheme",
  "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
  "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
  "ObjectMeta.uid": "types.UID",
  "PodSpec.dnsPolicy": "v1.DNSPolicy",
  "PodSpec.restartPolicy": "v1.RestartPolicy",
  "Secret.type": "v1.SecretType",
  "ServicePort.protocol": "v1.Protocol",
  "ServiceSpec.externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
  "ServiceSpec.internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
  "ServiceSpec.sessionAffinity": "v1.ServiceAffinity",
  "ServiceSpec.type": "v1.ServiceType",
  "Taint.effect": "v1.TaintEffect",
  "Toleration.effect": "v1.TaintEffect",
  "Toleration.operator": "v1.TolerationOperator",
  "TopologySpreadConstraint.whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
};
