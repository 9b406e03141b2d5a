/**
 * The Node object that a kubelet registers and keeps. Upstream: pkg/kubelet/kubelet_node_status.go, pkg/kubelet/nodestatus.
 */
import { canonicalQuantity } from "../api/meta/quantity.ts";
import type { NodeCondition, NodeStatus } from "../api/generated/types.ts";
import { formatTime } from "../base/time.ts";
import { uuid } from "../base/hex.ts";
import { aggregate } from "../base/go-errors.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import { hex64 } from "../runtime/containers/identity.ts";
import type { KubeletContext, NodeSpec } from "./kubelet-context.ts";
import { absoluteOf } from "./kubelet-settings.ts";
import type { KubeletSettings } from "./kubelet-settings.ts";

export const KUBELET_VERSION = "v1.36.0";
const KERNEL = "6.12.48+deb13-amd64";
const OS_IMAGE = "Debian GNU/Linux 13 (trixie)";
const MAX_IMAGES = 50;
const KUBELET_PORT = 10250;

export const NETWORK_NOT_READY =
  "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";

const HEALTHY: readonly [type: string, reason: string, message: string][] = [
  ["MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ["DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ["PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"],
];

const PRESSED: Record<string, { reason: string; message: string }> = {
  MemoryPressure: { reason: "KubeletHasInsufficientMemory", message: "kubelet has insufficient memory available" },
  DiskPressure: { reason: "KubeletHasDiskPressure", message: "kubelet has disk pressure" },
  PIDPressure: { reason: "KubeletHasInsufficientPID", message: "kubelet has insufficient PID available" },
};

/** Whether the runtime has a plugin that pods get addresses from. */
export function isNetworkReady({ cni }: Pick<KubeletContext, "cni">): boolean {
  return cni().initialized;
}

export function nodeLabels(node: NodeSpec): Record<string, string> {
  const labels: Record<string, string> = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/hostname": node.name,
    "kubernetes.io/os": "linux",
  };
  for (const role of node.roles ?? []) labels[`node-role.kubernetes.io/${role}`] = "";
  return { ...labels, ...node.labels };
}

export function nodeCapacity(node: NodeSpec, { maxPods }: KubeletSettings): Record<string, string> {
  const { cpu, memory, pods, ephemeral } = node.capacity;
  return {
    cpu: String(cpu),
    "ephemeral-storage": canonicalQuantity(`${Math.floor(ephemeral / 1024)}Ki`),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: canonicalQuantity(`${Math.floor(memory / 1024)}Ki`),
    pods: String(maxPods ?? pods),
  };
}

const offers = new WeakMap<KubeletSettings, WeakMap<NodeSpec, Readonly<Record<string, string>>>>();

/** `nodeAllocatable`, remembered. */
export function allocatableOf(node: NodeSpec, settings: KubeletSettings): Readonly<Record<string, string>> {
  let known = offers.get(settings);
  if (known === undefined) offers.set(settings, (known = new WeakMap()));
  let resources = known.get(node);
  if (resources === undefined) known.set(node, (resources = nodeAllocatable(node, settings)));
  return resources;
}

/** What is left of the capacity when the system, the kubelet and the hard thresholds of eviction have theirs. */
function nodeAllocatable(node: NodeSpec, settings: KubeletSettings): Record<string, string> {
  const { cpu, memory, ephemeral } = node.capacity;
  const { reserved, hard } = settings;
  const ofMemory = memory - reserved.memory - absoluteOf(hard.get("memory.available"), memory);
  const ofDisk = ephemeral - reserved.ephemeral - absoluteOf(hard.get("nodefs.available"), ephemeral);
  return {
    ...nodeCapacity(node, settings),
    ...(reserved.cpu > 0 && { cpu: canonicalQuantity(`${Math.max(0, cpu * 1000 - reserved.cpu)}m`) }),
    "ephemeral-storage": canonicalQuantity(String(Math.max(0, ofDisk))),
    memory: canonicalQuantity(`${Math.floor(Math.max(0, ofMemory) / 1024)}Ki`),
  };
}

