/**
 * The control plane's own pods, as kubeadm writes them to /etc/kubernetes/manifests.
 * Simplified: kube-proxy is one of them too where the preset doesn't say that it is a daemon set.
 */
import type { Container } from "../api/generated/types.ts";
import { ETCD_DATA, ETCD_PKI } from "./etcd/paths.ts";
import type { StaticPodManifest } from "../kubelet/static-pod-file.ts";
import { KUBERNETES_IMAGE_TAG } from "./bootstrap.ts";
import { PKI } from "./node/pki-files.ts";
import { serverPort, serviceRange } from "./presets.ts";
import type { NodePreset, Preset } from "./presets.ts";

export const COMPONENTS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

const CPU: Record<ComponentName, string | undefined> = {
  etcd: "100m",
  "kube-apiserver": "250m",
  "kube-controller-manager": "200m",
  "kube-scheduler": "100m",
  "kube-proxy": undefined,
};

interface HostPath {
  name: string;
  path: string;
  type?: string;
  writable?: true;
}

const CERTIFICATES: HostPath = { name: "k8s-certs", path: PKI };

/** What of the node's disk a component sees. */
const PATHS: Readonly<Partial<Record<ComponentName, readonly HostPath[]>>> = {
  etcd: [
    { name: "etcd-data", path: ETCD_DATA, writable: true },
    { name: "etcd-certs", path: ETCD_PKI, writable: true },
  ],
  "kube-apiserver": [CERTIFICATES],
  "kube-controller-manager": [
    CERTIFICATES,
    { name: "kubeconfig", path: "/etc/kubernetes/controller-manager.conf", type: "FileOrCreate" },
  ],
  "kube-scheduler": [{ name: "kubeconfig", path: "/etc/kubernetes/scheduler.conf", type: "FileOrCreate" }],
};

export function componentImage(component: ComponentName, release = KUBERNETES_IMAGE_TAG): string {
  return component === "etcd" ? "registry.k8s.io/etcd:3.6.6-0" : `registry.k8s.io/${component}:${release}`;
}

