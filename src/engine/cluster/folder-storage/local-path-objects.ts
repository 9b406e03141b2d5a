/**
 * What rancher's local path provisioner consists of, as its own manifest has it and as kind sets it up. Upstream:
 * rancher/local-path-provisioner deploy/local-path-storage.yaml, kubernetes-sigs/kind pkg/build/nodeimage/const_storage.go.
 */
import type { Resource } from "../../api/meta/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  deployments,
  namespaces,
  roleBindings,
  roles,
  serviceAccounts,
  storageClasses,
} from "../../api/registry.ts";
import { rules } from "../../apiserver/auth/policy/rule-text.ts";
import { localPathProvisioner } from "../../controllers/host-path-provisioner.ts";
import { addonObject } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";

const NAMESPACE = "local-path-storage";
const NAME = "local-path-provisioner";
const ACCOUNT = `${NAME}-service-account`;
const ROLE = `${NAME}-role`;
const CONFIG = "local-path-config";
const local = { namespace: NAMESPACE };
const RBAC = "rbac.authorization.k8s.io";
const READ_ALL = "get,list,watch storage.k8s.io storageclasses";
export const KIND_STORAGE_IMAGE = "docker.io/kindest/local-path-provisioner:v20251212-v0.29.0-alpha-105-g20ccfc88";
const KIND_HELPER_IMAGE = "docker.io/kindest/local-path-helper:v20241212-8ac705d0";

interface Differences {
  image: string;
  /** Rights in all namespaces. */
  rights: readonly string[];
  /** Rights in its own one; none: it needs no role there. */
  ownRights: readonly string[];
  helperImage: string;
  flags: readonly string[];
  env: readonly { name: string; value: string }[];
  placement: object;
  /** Where volumes are on the nodes. */
  folder: string;
  className: string;
  isDefault: boolean;
}

/** As the release's own manifest has it. */
export function releasedLocalPath(release: string): AddonObject[] {
  return objects({
    image: `rancher/local-path-provisioner:${release}`,
    rights: [
      "get,list,watch core nodes persistentvolumeclaims configmaps pods pods/log",
      "create,delete,get,list,patch,update,watch core persistentvolumes",
      "create,patch core events",
      READ_ALL,
    ],
    ownRights: ["create,delete,get,list,patch,update,watch core pods"],
    helperImage: "busybox",
    flags: [],
    env: [{ name: "CONFIG_MOUNT_PATH", value: "/etc/config/" }],
    placement: {},
    folder: "/opt/local-path-provisioner",
    className: "local-path",
    isDefault: false,
  });
}

/** As kind has it in its clusters: the default class, beside the control plane if need be. */
export function kindLocalPath(): AddonObject[] {
  const taint = (name: string): object => ({
    ...{ key: `node-role.kubernetes.io/${name}`, operator: "Equal", effect: "NoSchedule" },
  });
  return objects({
    image: KIND_STORAGE_IMAGE,
    rights: [
      "get,list,watch core nodes persistentvolumeclaims configmaps",
      "* core endpoints persistentvolumes pods",
      "create,patch core events",
      READ_ALL,
    ],
    ownRights: [],
    helperImage: KIND_HELPER_IMAGE,
    flags: ["--helper-image", KIND_HELPER_IMAGE],
    env: [],
    placement: {
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [taint("control-plane"), taint("master")],
    },
    folder: "/var/local-path-provisioner",
    className: "standard",
    isDefault: true,
  });
}

function objects(which: Differences): AddonObject[] {
  const subjects = [{ kind: "ServiceAccount", name: ACCOUNT, ...local }];
  const roleRef = (kind: string): { apiGroup: string; kind: string; name: string } => ({
    ...{ apiGroup: RBAC, kind, name: ROLE },
  });
  const own = which.ownRights.length > 0;
  const role = addonObject(roles, { metadata: { name: ROLE, ...local }, rules: rules(which.ownRights) });
  const binding = addonObject(roleBindings, {
    metadata: { name: `${NAME}-bind`, ...local },
    roleRef: roleRef("Role"),
    subjects,
  });
  return [
    [namespaces as Resource, { metadata: { name: NAMESPACE } }],
    addonObject(serviceAccounts, { metadata: { name: ACCOUNT, ...local } }),
    ...(own ? [role] : []),
    addonObject(clusterRoles, { metadata: { name: ROLE }, rules: rules(which.rights) }),
    ...(own ? [binding] : []),
    addonObject(clusterRoleBindings, {
      metadata: { name: `${NAME}-bind` },
      roleRef: roleRef("ClusterRole"),
      subjects,
    }),
    deployment(which),
    addonObject(storageClasses, {
      metadata: {
        name: which.className,
        ...(which.isDefault && { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } }),
      },
      provisioner: localPathProvisioner.name,
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    }),
    addonObject(configMaps, { metadata: { name: CONFIG, ...local }, data: settings(which) }),
  ];
}

function deployment({ image, flags, env, placement }: Differences): AddonObject {
  const labels = { app: NAME };
  return addonObject(deployments, {
    metadata: { name: NAME, ...local },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...placement,
          serviceAccountName: ACCOUNT,
          containers: [
            {
              name: NAME,
              image,
              imagePullPolicy: "IfNotPresent",
              command: [NAME, "--debug", "start", ...flags, "--config", "/etc/config/config.json"],
              volumeMounts: [{ name: "config-volume", mountPath: "/etc/config/" }],
              env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }, ...env],
            },
          ],
          volumes: [{ name: "config-volume", configMap: { name: CONFIG } }],
        },
      },
    },
  });
}

function settings({ folder, helperImage }: Differences): Record<string, string> {
  return {
    "config.json": `{
  "nodePathMap": [
    {
      "node": "DEFAULT_PATH_FOR_NON_LISTED_NODES",
      "paths": ["${folder}"]
    }
  ]
}
`,
    "helperPod.yaml": `apiVersion: v1\nkind: Pod\nmetadata:\n  name: helper-pod\nspec:\n  containers:\n  - name: helper-pod\n    image: ${helperImage}\n    imagePullPolicy: IfNotPresent\n`,
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
  };
}
