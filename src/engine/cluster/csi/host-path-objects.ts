/**
 * What the add-on `csi-hostpath-driver` applies. Upstream: kubernetes/minikube deploy/addons/csi-hostpath-driver.
 */
import type { DaemonSet, StatefulSet, Volume } from "../../api/generated/types.ts";
import type { Draft } from "../../api/meta/object.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { daemonSets, statefulSets, storageClasses } from "../../api/registry.ts";
import { csiDrivers } from "../../api/storage/csi-driver.ts";
import { EVENTS } from "../../apiserver/auth/policy/rule-text.ts";
import type { Client } from "../../client/client.ts";
import { SNAPSHOT_GROUP } from "../../controllers/snapshot/kinds.ts";
import { account, addonObject, createAll, deleteAll, isThere } from "../addon-objects.ts";
import type { AddonObject } from "../addon-objects.ts";

export const HOST_PATH_DRIVER = "hostpath.csi.k8s.io";
const NAMESPACE = "kube-system";
const PLUGIN = "csi-hostpathplugin";
const REGISTRY = "registry.k8s.io/sig-storage";
const SOCKET: Volume = {
  name: "socket-dir",
  hostPath: { path: "/var/lib/kubelet/plugins/csi-hostpath", type: "DirectoryOrCreate" },
};
const ADDRESS = "--csi-address=/csi/csi.sock";
const MOUNT = { name: "socket-dir", mountPath: "/csi" };

const VOLUMES = [
  "get,list,watch,create,patch,delete core persistentvolumes",
  "get,list,watch,update core persistentvolumeclaims",
  "get,list,watch storage.k8s.io storageclasses csinodes volumeattachments",
  "get,list,watch core nodes pods",
  `get,list ${SNAPSHOT_GROUP} volumesnapshots volumesnapshotcontents`,
];
const SNAPSHOTS = [
  `get,list,watch ${SNAPSHOT_GROUP} volumesnapshotclasses`,
  `get,list,watch,update,patch ${SNAPSHOT_GROUP} volumesnapshotcontents`,
  `update,patch ${SNAPSHOT_GROUP} volumesnapshotcontents/status`,
];
const ATTACHING = [
  "get,list,watch,patch core persistentvolumes",
  "get,list,watch storage.k8s.io csinodes",
  "get,list,watch,patch storage.k8s.io volumeattachments",
  "patch storage.k8s.io volumeattachments/status",
];
const RESIZING = [
  "get,list,watch,patch core persistentvolumes",
  "get,list,watch core persistentvolumeclaims pods",
  "patch core persistentvolumeclaims/status",
];

const NODE_NAME = { valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "spec.nodeName" } } };

function labelsOf(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/instance": HOST_PATH_DRIVER,
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": "csi-driver-host-path",
  };
}

function container(name: string, image: string, args: readonly string[]) {
  return {
    name,
    image: `${REGISTRY}/${image}`,
    args: [...args],
    imagePullPolicy: "IfNotPresent",
    volumeMounts: [MOUNT],
  };
}