/** The command line of a component on a node of the control plane. */
export function componentCommand(component: ComponentName, node: NodePreset, preset: Preset): string[] {
  switch (component) {
    case "etcd":
      return [
        "etcd",
        `--advertise-client-urls=https://${node.address}:2379`,
        `--cert-file=${ETCD_PKI}/server.crt`,
        "--client-cert-auth=true",
        `--data-dir=${ETCD_DATA}`,
        "--feature-gates=InitialCorruptCheck=true",
        `--initial-advertise-peer-urls=https://${node.address}:2380`,
        `--initial-cluster=${node.name}=https://${node.address}:2380`,
        `--key-file=${ETCD_PKI}/server.key`,
        `--listen-client-urls=https://127.0.0.1:2379,https://${node.address}:2379`,
        "--listen-metrics-urls=http://127.0.0.1:2381",
        `--listen-peer-urls=https://${node.address}:2380`,
        `--name=${node.name}`,
        `--peer-cert-file=${ETCD_PKI}/peer.crt`,
        "--peer-client-cert-auth=true",
        `--peer-key-file=${ETCD_PKI}/peer.key`,
        `--peer-trusted-ca-file=${ETCD_PKI}/ca.crt`,
        "--snapshot-count=10000",
        `--trusted-ca-file=${ETCD_PKI}/ca.crt`,
        "--watch-progress-notify-interval=5s",
      ];
    case "kube-apiserver":
      return [
        "kube-apiserver",
        `--advertise-address=${node.address}`,
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        `--client-ca-file=${PKI}/ca.crt`,
        "--enable-admission-plugins=NodeRestriction",
        "--enable-bootstrap-token-auth=true",
        `--etcd-cafile=${PKI}/etcd/ca.crt`,
        `--etcd-certfile=${PKI}/apiserver-etcd-client.crt`,
        `--etcd-keyfile=${PKI}/apiserver-etcd-client.key`,
        "--etcd-servers=https://127.0.0.1:2379",
        `--kubelet-client-certificate=${PKI}/apiserver-kubelet-client.crt`,
        `--kubelet-client-key=${PKI}/apiserver-kubelet-client.key`,
        `--secure-port=${serverPort(preset)}`,
        `--service-account-key-file=${PKI}/sa.pub`,
        `--service-account-signing-key-file=${PKI}/sa.key`,
        `--service-cluster-ip-range=${serviceRange(preset)}`,
        `--tls-cert-file=${PKI}/apiserver.crt`,
        `--tls-private-key-file=${PKI}/apiserver.key`,
      ];
    case "kube-controller-manager":
      return [
        "kube-controller-manager",
        "--allocate-node-cidrs=true",
        "--bind-address=127.0.0.1",
        `--client-ca-file=${PKI}/ca.crt`,
        `--cluster-cidr=${preset.clusterCIDR}`,
        `--cluster-signing-cert-file=${PKI}/ca.crt`,
        `--cluster-signing-key-file=${PKI}/ca.key`,
        "--controllers=*,bootstrapsigner,tokencleaner",
        "--kubeconfig=/etc/kubernetes/controller-manager.conf",
        leaderElect(preset),
        `--root-ca-file=${PKI}/ca.crt`,
        `--service-account-private-key-file=${PKI}/sa.key`,
        `--service-cluster-ip-range=${serviceRange(preset)}`,
      ];
    case "kube-scheduler":
      return [
        "kube-scheduler",
        "--bind-address=127.0.0.1",
        "--kubeconfig=/etc/kubernetes/scheduler.conf",
        leaderElect(preset),
      ];
    case "kube-proxy":
      return [
        "/usr/local/bin/kube-proxy",
        "--config=/var/lib/kube-proxy/config.conf",
        `--hostname-override=${node.name}`,
      ];
  }
}

/** minikube has nobody to elect among; kubeadm doesn't care. */
function leaderElect({ name }: Preset): string {
  return `--leader-elect=${name !== "minikube"}`;
}

interface Place {
  node: NodePreset;
  preset: Preset;
  release: string | undefined;
}

function staticPod(component: ComponentName, { node, preset, release }: Place): StaticPodManifest {
  const cpu = CPU[component];
  const paths = PATHS[component] ?? [];
  const container: Container = {
    name: component,
    image: componentImage(component, release),
    imagePullPolicy: "IfNotPresent",
    command: componentCommand(component, node, preset),
    ...(paths.length > 0 && {
      volumeMounts: paths.map(({ name, path, writable }) => ({
        ...{ mountPath: path, name },
        ...(writable !== true && { readOnly: true }),
      })),
    }),
    ...(cpu !== undefined && { resources: { requests: { cpu, ...(component === "etcd" && { memory: "100Mi" }) } } }),
  };
  const labels = component === "kube-proxy" ? { "k8s-app": "kube-proxy" } : { component, tier: "control-plane" };
  return {
    metadata: { name: component, namespace: "kube-system", labels },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      priority: 2000001000,
      containers: [container],
      ...(paths.length > 0 && {
        volumes: paths.map(({ name, path, type }) => ({ hostPath: { path, type: type ?? "DirectoryOrCreate" }, name })),
      }),
      ...(component === "kube-proxy" && { tolerations: [{ operator: "Exists" }] }),
    },
  };
}

/** The manifests that a node's kubelet finds in its folder; `release`: of its components, default the first one. */
export function staticPodsOf(preset: Preset, node: NodePreset, release?: string): StaticPodManifest[] {
  const components = node.role === "control-plane" ? COMPONENTS : (["kube-proxy"] as const);
  return components
    .filter((component) => component !== "kube-proxy" || preset.proxyDaemonSet !== true)
    .map((component) => staticPod(component, { node, preset, release }));
}
