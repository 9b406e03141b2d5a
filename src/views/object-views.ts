/** How single objects look on the sea. Pure: object in, view out. */
import { isPodReady } from "../engine/api/core/pod/conditions.ts";
import { podStatusText } from "../engine/api/core/pod/columns.ts";
import type { Endpoint, Node, Pod, Service } from "../engine/api/generated/types.ts";
import { controllerOf } from "../engine/api/meta/object.ts";
import { milliValue, quantityValue } from "../engine/api/meta/quantity.ts";
import type { NodeView, PodState, PodView, ServiceView } from "../worker/protocol.ts";
import type { Use } from "./node-use.ts";

const SYSTEM_NAMESPACES = new Set(["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]);
const ROLE_PREFIX = "node-role.kubernetes.io/";

/** Objects that a learner did not make: hidden until asked for. */
export function isSystem(object: { metadata: { namespace: string; name: string } }): boolean {
  const { namespace, name } = object.metadata;
  return SYSTEM_NAMESPACES.has(namespace) || (namespace === "default" && name === "kubernetes");
}

export function nodeView(node: Node, use: Use, powered: boolean): NodeView {
  const ready = node.status.conditions?.find((condition) => condition.type === "Ready")?.status;
  const allocatable = node.status.allocatable ?? {};
  return {
    name: node.metadata.name,
    roles: Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith(ROLE_PREFIX))
      .map((label) => label.slice(ROLE_PREFIX.length)),
    podCIDR: node.spec.podCIDR ?? "",
    address: node.status.addresses?.find((address) => address.type === "InternalIP")?.address ?? "",
    state: ready === "True" ? "ready" : ready === "False" ? "not-ready" : "unknown",
    schedulable: node.spec.unschedulable !== true,
    powered,
    cpu: { allocatableMilli: milliValue(allocatable["cpu"] ?? "0"), requestedMilli: use.cpuMilli },
    memory: { allocatableBytes: quantityValue(allocatable["memory"] ?? "0"), requestedBytes: use.memoryBytes },
    pods: { count: use.pods, capacity: quantityValue(allocatable["pods"] ?? "0") },
  };
}

const WAITING = new Set(["ContainerCreating", "PodInitializing", "Pending", "Init"]);

/** Shape and colour of a pod, from kubectl's status word. */
export function podState(pod: Pod, status: string): PodState {
  if (pod.metadata.deletionTimestamp !== undefined) return "terminating";
  if (status === "Completed" || pod.status.phase === "Succeeded") return "completed";
  if (status === "Running") return isPodReady(pod) ? "running" : "waiting";
  if (pod.spec.nodeName === undefined || pod.spec.nodeName === "") return "pending";
  if (WAITING.has(status) || /^Init:\d+\/\d+$/.test(status)) return "waiting";
  return "failing";
}

export function podView(pod: Pod, family: string, pull: PodView["pull"] | undefined): PodView {
  const status = podStatusText(pod);
  const containers = pod.status.containerStatuses ?? [];
  return {
    uid: pod.metadata.uid,
    namespace: pod.metadata.namespace,
    name: pod.metadata.name,
    node: pod.spec.nodeName ?? "",
    state: podState(pod, status),
    status,
    ready: isPodReady(pod),
    readyContainers: containers.filter((container) => container.ready).length,
    containers: pod.spec.containers.length,
    restarts: containers.reduce((sum, container) => sum + container.restartCount, 0),
    ip: pod.status.podIP ?? "",
    owner: controllerOf(pod)?.uid ?? "",
    family,
    system: isSystem(pod),
    ...(pull !== undefined && { pull }),
  };
}

export function serviceView(service: Service, endpoints: readonly Endpoint[]): ServiceView {
  const { spec } = service;
  return {
    uid: service.metadata.uid,
    namespace: service.metadata.namespace,
    name: service.metadata.name,
    type: spec.type ?? "ClusterIP",
    clusterIP: spec.clusterIP ?? "",
    ports: (spec.ports ?? []).map((port) => (port.nodePort ? `${port.port} → :${port.nodePort}` : String(port.port))),
    endpoints: endpoints.flatMap((endpoint) => {
      const pod = endpoint.targetRef?.kind === "Pod" ? endpoint.targetRef.uid : undefined;
      return pod === undefined ? [] : [{ pod, ready: endpoint.conditions?.ready ?? false }];
    }),
    system: isSystem(service),
  };
}
