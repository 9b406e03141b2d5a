/** minikube's add-ons `storage-provisioner` and `default-storageclass`. Upstream: kubernetes/minikube deploy/addons. */
import {
  clusterRoleBindings,
  endpoints,
  pods,
  roleBindings,
  roles,
  serviceAccounts,
  storageClasses,
} from "../../api/registry.ts";
import { subject } from "../../apiserver/auth/policy/bootstrap-policy.ts";
import { rules } from "../../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../../client/client.ts";
import { minikubeProvisioner } from "../../controllers/host-path-provisioner.ts";
import { addonObject, createAll, deleteAll, isThere } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";

const NAME = "storage-provisioner";
const NAMESPACE = "kube-system";
const ROLE = "system:persistent-volume-provisioner";
const LOCK = "k8s.io-minikube-hostpath";
const RECONCILED = { "addonmanager.kubernetes.io/mode": "Reconcile" };
const ENSURED = { "addonmanager.kubernetes.io/mode": "EnsureExists" };
export const MINIKUBE_STORAGE_IMAGE = "gcr.io/k8s-minikube/storage-provisioner:v5";

const OF_ACCOUNT = { subjects: [subject(`account:${NAMESPACE}:${NAME}`)] };
const local = (name: string): { name: string; namespace: string } => ({ name, namespace: NAMESPACE });
const roleRef = (kind: string): { apiGroup: string; kind: string; name: string } => ({
  ...{ apiGroup: "rbac.authorization.k8s.io", kind, name: ROLE },
});

const PROVISIONER: readonly AddonObject[] = [
  addonObject(serviceAccounts, { metadata: { ...local(NAME), labels: RECONCILED } }),
  addonObject(clusterRoleBindings, {
    metadata: { name: NAME, labels: ENSURED },
    roleRef: roleRef("ClusterRole"),
    ...OF_ACCOUNT,
  }),
  addonObject(roles, {
    metadata: { ...local(ROLE), labels: ENSURED },
    rules: rules(["watch,create core endpoints", `get,update,create core endpoints = ${LOCK}`]),
  }),
  addonObject(roleBindings, {
    metadata: { ...local(ROLE), labels: ENSURED },
    roleRef: roleRef("Role"),
    ...OF_ACCOUNT,
  }),
  addonObject(endpoints, { metadata: { ...local(LOCK), labels: RECONCILED } }),
  addonObject(pods, {
    metadata: { ...local(NAME), labels: { "integration-test": NAME, ...RECONCILED } },
    spec: {
      serviceAccountName: NAME,
      hostNetwork: true,
      containers: [
        {
          name: NAME,
          image: MINIKUBE_STORAGE_IMAGE,
          command: [`/${NAME}`],
          imagePullPolicy: "IfNotPresent",
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", hostPath: { path: "/tmp", type: "Directory" } }],
    },
  }),
];

const CLASS: readonly AddonObject[] = [
  addonObject(storageClasses, {
    metadata: {
      name: "standard",
      labels: ENSURED,
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
    provisioner: minikubeProvisioner.name,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  }),
];

/** Both add-ons: minikube has them from the start. */
export function minikubeStorage(): AddonObject[] {
  return [...PROVISIONER, ...CLASS];
}

export function enableMinikubeStorage(client: Client): void {
  createAll(client, PROVISIONER);
}

export function disableMinikubeStorage(client: Client): void {
  deleteAll(client, PROVISIONER);
}

export function hasMinikubeStorage(client: Client): boolean {
  const { items } = client.resource(pods).list(NAMESPACE);
  return items.some(({ metadata }) => metadata.name === NAME && metadata.deletionTimestamp === undefined);
}

export function enableDefaultClass(client: Client): void {
  createAll(client, CLASS);
}

export function disableDefaultClass(client: Client): void {
  deleteAll(client, CLASS);
}

export function hasDefaultClass(client: Client): boolean {
  return isThere(client, storageClasses, { namespace: "", name: "standard" });
}
