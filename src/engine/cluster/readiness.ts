import type { Node, Pod } from "../api/generated/types.ts";
import { loopbackUser } from "../api/meta/user-info.ts";
import { nodes, pods } from "../api/registry.ts";
import { parseTime } from "../base/time.ts";
import { Client } from "../client/client.ts";
import type { Cluster } from "./cluster.ts";

function isTrue(conditions: readonly { type: string; status: string }[] | undefined): boolean {
  return conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
}

/** Whether the kubelet has told of the pod since its node was switched on: what it said before is of another life. */
function isCurrent(cluster: Cluster, { spec, status }: Pod): boolean {
  const since = cluster.nodes.get(spec.nodeName ?? "")?.poweredSince ?? 0;
  // The API's times have whole seconds.
  const earliest = since - (since % 1000);
  return (status.containerStatuses ?? []).every(
    ({ state }) => state?.running === undefined || parseTime(state.running.startedAt ?? "") >= earliest,
  );
}

/** True when the API server answers, every node of the preset that isn't bare is Ready and so is every pod of kube-system. */
export function clusterReady(cluster: Cluster): boolean {
  const { server, preset } = cluster;
  const nodesWanted = preset.nodes.filter(({ bare }) => bare !== true).length;
  // Machines that are no cluster yet are what they should be.
  if (nodesWanted === 0 && preset.nodes.length > 0) return true;
  if (!server.running) return false;
  const client = new Client(server, loopbackUser);
  const ready = client
    .resource<Node>(nodes)
    .list("")
    .items.filter((node) => isTrue(node.status.conditions));
  if (ready.length < nodesWanted) return false;
  const system = client.resource<Pod>(pods).list("kube-system").items;
  if (preset.addons && system.length <= nodesWanted) return false;
  return system.every((pod) => isTrue(pod.status.conditions) && isCurrent(cluster, pod));
}
