/** What a cluster's nodes can pull: its own components, the add-ons and the catalogue, wired to the cluster's parts. */
import type { Client } from "../client/client.ts";
import type { ProxySettings } from "../network/proxy-settings.ts";
import type { ImageDefinition } from "../runtime/containers/image.ts";
import { addonImages } from "./addon-images.ts";
import type { Cluster } from "./cluster.ts";
import { componentImages } from "./control-plane.ts";
import type { ComponentHook } from "./control-plane.ts";
import { etcdServer } from "./etcd/etcd-server.ts";
import type { Membership } from "./etcd/membership.ts";
import { kubeProxyServer } from "./kube-proxy.ts";
import type { SchedulerProcesses } from "./scheduler-processes.ts";
import { storeAnswers } from "./server-store.ts";
import { componentCommand } from "./static-pods.ts";
import type { ComponentName } from "./static-pods.ts";

export interface ImageWiring {
  membership: Membership;
  schedulers: SchedulerProcesses;
  /** As kube-proxy. */
  proxyClient: Client;
  /** Called when a component's instance comes up or goes. */
  report: ComponentHook;
  followProxy(node: string, settings: ProxySettings | undefined): void;
  /** The catalogue. */
  more: readonly ImageDefinition[];
}

export function clusterImages(cluster: Cluster, wiring: ImageWiring): ImageDefinition[] {
  const { sim, preset, store, server } = cluster;
  const { membership, schedulers, proxyClient, report, followProxy, more } = wiring;
  const asSetUp = (component: ComponentName, name: string): readonly string[] => {
    const node = preset.nodes.find((each) => each.name === name);
    return node === undefined ? [] : componentCommand(component, node, preset);
  };
  const runs = (name: string): boolean => membership.answers(name);
  const storeUp = (servers: string, name: string): boolean =>
    storeAnswers(servers, name, { nodes: preset.nodes, runs });
  const begun = (): void => cluster.beginsAnew();
  const etcd = etcdServer({
    ...{ sim, store, atRest: server.atRest, membership, begun },
    hosts: (name) => cluster.nodes.get(name)?.isControlPlane === true,
    asSetUp: (name) => asSetUp("etcd", name),
    report: (node, process) => report("etcd", node, process),
  });
  const own = componentImages(
    sim,
    { hook: report, asSetUp, storeUp },
    {
      etcd: () => etcd,
      "kube-scheduler": (version) => (ctx) => schedulers.start(ctx, version),
      "kube-proxy": (version) =>
        kubeProxyServer(sim, {
          version,
          configured: preset.proxyDaemonSet === true,
          hook: followProxy,
          cleanUp: (name) => cluster.network.node(name)?.cleanUp(),
          client: proxyClient,
        }),
    },
  );
  return [...own, ...addonImages(cluster), ...more];
}
