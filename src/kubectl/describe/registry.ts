/** Which kinds have a description of their own: one line each. Everything else is described field by field. */
import type { Call } from "../../engine/base/syscalls.ts";
import type { ApiResource } from "../discovery.ts";
import type { Invocation } from "../invocation.ts";
import { describeAutoscaler } from "./autoscaler.ts";
import { describeCertificateRequest } from "./certificate-request.ts";
import { describeConfigMap, describeSecret, describeServiceAccount } from "./configuration.ts";
import { describeEndpoints, describeEndpointSlice } from "./endpoints.ts";
import { describeGeneric } from "./generic.ts";
import { describeIngress, describeIngressClass, describeIpAddress, describeServiceCidr } from "./ingress.ts";
import { describeCronJob, describeJob } from "./jobs.ts";
import { describeNetworkPolicy } from "./network-policy.ts";
import { describeNode } from "./node.ts";
import { describePod } from "./pod.ts";
import { describeDisruptionBudget, describePriorityClass } from "./policies.ts";
import { describeLimitRange, describeNamespace, describeResourceQuota } from "./quotas.ts";
import { describeBinding, describeRole } from "./rbac.ts";
import { describeService } from "./service.ts";
import { describeDaemonSet, describeReplicationController, describeStatefulSet } from "./sets.ts";
import {
  describeClaim,
  describeCsiNode,
  describePersistentVolume,
  describeStorageClass,
  describeVolumeAttributesClass,
} from "./storage.ts";
import { describeDeployment, describeReplicaSet } from "./workloads.ts";
import type { DescribeWriter } from "./writer.ts";

export type Describer = (call: Invocation, out: DescribeWriter, object: never) => Call<void>;

const RBAC = "rbac.authorization.k8s.io";

/** By plural and group. */
const DESCRIBERS: Readonly<Record<string, Describer>> = {
  "pods.": describePod,
  "nodes.": describeNode,
  "services.": describeService,
  "endpoints.": describeEndpoints,
  "namespaces.": describeNamespace,
  "configmaps.": describeConfigMap,
  "secrets.": describeSecret,
  "serviceaccounts.": describeServiceAccount,
  "limitranges.": describeLimitRange,
  "resourcequotas.": describeResourceQuota,
  "replicationcontrollers.": describeReplicationController,
  "persistentvolumes.": describePersistentVolume,
  "persistentvolumeclaims.": describeClaim,
  "deployments.apps": describeDeployment,
  "replicasets.apps": describeReplicaSet,
  "statefulsets.apps": describeStatefulSet,
  "daemonsets.apps": describeDaemonSet,
  "jobs.batch": describeJob,
  "cronjobs.batch": describeCronJob,
  "horizontalpodautoscalers.autoscaling": describeAutoscaler,
  "poddisruptionbudgets.policy": describeDisruptionBudget,
  "priorityclasses.scheduling.k8s.io": describePriorityClass,
  "certificatesigningrequests.certificates.k8s.io": describeCertificateRequest,
  "endpointslices.discovery.k8s.io": describeEndpointSlice,
  "ingresses.networking.k8s.io": describeIngress,
  "ingressclasses.networking.k8s.io": describeIngressClass,
  "networkpolicies.networking.k8s.io": describeNetworkPolicy,
  "servicecidrs.networking.k8s.io": describeServiceCidr,
  "ipaddresses.networking.k8s.io": describeIpAddress,
  "storageclasses.storage.k8s.io": describeStorageClass,
  "volumeattributesclasses.storage.k8s.io": describeVolumeAttributesClass,
  "csinodes.storage.k8s.io": describeCsiNode,
  [`roles.${RBAC}`]: describeRole,
  [`clusterroles.${RBAC}`]: describeRole,
  [`rolebindings.${RBAC}`]: describeBinding,
  [`clusterrolebindings.${RBAC}`]: describeBinding,
};

export function describerOf({ name, group }: ApiResource): Describer {
  return DESCRIBERS[`${name}.${group}`] ?? describeGeneric;
}