/** Extended resources that somebody wrote into the capacity: what no plugin of the kubelet manages stays, and is on offer. */
export function advertisedResources(status: NodeStatus | undefined): Record<string, string> {
  const { capacity = {} } = status ?? {};
  const names = Object.keys(capacity).filter((name) => name.includes("/") && !name.includes("kubernetes.io/"));
  return Object.fromEntries(names.map((name) => [name, capacity[name] as string]));
}

/** The status now; transition times are kept from `before`. */
export function nodeStatus(
  node: NodeSpec,
  facts: {
    before: NodeStatus | undefined;
    images: readonly LocalImage[];
    runtimeVersion: string;
    bootId: string;
    kubeletVersion: string;
    settings: KubeletSettings;
    networkReady: boolean;
    shuttingDown: boolean;
    /** Types of the conditions that say so. */
    pressures: readonly string[];
    volumesInUse: readonly string[];
    now: number;
  },
): NodeStatus {
  const { before, now } = facts;
  const machine = hex64(`machine/${node.name}`).slice(0, 32);
  const { volumesInUse: _, ...kept } = before ?? {};
  const advertised = advertisedResources(before);
  return {
    ...kept,
    addresses: [
      { type: "InternalIP", address: node.address },
      ...(node.address6 === undefined ? [] : [{ type: "InternalIP", address: node.address6 }]),
      { type: "Hostname", address: node.name },
    ],
    allocatable: { ...allocatableOf(node, facts.settings), ...advertised },
    capacity: { ...nodeCapacity(node, facts.settings), ...advertised },
    conditions: nodeConditions(before?.conditions ?? [], facts, now),
    ...(facts.volumesInUse.length > 0 && { volumesInUse: [...facts.volumesInUse] }),
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    images: facts.images
      .toSorted((a, b) => b.size - a.size)
      .slice(0, MAX_IMAGES)
      .map(({ repoDigest, reference, size }) => ({ names: [repoDigest, reference.full], sizeBytes: size })),
    nodeInfo: {
      architecture: "amd64",
      bootID: facts.bootId,
      containerRuntimeVersion: `containerd://${facts.runtimeVersion}`,
      kernelVersion: KERNEL,
      kubeProxyVersion: "",
      kubeletVersion: facts.kubeletVersion,
      machineID: machine,
      operatingSystem: "linux",
      osImage: OS_IMAGE,
      systemUUID: uuid(machine),
    },
  };
}

function nodeConditions(
  before: readonly NodeCondition[],
  facts: { networkReady: boolean; shuttingDown: boolean; pressures: readonly string[] },
  now: number,
): NodeCondition[] {
  const heartbeat = formatTime(now);
  const make = (type: string, status: string, why: { reason: string; message: string }): NodeCondition => {
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : heartbeat;
    return { type, status, lastHeartbeatTime: heartbeat, lastTransitionTime, ...why };
  };
  const problems = [
    ...(facts.networkReady ? [] : [NETWORK_NOT_READY]),
    ...(facts.shuttingDown ? ["node is shutting down"] : []),
  ];
  const isReady = problems.length === 0;
  const ready = isReady
    ? { reason: "KubeletReady", message: "kubelet is posting ready status" }
    : {
        reason: "KubeletNotReady",
        message: aggregate(problems),
      };
  const kept = before.filter(({ type }) => type !== "Ready" && !HEALTHY.some(([known]) => known === type));
  return [
    ...kept,
    ...HEALTHY.map(([type, reason, message]) => {
      const pressed = facts.pressures.includes(type) ? PRESSED[type] : undefined;
      return pressed === undefined ? make(type, "False", { reason, message }) : make(type, "True", pressed);
    }),
    make("Ready", isReady ? "True" : "False", ready),
  ];
}

/** True when nothing but heartbeats differs. */
export function sameNodeStatus(a: NodeStatus | undefined, b: NodeStatus): boolean {
  if (a === undefined) return false;
  const strip = (status: NodeStatus): string =>
    JSON.stringify({
      ...status,
      conditions: status.conditions?.map(({ type, status: state, reason, message }) => ({
        type,
        state,
        reason,
        message,
      })),
    });
  return strip(a) === strip(b);
}
