/**
 * What a cluster begins with. Models what kind, minikube and kubeadm set up: node names, addresses, taints, sizes.
 */
import type { Taint } from "../api/generated/types.ts";
import { UNINITIALIZED } from "../controllers/cloud/nodes.ts";

export interface NodePreset {
  name: string;
  /** Of a bare machine: what kubeadm has made of it, a worker as long as that is nothing. */
  role: "control-plane" | "worker";
  address: string;
  /** Of the other family, in a dual-stack cluster. */
  address6?: string;
  cpu: number;
  memoryBytes: number;
  maxPods: number;
  /** It has power, and the packages of Kubernetes: nobody has made it part of a cluster yet. */
  bare?: true;
  labels: Record<string, string>;
  taints: Taint[];
}

export interface Preset {
  name: string;
  /** How kubectl on the laptop names it. */
  context: string;
  /** Where the laptop reaches the API server. */
  server: string;
  nodes: NodePreset[];
  /** Where the nodes' pod ranges (a /24 each, and of IPv6 a /64) are taken from: one range, or one of each family. */
  clusterCIDR: string;
  /** Where services' addresses are taken from, the same way. */
  serviceCIDR?: string;
  /** Address of the learner's machine in the nodes' network, where that has IPv6. */
  laptopAddress6?: string;
  /** Whether kube-system's add-ons (coredns, kube-proxy) are set up. */
  addons: boolean;
  /** kube-proxy runs as kubeadm sets it up: a daemon set that reads its ConfigMap. Else it is a static pod. */
  proxyDaemonSet?: boolean;
  /** Volumes are made on the node of their first pod and stay there, as kind has it. */
  localVolumes?: true;
  /** kubeadm alone brings no storage: no class, and nobody who makes volumes. */
  noStorage?: true;
  /** Whether its machines are a cloud's, which has disks and load balancers for it. */
  cloud?: true;
}

export class UnknownPreset extends Error {}

const GIB = 1024 ** 3;
const CLUSTER_CIDR = "10.244.0.0/16";
/** For more nodes than a /16 has /24s; beside the services' 10.96.0.0/12. */
const WIDE_CLUSTER_CIDR = "10.128.0.0/9";
/** What kind's documentation of dual stack and kubeadm's use. */
const DUAL_CLUSTER_CIDR = "10.244.0.0/16,fd00:10:244::/56";
const DUAL_SERVICE_CIDR = "10.96.0.0/12,fd00:10:96::/112";
/** kind's network of docker. */
const DUAL_NETWORK = "fc00:f853:ccd:e793::";
const SERVICE_CIDR = "10.96.0.0/12";
const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";
const CONTROL_PLANE_TAINT: Taint = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };

function controlPlane(name: string, address: string, rest: Partial<NodePreset> = {}): NodePreset {
  return {
    name,
    role: "control-plane",
    address,
    cpu: 4,
    memoryBytes: 8 * GIB,
    maxPods: 110,
    labels: {
      "node-role.kubernetes.io/control-plane": "",
      [EXCLUDED]: "",
    },
    taints: [CONTROL_PLANE_TAINT],
    ...rest,
  };
}

function worker(name: string, address: string): NodePreset {
  return { name, role: "worker", address, cpu: 4, memoryBytes: 8 * GIB, maxPods: 110, labels: {}, taints: [] };
}

/** 172.18.0.2 and on, as docker's bridge hands them out; 10.x.y.z when there are more nodes than a /16 holds nicely. */
function address(index: number): string {
  const host = index + 2;
  return `172.18.${Math.floor(host / 256)}.${host % 256}`;
}

function scaled(count: number): Preset {
  const nodes = [controlPlane("control-plane", address(0), { cpu: 16, memoryBytes: 64 * GIB })];
  for (let i = 1; i <= count; i++)
    nodes.push({ ...worker(`worker-${i}`, address(i)), cpu: 32, memoryBytes: 128 * GIB });
  return {
    name: `scale:${count}`,
    context: "kubernetes-admin@drydock",
    server: `https://${address(0)}:6443`,
    nodes,
    clusterCIDR: nodes.length > 250 ? WIDE_CLUSTER_CIDR : CLUSTER_CIDR,
    addons: true,
    localVolumes: true,
  };
}