function plugin(): Draft<DaemonSet> {
  const labels = labelsOf(PLUGIN, "plugin");
  const hostPath = (name: string, path: string, type: string): Volume => ({ name, hostPath: { path, type } });
  return {
    metadata: { name: PLUGIN, namespace: NAMESPACE, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, "kubernetes.io/minikube-addons": "csi-hostpath-driver" } },
        spec: {
          serviceAccountName: `${PLUGIN}-sa`,
          containers: [
            container("csi-external-health-monitor-controller", "csi-external-health-monitor-controller:v0.7.0", [
              "--v=5",
              ADDRESS,
              "--leader-election",
            ]),
            {
              ...container("node-driver-registrar", "csi-node-driver-registrar:v2.6.0", [
                "--v=5",
                ADDRESS,
                "--kubelet-registration-path=/var/lib/kubelet/plugins/csi-hostpath/csi.sock",
              ]),
              securityContext: { privileged: true },
              env: [{ name: "KUBE_NODE_NAME", ...NODE_NAME }],
              volumeMounts: [MOUNT, { name: "registration-dir", mountPath: "/registration" }],
            },
            {
              ...container("hostpath", "hostpathplugin:v1.9.0", [
                `--drivername=${HOST_PATH_DRIVER}`,
                "--v=5",
                "--endpoint=$(CSI_ENDPOINT)",
                "--nodeid=$(KUBE_NODE_NAME)",
              ]),
              env: [
                { name: "CSI_ENDPOINT", value: "unix:///csi/csi.sock" },
                { name: "KUBE_NODE_NAME", ...NODE_NAME },
              ],
              securityContext: { privileged: true },
              ports: [{ containerPort: 9898, name: "healthz", protocol: "TCP" }],
              livenessProbe: {
                failureThreshold: 5,
                httpGet: { path: "/healthz", port: "healthz" },
                initialDelaySeconds: 10,
                timeoutSeconds: 3,
                periodSeconds: 2,
              },
              volumeMounts: [MOUNT, { name: "csi-data-dir", mountPath: "/csi-data-dir" }],
            },
            container("liveness-probe", "livenessprobe:v2.8.0", [ADDRESS, "--health-port=9898"]),
            container("csi-provisioner", "csi-provisioner:v3.3.0", ["-v=5", ADDRESS, "--node-deployment=true"]),
            container("csi-snapshotter", "csi-snapshotter:v6.1.0", ["-v=5", ADDRESS, "--node-deployment"]),
          ],
          volumes: [
            SOCKET,
            hostPath("registration-dir", "/var/lib/kubelet/plugins_registry", "Directory"),
            hostPath("csi-data-dir", "/var/lib/csi-hostpath-data/", "DirectoryOrCreate"),
          ],
        },
      },
    },
  };
}

function sidecar(name: string, component: string, image: string): Draft<StatefulSet> {
  const labels = labelsOf(name, component);
  return {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, "kubernetes.io/minikube-addons": "csi-hostpath-driver" } },
        spec: {
          serviceAccountName: name,
          containers: [container(`csi-${component}`, image, ["--v=5", ADDRESS])],
          volumes: [SOCKET],
        },
      },
    },
  };
}

function objects(): AddonObject[] {
  const of = (role: string, rights: readonly string[]) => ({ namespace: NAMESPACE, role, rights: [...rights, EVENTS] });
  return [
    addonObject(csiDrivers, {
      metadata: { name: HOST_PATH_DRIVER },
      spec: {
        attachRequired: true,
        podInfoOnMount: true,
        volumeLifecycleModes: ["Persistent", "Ephemeral"],
        fsGroupPolicy: "File",
      },
    }),
    ...account(`${PLUGIN}-sa`, of(`${PLUGIN}-runner`, [...VOLUMES, ...SNAPSHOTS])),
    ...account("csi-hostpath-attacher", of("external-attacher-runner", ATTACHING)),
    ...account("csi-hostpath-resizer", of("external-resizer-runner", RESIZING)),
    addonObject(storageClasses, {
      metadata: { name: "csi-hostpath-sc", labels: { "addonmanager.kubernetes.io/mode": "Reconcile" } },
      provisioner: HOST_PATH_DRIVER,
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
      allowVolumeExpansion: true,
    }),
    addonObject(daemonSets, plugin()),
    addonObject(statefulSets, sidecar("csi-hostpath-attacher", "attacher", "csi-attacher:v4.0.0")),
    addonObject(statefulSets, sidecar("csi-hostpath-resizer", "resizer", "csi-resizer:v1.6.0")),
  ];
}

export function enableHostPath(client: Client): void {
  createAll(client, objects());
}

export function disableHostPath(client: Client): void {
  deleteAll(client, objects());
}

export function hasHostPath(client: Client): boolean {
  return isThere(client, daemonSets as Resource, { namespace: NAMESPACE, name: PLUGIN });
}
