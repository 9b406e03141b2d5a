/** Ports of the node that pods ask for. Upstream: pkg/scheduler/framework/plugins/nodeports, asked by the kubelet too. */
import type { Pod } from "../api/generated/types.ts";
import type { HostPort } from "../network/node-network.ts";
import type { Refusal } from "./admission.ts";
import type { PodWorker } from "./pod-worker.ts";

export function hostPortsOf({ spec }: Pod): HostPort[] {
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostIP, hostPort = 0, containerPort, protocol }) =>
      hostPort === 0 || protocol === "SCTP"
        ? []
        : { hostIP, hostPort, containerPort, protocol: protocol === "UDP" ? "UDP" : "TCP" },
    ),
  );
}

/** Why a pod can't have its host ports beside those that run; undefined when it can. */
export function hostPortRefusal(pod: Pod, others: Iterable<PodWorker>): Refusal | undefined {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return undefined;
  for (const other of others) {
    if (other.released || other.pod.metadata.uid === pod.metadata.uid) continue;
    if (hostPortsOf(other.pod).some((taken) => wanted.some((port) => clash(port, taken)))) return TAKEN;
  }
  return undefined;
}

const TAKEN: Refusal = {
  reason: "NodePorts",
  message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
};

/** One of all addresses takes the port of each. */
function clash(one: HostPort, other: HostPort): boolean {
  if (one.hostPort !== other.hostPort || one.protocol !== other.protocol) return false;
  const [a = "", b = ""] = [one.hostIP, other.hostIP];
  return a === b || ALL.has(a) || ALL.has(b);
}

const ALL: ReadonlySet<string> = new Set(["", "0.0.0.0"]);
