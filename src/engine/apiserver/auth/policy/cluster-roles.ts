/**
 * The ClusterRoles that every cluster begins with, besides those of controllers. Upstream:
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go, with the feature gates that are on by default.
 */
import { EVENTS } from "./rule-text.ts";

const SIGNER = "certificates.k8s.io signers = kubernetes.io";
const REVIEWS = ["create authentication.k8s.io tokenreviews", "create authorization.k8s.io subjectaccessreviews"];
const HEALTH = "/healthz /livez /readyz";

/** Also what the node authorizer lets kubelets do, apart from the objects that their pods refer to. */
export const NODE_RULES: readonly string[] = [
  "create authentication.k8s.io tokenreviews",
  "create authorization.k8s.io subjectaccessreviews localsubjectaccessreviews",
  "read core services",
  "create,get,list,watch core nodes",
  "update,patch core nodes/status",
  "update,patch core nodes",
  "create,update,patch core events",
  "read core pods",
  "create,delete core pods",
  "update,patch core pods/status",
  "create core pods/eviction",
  "read core secrets configmaps",
  "get core persistentvolumeclaims persistentvolumes",
  "get core endpoints",
  "create,get,list,watch certificates.k8s.io certificatesigningrequests",
  "get,create,update,patch,delete coordination.k8s.io leases",
  "get storage.k8s.io volumeattachments",
  "create core serviceaccounts/token",
  "get,update,patch core persistentvolumeclaims/status",
  "read storage.k8s.io csidrivers",
  "get,create,update,patch,delete storage.k8s.io csinodes",
  "read node.k8s.io runtimeclasses",
];

