/**
 * The control plane's own pods, as kubeadm writes them to /etc/kubernetes/manifests.
 * Simplified: kube-proxy is one of them too where the preset doesn't say that it is a daemon set.
 */
import type { Container, HTTPGetAction } from "../api/generated/types.ts";
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

const CONTROLLER_MANAGER_CONFIG = "/etc/kubernetes/controller-manager.conf";
const SCHEDULER_CONFIG = "/etc/kubernetes/scheduler.conf";
const CERTIFICATES: HostPath = { name: "k8s-certs", path: PKI };
const FLEX_VOLUMES = "/usr/libexec/kubernetes/kubelet-plugins/volume/exec";
/** Where a Debian has the authorities that it trusts. */
const TRUST: HostPath = { name: "ca-certs", path: "/etc/ssl/certs" };
const MORE_TRUST: HostPath = { name: "etc-ca-certificates", path: "/etc/ca-certificates" };
const SHARED_TRUST: readonly HostPath[] = [
  { name: "usr-local-share-ca-certificates", path: "/usr/local/share/ca-certificates" },
  { name: "usr-share-ca-certificates", path: "/usr/share/ca-certificates" },
];

/** What of the node's disk a component sees. */
const PATHS: Readonly<Partial<Record<ComponentName, readonly HostPath[]>>> = {
  etcd: [
    { name: "etcd-data", path: ETCD_DATA, writable: true },
    { name: "etcd-certs", path: ETCD_PKI, writable: true },
  ],
  "kube-apiserver": [TRUST, MORE_TRUST, CERTIFICATES, ...SHARED_TRUST],
  "kube-controller-manager": [
    TRUST,
    MORE_TRUST,
    { name: "flexvolume-dir", path: FLEX_VOLUMES, writable: true },
    CERTIFICATES,
    { name: "kubeconfig", path: CONTROLLER_MANAGER_CONFIG, type: "FileOrCreate" },
    ...SHARED_TRUST,
  ],
  "kube-scheduler": [{ name: "kubeconfig", path: SCHEDULER_CONFIG, type: "FileOrCreate" }],
};

/** Where a component is asked for its health: paths of the liveness probe, the readiness probe and the startup probe. */
interface HealthPages {
  port: number;
  scheme: "HTTP" | "HTTPS";
  paths: readonly [live: string, ready: string, started: string];
  /** Where else than on the loopback interface. */
  host?: string;
}

function healthPages(component: ComponentName, { address }: NodePreset, preset: Preset): HealthPages | undefined {
  switch (component) {
    case "etcd":
      return { port: 2381, scheme: "HTTP", paths: ["/livez", "/readyz", "/readyz"] };
    case "kube-apiserver":
      return { port: serverPort(preset), scheme: "HTTPS", paths: ["/livez", "/readyz", "/livez"], host: address };
    case "kube-controller-manager":
      return { port: 10_257, scheme: "HTTPS", paths: ["/healthz", "/healthz", "/healthz"] };
    case "kube-scheduler":
      return { port: 10_259, scheme: "HTTPS", paths: ["/livez", "/readyz", "/livez"] };
    case "kube-proxy":
      return undefined;
  }
}

/** kubeadm's probes. Upstream: cmd/kubeadm/app/util/staticpod/utils.go; the first probe's time is its 4 minutes. */
function probesOf({ port, scheme, paths, host = "127.0.0.1" }: HealthPages): Partial<Container> {
  const [live, ready, started] = paths;
  const get = (path: string): { httpGet: HTTPGetAction } => ({
    httpGet: { host, path, port: PROBE_PORT, scheme },
  });
  const seldom = { initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 15 };
  return {
    ports: [{ containerPort: port, name: PROBE_PORT, protocol: "TCP" }],
    livenessProbe: { failureThreshold: 8, ...get(live), ...seldom },
    readinessProbe: { failureThreshold: 3, ...get(ready), periodSeconds: 1, timeoutSeconds: 15 },
    startupProbe: { failureThreshold: 24, ...get(started), ...seldom },
  };
}

const PROBE_PORT = "probe-port";

