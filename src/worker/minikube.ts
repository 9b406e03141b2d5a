/** What the laptop's `minikube` may do to the world: create the cluster, switch it off and on, delete it. */
import { ServiceTunnel } from "../engine/cluster/service-tunnel.ts";
import type { Pod } from "../engine/api/generated/types.ts";
import type { Cluster } from "../engine/index.ts";
import type { MinikubeState } from "../terminal/minikube-state.ts";
import type { AddonName } from "../engine/cluster/addons.ts";
import { clusterReader } from "./cluster-reader.ts";
import type { Playground } from "./playground.ts";

/** Addons whose pods minikube waits for, with the namespace and the label that it looks by: pkg/addons. */
const VERIFIED: readonly { addon: AddonName; namespace: string; label: string; value: string }[] = [
  { addon: "ingress", namespace: "ingress-nginx", label: "app.kubernetes.io/name", value: "ingress-nginx" },
  {
    addon: "csi-hostpath-driver",
    namespace: "kube-system",
    label: "kubernetes.io/minikube-addons",
    value: "csi-hostpath-driver",
  },
];

/** Whether there is at least one such pod, and each of them runs or has succeeded: kapi.WaitForPods. */
function podsRun(cluster: Cluster, { namespace, label, value }: (typeof VERIFIED)[number]): boolean {
  const pods = (clusterReader(cluster).list("Pod", namespace) as readonly Pod[]).filter(
    ({ metadata }) => metadata.labels?.[label] === value,
  );
  return pods.length > 0 && pods.every(({ status }) => status.phase === "Running" || status.phase === "Succeeded");
}

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
    verified:
      cluster === undefined ? [] : VERIFIED.filter((addon) => podsRun(cluster, addon)).map(({ addon }) => addon),
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