/** By name, in upstream's order. Roles that are a union of others have no lines: see `AGGREGATED`. */
export const CLUSTER_ROLES: Readonly<Record<string, readonly string[]>> = {
  "cluster-admin": ["* * *", "* url *"],
  "system:discovery": [`get url ${HEALTH} /version /version/ /openapi /openapi/* /api /api/* /apis /apis/*`],
  "system:monitoring": [`get url /metrics /metrics/slis ${HEALTH} /livez/* /readyz/* /healthz/*`],
  "system:basic-user": [
    "create authorization.k8s.io selfsubjectaccessreviews selfsubjectrulesreviews",
    "create authentication.k8s.io selfsubjectreviews",
  ],
  "system:public-info-viewer": [`get url ${HEALTH} /version /version/`],
  "system:aggregate-to-admin": [
    "create authorization.k8s.io localsubjectaccessreviews",
    "read-write rbac.authorization.k8s.io roles rolebindings",
  ],
  "system:aggregate-to-edit": [
    "read core pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy",
    "impersonate core serviceaccounts",
    "write core pods pods/attach pods/proxy pods/exec pods/portforward",
    "create core pods/eviction",
    "write core replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events",
    "create core serviceaccounts/token",
    "write apps statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale",
    "write autoscaling horizontalpodautoscalers",
    "write batch jobs cronjobs",
    "write extensions daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies",
    "write policy poddisruptionbudgets",
    "write networking.k8s.io networkpolicies ingresses",
    "read-write coordination.k8s.io leases",
  ],
  "system:aggregate-to-view": [
    "read core pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps",
    "read core limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log",
    "read core namespaces",
    "read discovery.k8s.io endpointslices",
    "read apps controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale",
    "read autoscaling horizontalpodautoscalers horizontalpodautoscalers/status",
    "read batch jobs cronjobs cronjobs/status jobs/status",
    "read extensions daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies",
    "read policy poddisruptionbudgets poddisruptionbudgets/status",
    "read networking.k8s.io networkpolicies ingresses ingresses/status",
  ],
  "system:heapster": ["read core events pods nodes namespaces", "read extensions deployments"],
  "system:node": NODE_RULES,
  "system:node-problem-detector": ["get core nodes", "patch core nodes/status", EVENTS],
  "system:kubelet-api-admin": [
    "read core nodes",
    "proxy core nodes",
    "* core nodes/proxy nodes/metrics nodes/stats nodes/log nodes/configz nodes/healthz nodes/pods",
  ],
  "system:node-bootstrapper": ["create,get,list,watch certificates.k8s.io certificatesigningrequests"],
  "system:auth-delegator": REVIEWS,
  "system:kube-aggregator": ["read core services endpoints"],
  "system:kube-controller-manager": [
    EVENTS,
    "create coordination.k8s.io leases",
    "get,update coordination.k8s.io leases = kube-controller-manager",
    "create core secrets serviceaccounts",
    "delete core secrets",
    "get core namespaces secrets serviceaccounts configmaps",
    "update core secrets serviceaccounts",
    ...REVIEWS,
    "list,watch * *",
    "create core serviceaccounts/token",
  ],
  "system:kube-dns": ["list,watch core endpoints services"],
  "system:persistent-volume-provisioner": [
    "get,list,watch,create,patch,delete core persistentvolumes",
    "get,list,watch,update core persistentvolumeclaims",
    "read storage.k8s.io storageclasses",
    "watch core events",
    EVENTS,
  ],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
    "create certificates.k8s.io certificatesigningrequests/nodeclient",
  ],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
    "create certificates.k8s.io certificatesigningrequests/selfnodeclient",
  ],
  "system:volume-scheduler": [
    "read-update core persistentvolumes",
    "read storage.k8s.io storageclasses",
    "read-update core persistentvolumeclaims",
  ],
  "system:certificates.k8s.io:legacy-unknown-approver": [`approve ${SIGNER}/legacy-unknown`],
  "system:certificates.k8s.io:kubelet-serving-approver": [`approve ${SIGNER}/kubelet-serving`],
  "system:certificates.k8s.io:kube-apiserver-client-approver": [`approve ${SIGNER}/kube-apiserver-client`],
  "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver": [
    `approve ${SIGNER}/kube-apiserver-client-kubelet`,
  ],
  "system:service-account-issuer-discovery": [
    "get url /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/",
  ],
  "system:node-proxier": [
    "list,watch core services endpoints",
    "read core nodes",
    EVENTS,
    "list,watch discovery.k8s.io endpointslices",
    "list,watch networking.k8s.io servicecidrs",
  ],
  "system:kube-scheduler": [
    EVENTS,
    "create coordination.k8s.io leases",
    "get,update coordination.k8s.io leases = kube-scheduler",
    "read core nodes",
    "get,list,watch,delete core pods",
    "create core pods/binding bindings",
    "patch,update core pods/status",
    "read core services replicationcontrollers",
    "read apps,extensions replicasets",
    "read apps statefulsets",
    "read policy poddisruptionbudgets",
    "read core persistentvolumeclaims persistentvolumes",
    ...REVIEWS,
    "read storage.k8s.io csinodes",
    "read core namespaces",
    "read storage.k8s.io csidrivers",
    "read storage.k8s.io csistoragecapacities",
    "read resource.k8s.io deviceclasses",
    "read-update resource.k8s.io resourceclaims",
    "read-update resource.k8s.io resourceclaims/status",
    "read-update core pods/finalizers",
    "read resource.k8s.io resourceslices",
    "read storage.k8s.io volumeattachments",
  ],
};

/** Roles that are the union of those with the label `rbac.authorization.k8s.io/aggregate-to-<role>: "true"`. */
export const AGGREGATED: readonly string[] = ["admin", "edit", "view"];

/** Role, and the role whose label it carries so that it is taken into that one. */
export const AGGREGATES_TO: Readonly<Record<string, string>> = {
  edit: "admin",
  view: "edit",
  "system:aggregate-to-admin": "admin",
  "system:aggregate-to-edit": "edit",
  "system:aggregate-to-view": "view",
};

/** Subjects of the ClusterRoleBinding of the role's own name: `user:…`, `group:…` or `account:<namespace>:<name>`. */
export const CLUSTER_ROLE_BINDINGS: Readonly<Record<string, readonly string[]>> = {
  "cluster-admin": ["group:system:masters"],
  "system:monitoring": ["group:system:monitoring"],
  "system:discovery": ["group:system:authenticated"],
  "system:basic-user": ["group:system:authenticated"],
  "system:public-info-viewer": ["group:system:authenticated", "group:system:unauthenticated"],
  "system:node-proxier": ["user:system:kube-proxy"],
  "system:kube-controller-manager": ["user:system:kube-controller-manager"],
  "system:kube-dns": ["account:kube-system:kube-dns"],
  "system:kube-scheduler": ["user:system:kube-scheduler"],
  "system:volume-scheduler": ["user:system:kube-scheduler"],
  "system:node": [],
  "system:service-account-issuer-discovery": ["group:system:serviceaccounts"],
};
