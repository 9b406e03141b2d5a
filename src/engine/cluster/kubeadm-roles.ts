/**
 * The roles that kubeadm and its add-ons bring along. Upstream: cmd/kubeadm/app/phases/{addons,bootstraptoken,copycerts,
 * kubelet,uploadconfig}.
 */
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "../api/generated/types.ts";
import type { Draft } from "../api/meta/object.ts";
import { clusterRoleBinding, subject } from "../apiserver/auth/policy/bootstrap-policy.ts";
import { rules } from "../apiserver/auth/policy/rule-text.ts";

const BOOTSTRAPPERS = "group:system:bootstrappers:kubeadm:default-node-token";
const SELF_NODE_CLIENT = "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient";
const NODE_CLIENT = "system:certificates.k8s.io:certificatesigningrequests:nodeclient";

export function kubeadmClusterRoles(): Draft<ClusterRole>[] {
  return [{ metadata: { name: "kubeadm:get-nodes" }, rules: rules(["get core nodes"]) }];
}

export function kubeadmClusterRoleBindings(): Draft<ClusterRoleBinding>[] {
  return [
    clusterRoleBinding("kubeadm:cluster-admins", "cluster-admin", ["group:kubeadm:cluster-admins"]),
    clusterRoleBinding("kubeadm:get-nodes", "kubeadm:get-nodes", [BOOTSTRAPPERS]),
    clusterRoleBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", [BOOTSTRAPPERS]),
    clusterRoleBinding("kubeadm:node-autoapprove-bootstrap", NODE_CLIENT, [BOOTSTRAPPERS]),
    clusterRoleBinding("kubeadm:node-autoapprove-certificate-rotation", SELF_NODE_CLIENT, ["group:system:nodes"]),
    clusterRoleBinding("kubeadm:node-proxier", "system:node-proxier", ["account:kube-system:kube-proxy"]),
  ];
}

/** What minikube gives to the pods of kube-system. */
export function minikubeClusterRoleBindings(): Draft<ClusterRoleBinding>[] {
  return [clusterRoleBinding("minikube-rbac", "cluster-admin", ["account:kube-system:default"])];
}

export function corednsClusterRole(): Draft<ClusterRole> {
  return {
    metadata: { name: "system:coredns" },
    rules: rules(["list,watch core endpoints services pods namespaces", "list,watch discovery.k8s.io endpointslices"]),
  };
}

export function corednsClusterRoleBinding(): Draft<ClusterRoleBinding> {
  return clusterRoleBinding("system:coredns", "system:coredns", ["account:kube-system:coredns"]);
}

/** `kube-system/kubeadm:kubelet-config`: who may read the config maps that a joining node needs. */
const READERS: readonly { role: string; namespace: string; configMap: string; subjects: readonly string[] }[] = [
  {
    role: "kubeadm:bootstrap-signer-clusterinfo",
    namespace: "kube-public",
    configMap: "cluster-info",
    subjects: ["user:system:anonymous"],
  },
  { role: "kube-proxy", namespace: "kube-system", configMap: "kube-proxy", subjects: [BOOTSTRAPPERS] },
  {
    role: "kubeadm:kubelet-config",
    namespace: "kube-system",
    configMap: "kubelet-config",
    subjects: ["group:system:nodes", BOOTSTRAPPERS],
  },
  {
    role: "kubeadm:nodes-kubeadm-config",
    namespace: "kube-system",
    configMap: "kubeadm-config",
    subjects: [BOOTSTRAPPERS, "group:system:nodes"],
  },
];

export function kubeadmRoles(): Draft<Role>[] {
  return READERS.map(({ role, namespace, configMap }) => ({
    metadata: { name: role, namespace },
    rules: rules([`get core configmaps = ${configMap}`]),
  }));
}

export function kubeadmRoleBindings(): Draft<RoleBinding>[] {
  return READERS.map(({ role, namespace, subjects }) => ({
    metadata: { name: role, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
    subjects: subjects.map(subject),
  }));
}