function annotationsOf(component: ComponentName, { address }: NodePreset, preset: Preset): Record<string, string> {
  if (component === "etcd") return { "kubeadm.kubernetes.io/etcd.advertise-client-urls": `https://${address}:2379` };
  if (component !== "kube-apiserver") return {};
  const endpoint = `${address}:${serverPort(preset)}`;
  return { "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": endpoint };
}

export function componentImage(component: ComponentName, release = KUBERNETES_IMAGE_TAG): string {
  return component === "etcd" ? "registry.k8s.io/etcd:3.6.8-0" : `registry.k8s.io/${component}:${release}`;
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
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
        `--proxy-client-cert-file=${PKI}/front-proxy-client.crt`,
        `--proxy-client-key-file=${PKI}/front-proxy-client.key`,
        "--requestheader-allowed-names=front-proxy-client",
        `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        `--secure-port=${serverPort(preset)}`,
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        `--service-account-key-file=${PKI}/sa.pub`,
        `--service-account-signing-key-file=${PKI}/sa.key`,
        `--service-cluster-ip-range=${serviceRange(preset)}`,
        `--tls-cert-file=${PKI}/apiserver.crt`,
        `--tls-private-key-file=${PKI}/apiserver.key`,
      ];
    case "kube-controller-manager":
      return [
        "kube-controller-manager",
        ...(preset.clusterCIDR === "" ? [] : ["--allocate-node-cidrs=true"]),
        `--authentication-kubeconfig=${CONTROLLER_MANAGER_CONFIG}`,
        `--authorization-kubeconfig=${CONTROLLER_MANAGER_CONFIG}`,
        "--bind-address=127.0.0.1",
        `--client-ca-file=${PKI}/ca.crt`,
        ...(preset.clusterCIDR === "" ? [] : [`--cluster-cidr=${preset.clusterCIDR}`]),
        "--cluster-name=kubernetes",
        `--cluster-signing-cert-file=${PKI}/ca.crt`,
        `--cluster-signing-key-file=${PKI}/ca.key`,
        "--controllers=*,bootstrapsigner,tokencleaner",
        `--kubeconfig=${CONTROLLER_MANAGER_CONFIG}`,
        leaderElect(preset),
        `--requestheader-client-ca-file=${PKI}/front-proxy-ca.crt`,
        `--root-ca-file=${PKI}/ca.crt`,
        `--service-account-private-key-file=${PKI}/sa.key`,
        `--service-cluster-ip-range=${serviceRange(preset)}`,
        "--use-service-account-credentials=true",
      ];
    case "kube-scheduler":
      return [
        "kube-scheduler",
        `--authentication-kubeconfig=${SCHEDULER_CONFIG}`,
        `--authorization-kubeconfig=${SCHEDULER_CONFIG}`,
        "--bind-address=127.0.0.1",
        `--kubeconfig=${SCHEDULER_CONFIG}`,
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
  const health = healthPages(component, node, preset);
  const container: Container = {
    name: component,
    image: componentImage(component, release),
    imagePullPolicy: "IfNotPresent",
    command: componentCommand(component, node, preset),
    ...(health !== undefined && probesOf(health)),
    ...(paths.length > 0 && {
      volumeMounts: paths.map(({ name, path, writable }) => ({
        ...{ mountPath: path, name },
        ...(writable !== true && { readOnly: true }),
      })),
    }),
    ...(cpu !== undefined && { resources: { requests: { cpu, ...(component === "etcd" && { memory: "100Mi" }) } } }),
  };
  const labels = component === "kube-proxy" ? { "k8s-app": "kube-proxy" } : { component, tier: "control-plane" };
  const annotations = annotationsOf(component, node, preset);
  return {
    metadata: {
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...{ name: component, namespace: "kube-system", labels },
    },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      priority: 2000001000,
      containers: [container],
      ...(health !== undefined && { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
      ...(paths.length > 0 && {
        volumes: paths
          .map(({ name, path, type }) => ({ hostPath: { path, type: type ?? "DirectoryOrCreate" }, name }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
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
