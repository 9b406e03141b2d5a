/** What the laptop's `minikube` may do to the world: create the cluster, switch it off and on, delete it. */
import { ServiceTunnel } from "../engine/cluster/service-tunnel.ts";
import type { Cluster } from "../engine/index.ts";
import type { MinikubeState } from "../terminal/minikube-state.ts";
import type { AddonName } from "../engine/cluster/cluster.ts";
import type { Playground } from "./playground.ts";

function state(playground: Playground): MinikubeState {
  const { cluster } = playground;
  const first = cluster?.preset.nodes[0];
  return {
    exists: cluster !== undefined,
    running: cluster !== undefined && [...cluster.nodes.values()].some((node) => node.powered),
    apiServer: cluster?.apiServerReachable ?? false,
    ready: cluster?.ready ?? false,
    ip: first?.address ?? "",
    addons: cluster?.addons ?? [],
    tunnel: cluster === undefined ? [] : (tunnels.get(cluster)?.services ?? []),
  };
}

const tunnels = new WeakMap<Cluster, ServiceTunnel>();

/** Digs a tunnel, fills it in, or says which services it leads to. */
function tunnel(cluster: Cluster | undefined, action: string): void {
  if (cluster === undefined || action === "look") return;
  tunnels.get(cluster)?.stop();
  tunnels.delete(cluster);
  const [node] = cluster.nodes.keys();
  if (action === "open" && node !== undefined) tunnels.set(cluster, new ServiceTunnel(cluster, node));
}

/**
 * Answers the `minikube` intent: `{ action: "state" | "start" | "stop" | "delete" | "enable" | "disable" }`, or
 * `{ action: "tunnel", tunnel: "open" | "look" | "close" }`; always with the state after it.
 */
export function answerMinikube(playground: Playground, args: unknown): MinikubeState {
  const { action, addon } = args as { action: string; addon?: AddonName };
  if ((action === "enable" || action === "disable") && addon !== undefined)
    playground.cluster?.setAddon(addon, action === "enable");
  if (action === "tunnel") tunnel(playground.cluster, (args as { tunnel: string }).tunnel);
  if (action === "start") {
    if (playground.cluster === undefined) playground.createCluster();
    else playground.cluster.powerOn();
  }
  if (action === "stop") playground.cluster?.powerOff();
  if (action === "delete") playground.deleteCluster();
  return state(playground);
}