/** The preset of that name: `default`, `minikube`, `ha`, `dual-stack`, `cloud`, `bare`, `empty` or `scale:N`; throws `UnknownPreset`. */
export function findPreset(name: string): Preset {
  const context = "kubernetes-admin@drydock";
  const server = `https://${address(0)}:6443`;
  switch (name) {
    case "default":
      return {
        name,
        context,
        server,
        nodes: [controlPlane("control-plane", address(0)), ...[1, 2, 3].map((i) => worker(`worker-${i}`, address(i)))],
        clusterCIDR: CLUSTER_CIDR,
        addons: true,
        proxyDaemonSet: true,
        localVolumes: true,
      };
    case "minikube": {
      const labels = {
        "node-role.kubernetes.io/control-plane": "",
        "node.kubernetes.io/exclude-from-external-load-balancers": "",
        "minikube.k8s.io/name": "minikube",
        "minikube.k8s.io/primary": "true",
        "minikube.k8s.io/version": "v1.38.0",
      };
      const node = controlPlane("minikube", "192.168.49.2", { taints: [], labels });
      return {
        name,
        context: "minikube",
        server: "https://192.168.49.2:8443",
        nodes: [node],
        clusterCIDR: CLUSTER_CIDR,
        addons: true,
        proxyDaemonSet: true,
      };
    }
    case "ha":
      return {
        name,
        context,
        server,
        nodes: [
          controlPlane("control-plane", address(0)),
          controlPlane("control-plane-2", address(1)),
          controlPlane("control-plane-3", address(2)),
          ...[1, 2, 3].map((i) => worker(`worker-${i}`, address(i + 2))),
        ],
        clusterCIDR: CLUSTER_CIDR,
        addons: true,
        proxyDaemonSet: true,
        localVolumes: true,
      };
    case "dual-stack": {
      const nodes = [
        controlPlane("control-plane", address(0)),
        ...[1, 2, 3].map((i) => worker(`worker-${i}`, address(i))),
      ];
      return {
        name,
        context,
        server,
        nodes: nodes.map((node, index) => ({ ...node, address6: `${DUAL_NETWORK}${(index + 2).toString(16)}` })),
        clusterCIDR: DUAL_CLUSTER_CIDR,
        serviceCIDR: DUAL_SERVICE_CIDR,
        laptopAddress6: `${DUAL_NETWORK}1`,
        addons: true,
        proxyDaemonSet: true,
        localVolumes: true,
      };
    }
    case "cloud": {
      const labels = { "node-role.kubernetes.io/control-plane": "", [EXCLUDED]: "" };
      const nodes = [
        controlPlane("control-plane", address(0), { labels, taints: [CONTROL_PLANE_TAINT, UNINITIALIZED] }),
        ...[1, 2, 3].map((i) => ({ ...worker(`worker-${i}`, address(i)), taints: [UNINITIALIZED] })),
      ];
      return {
        name,
        context,
        server,
        nodes,
        clusterCIDR: CLUSTER_CIDR,
        addons: true,
        proxyDaemonSet: true,
        cloud: true,
      };
    }
    case "bare": {
      const names = ["control-plane", "worker-1", "worker-2"];
      return {
        name,
        context,
        server,
        nodes: names.map((each, index) => ({ ...worker(each, address(index)), bare: true })),
        clusterCIDR: CLUSTER_CIDR,
        addons: true,
        proxyDaemonSet: true,
        noStorage: true,
      };
    }
    case "empty":
      return { name, context, server: "https://127.0.0.1:6443", nodes: [], clusterCIDR: CLUSTER_CIDR, addons: false };
  }
  const scale = /^scale:(\d{1,4})$/.exec(name);
  const count = Number(scale?.[1] ?? 0);
  if (count < 1 || count > 5000)
    throw new UnknownPreset(
      `unknown preset "${name}": use default, minikube, ha, dual-stack, cloud, bare, empty or scale:N (N up to 5000)`,
    );
  return scaled(count);
}

/** The gateway of the nodes' network, which stands for the learner's machine; undefined without nodes. */
export function networkGateway({ nodes: [first] }: Preset): string | undefined {
  return first?.address.replace(/\d+$/, "1");
}

/** Where services' addresses are taken from. */
export function serviceRange({ serviceCIDR = SERVICE_CIDR }: Preset): string {
  return serviceCIDR;
}

/** Whether its machines are no cluster until somebody runs kubeadm. */
export function isBare({ nodes }: Preset): boolean {
  return nodes.some(({ bare }) => bare === true);
}

/** The port that the API server listens on. */
export function serverPort(preset: Preset): number {
  return Number(/:(\d+)$/.exec(preset.server)?.[1] ?? 6443);
}
