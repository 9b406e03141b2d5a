import { describe, expect, it } from "vitest";
import { resources } from "./registry.ts";

/** What `kubectl api-resources` of a v1.36 cluster lists of stable groups: name, short names, version, scope, kind, category. */
const LISTED = `
bindings - v1 true Binding -
componentstatuses cs v1 false ComponentStatus -
configmaps cm v1 true ConfigMap -
endpoints ep v1 true Endpoints -
events ev v1 true Event -
limitranges limits v1 true LimitRange -
namespaces ns v1 false Namespace -
nodes no v1 false Node -
persistentvolumeclaims pvc v1 true PersistentVolumeClaim -
persistentvolumes pv v1 false PersistentVolume -
pods po v1 true Pod all
podtemplates - v1 true PodTemplate -
replicationcontrollers rc v1 true ReplicationController all
resourcequotas quota v1 true ResourceQuota -
secrets - v1 true Secret -
serviceaccounts sa v1 true ServiceAccount -
services svc v1 true Service all
mutatingadmissionpolicies - admissionregistration.k8s.io/v1 false MutatingAdmissionPolicy api-extensions
mutatingadmissionpolicybindings - admissionregistration.k8s.io/v1 false MutatingAdmissionPolicyBinding api-extensions
mutatingwebhookconfigurations - admissionregistration.k8s.io/v1 false MutatingWebhookConfiguration api-extensions
validatingadmissionpolicies - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicy api-extensions
validatingadmissionpolicybindings - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicyBinding api-extensions
validatingwebhookconfigurations - admissionregistration.k8s.io/v1 false ValidatingWebhookConfiguration api-extensions
customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition api-extensions
apiservices - apiregistration.k8s.io/v1 false APIService api-extensions
controllerrevisions - apps/v1 true ControllerRevision -
daemonsets ds apps/v1 true DaemonSet all
deployments deploy apps/v1 true Deployment all
replicasets rs apps/v1 true ReplicaSet all
statefulsets sts apps/v1 true StatefulSet all
selfsubjectreviews - authentication.k8s.io/v1 false SelfSubjectReview -
tokenreviews - authentication.k8s.io/v1 false TokenReview -
localsubjectaccessreviews - authorization.k8s.io/v1 true LocalSubjectAccessReview -
selfsubjectaccessreviews - authorization.k8s.io/v1 false SelfSubjectAccessReview -
selfsubjectrulesreviews - authorization.k8s.io/v1 false SelfSubjectRulesReview -
subjectaccessreviews - authorization.k8s.io/v1 false SubjectAccessReview -
horizontalpodautoscalers hpa autoscaling/v1 true HorizontalPodAutoscaler all
horizontalpodautoscalers hpa autoscaling/v2 true HorizontalPodAutoscaler all
cronjobs cj batch/v1 true CronJob all
jobs - batch/v1 true Job all
certificatesigningrequests csr certificates.k8s.io/v1 false CertificateSigningRequest -
leases - coordination.k8s.io/v1 true Lease -
endpointslices - discovery.k8s.io/v1 true EndpointSlice -
events ev events.k8s.io/v1 true Event -
flowschemas - flowcontrol.apiserver.k8s.io/v1 false FlowSchema -
prioritylevelconfigurations - flowcontrol.apiserver.k8s.io/v1 false PriorityLevelConfiguration -
ingressclasses - networking.k8s.io/v1 false IngressClass -
ingresses ing networking.k8s.io/v1 true Ingress -
ipaddresses ip networking.k8s.io/v1 false IPAddress -
networkpolicies netpol networking.k8s.io/v1 true NetworkPolicy -
servicecidrs - networking.k8s.io/v1 false ServiceCIDR -
runtimeclasses - node.k8s.io/v1 false RuntimeClass -
poddisruptionbudgets pdb policy/v1 true PodDisruptionBudget -
clusterrolebindings - rbac.authorization.k8s.io/v1 false ClusterRoleBinding -
clusterroles - rbac.authorization.k8s.io/v1 false ClusterRole -
rolebindings - rbac.authorization.k8s.io/v1 true RoleBinding -
roles - rbac.authorization.k8s.io/v1 true Role -
deviceclasses - resource.k8s.io/v1 false DeviceClass -
resourceclaims - resource.k8s.io/v1 true ResourceClaim -
resourceclaimtemplates - resource.k8s.io/v1 true ResourceClaimTemplate -
resourceslices - resource.k8s.io/v1 false ResourceSlice -
priorityclasses pc scheduling.k8s.io/v1 false PriorityClass -
csidrivers - storage.k8s.io/v1 false CSIDriver -
csinodes - storage.k8s.io/v1 false CSINode -
csistoragecapacities - storage.k8s.io/v1 true CSIStorageCapacity -
storageclasses sc storage.k8s.io/v1 false StorageClass -
volumeattachments - storage.k8s.io/v1 false VolumeAttachment -
volumeattributesclasses vac storage.k8s.io/v1 false VolumeAttributesClass -
`;

describe("the registry", () => {
  it("has the kinds of a v1.36 cluster, with their short names, scopes and categories", () => {
    const shown = resources.map(({ plural, shortNames = [], apiVersion, namespaced, kind, categories = [] }) =>
      [plural, shortNames.join() || "-", apiVersion, namespaced, kind, categories.join() || "-"].join(" "),
    );
    expect(shown.sort()).toEqual(LISTED.trim().split("\n").sort());
  });

  it("has the subresources of a v1.36 cluster that are not a pod's", () => {
    const withParts = resources.filter(({ subresources = [], kind }) => subresources.length > 0 && kind !== "Pod");
    const shown = withParts.map(
      ({ id, version, subresources }) => `${id} ${version} ${[...(subresources ?? [])].sort().join()}`,
    );
    expect([...new Set(shown)].sort()).toEqual(
      [
        ...["apiservices.apiregistration.k8s.io", "customresourcedefinitions.apiextensions.k8s.io"].map(
          (id) => `${id} v1 status`,
        ),
        "certificatesigningrequests.certificates.k8s.io v1 approval,status",
        "cronjobs.batch v1 status",
        "daemonsets.apps v1 status",
        ...["deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps"].map(
          (id) => `${id} v1 scale,status`,
        ),
        "flowschemas.flowcontrol.apiserver.k8s.io v1 status",
        "horizontalpodautoscalers.autoscaling v1 status",
        "horizontalpodautoscalers.autoscaling v2 status",
        "ingresses.networking.k8s.io v1 status",
        "jobs.batch v1 status",
        "namespaces v1 finalize,status",
        "nodes v1 proxy,status",
        "persistentvolumeclaims v1 status",
        "persistentvolumes v1 status",
        "poddisruptionbudgets.policy v1 status",
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io v1 status",
        "resourceclaims.resource.k8s.io v1 status",
        "resourcequotas v1 status",
        "serviceaccounts v1 token",
        "servicecidrs.networking.k8s.io v1 status",
        "services v1 proxy,status",
        "validatingadmissionpolicies.admissionregistration.k8s.io v1 status",
        "volumeattachments.storage.k8s.io v1 status",
      ].sort(),
    );
  });
});
