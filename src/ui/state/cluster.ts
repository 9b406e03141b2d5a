/**
 * What the sea shows, kept by identity. The maps are changed in place, for a cluster may have 150,000 pods;
 * `version` rises with each change and is what components subscribe to.
 */
import { create } from "zustand";
import type { NodeView, PodView, ServiceView, TopologyDiff, WorkloadView } from "../../worker/protocol.ts";

export interface ClusterState {
  version: number;
  /** True once the first whole picture came. */
  known: boolean;
  nodes: Map<string, NodeView>;
  pods: Map<string, PodView>;
  services: Map<string, ServiceView>;
  workloads: Map<string, WorkloadView>;
}

const empty = (): ClusterState => ({
  version: 0,
  known: false,
  nodes: new Map(),
  pods: new Map(),
  services: new Map(),
  workloads: new Map(),
});

export const useCluster = create<ClusterState>(empty);

export function applyTopology(diff: TopologyDiff): void {
  const state = useCluster.getState();
  const { nodes, pods, services, workloads } = diff.reset ? empty() : state;
  for (const gone of diff.removed) {
    const cut = gone.indexOf("/");
    const id = gone.slice(cut + 1);
    const kind = gone.slice(0, cut);
    if (kind === "pod") pods.delete(id);
    else if (kind === "node") nodes.delete(id);
    else if (kind === "service") services.delete(id);
    else workloads.delete(id);
  }
  for (const node of diff.nodes) nodes.set(node.name, node);
  for (const pod of diff.pods) pods.set(pod.uid, pod);
  for (const service of diff.services) services.set(service.uid, service);
  for (const workload of diff.workloads) workloads.set(workload.uid, workload);
  useCluster.setState({ version: state.version + 1, known: true, nodes, pods, services, workloads });
}
