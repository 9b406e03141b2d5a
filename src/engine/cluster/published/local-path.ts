/** The manifest of rancher's local path provisioner. Upstream: rancher/local-path-provisioner deploy/local-path-storage.yaml. */
import { rules } from "../../apiserver/auth/policy/rule-text.ts";
import { localPathProvisioner } from "../../controllers/host-path-provisioner.ts";
import { yamlDocuments } from "../../network/internet/examples/examples.ts";
import type { GithubFile } from "./github-file.ts";

const NAMESPACE = "local-path-storage";
const NAME = "local-path-provisioner";
const ACCOUNT = `${NAME}-service-account`;
const ROLE = `${NAME}-role`;
const RBAC = "rbac.authorization.k8s.io";
const RELEASES = "v0.0.24 v0.0.26 v0.0.28 v0.0.29 v0.0.30 v0.0.31 v0.0.32";

const SETTINGS = {
  "config.json": `{
  "nodePathMap": [
    {
      "node": "DEFAULT_PATH_FOR_NON_LISTED_NODES",
      "paths": ["/opt/local-path-provisioner"]
    }
  ]
}
`,
  "helperPod.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: helper-pod\nspec:\n  containers:\n  - name: helper-pod\n    image: busybox\n    imagePullPolicy: IfNotPresent\n",
  setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
  teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
};

function manifest(release: string): string {
  const local = { namespace: NAMESPACE };
  const subjects = [{ kind: "ServiceAccount", name: ACCOUNT, ...local }];
  const role = (kind: string, lines: readonly string[], where: object): object => ({
    ...{ apiVersion: `${RBAC}/v1`, kind, metadata: { name: ROLE, ...where }, rules: rules(lines) },
  });
  const binding = (kind: string, of: string, where: object): object => ({
    ...{ apiVersion: `${RBAC}/v1`, kind, metadata: { name: `${NAME}-bind`, ...where } },
    ...{ roleRef: { apiGroup: RBAC, kind: of, name: ROLE }, subjects },
  });
  const container = {
    name: NAME,
    image: `rancher/local-path-provisioner:${release}`,
    imagePullPolicy: "IfNotPresent",
    command: [NAME, "--debug", "start", "--config", "/etc/config/config.json"],
    volumeMounts: [{ name: "config-volume", mountPath: "/etc/config/" }],
    env: [
      { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
    ],
  };
  const labels = { app: NAME };
  const volumes = [{ name: "config-volume", configMap: { name: "local-path-config" } }];
  return yamlDocuments([
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, ...local } },
    role("Role", ["create,delete,get,list,patch,update,watch core pods"], local),
    role(
      "ClusterRole",
      [
        "get,list,watch core nodes persistentvolumeclaims configmaps pods pods/log",
        "create,delete,get,list,patch,update,watch core persistentvolumes",
        "create,patch core events",
        "get,list,watch storage.k8s.io storageclasses",
      ],
      {},
    ),
    binding("RoleBinding", "Role", local),
    binding("ClusterRoleBinding", "ClusterRole", {}),
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: NAME, ...local } },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: ACCOUNT, containers: [container], volumes } },
      },
    },
    {
      ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "local-path" } },
      provisioner: localPathProvisioner.name,
      ...{ volumeBindingMode: "WaitForFirstConsumer", reclaimPolicy: "Delete" },
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "local-path-config", ...local }, data: SETTINGS },
  ]);
}

export const localPathStorage: GithubFile = {
  repository: "rancher/local-path-provisioner",
  path: "deploy/local-path-storage.yaml",
  branch: "master",
  has: (tag) => RELEASES.split(" ").includes(tag),
  newest: "v0.0.32",
  text: manifest,
};
