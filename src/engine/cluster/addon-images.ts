/** Images whose programs act on the cluster that they run in: what add-ons bring. */
import type { Pod } from "../api/generated/types.ts";
import { loopbackUser, serviceAccountUser } from "../api/meta/user-info.ts";
import { pods } from "../api/registry.ts";
import { Client } from "../client/client.ts";
import { corednsImage } from "../network/dns/coredns-image.ts";
import { DnsRecords } from "../network/dns/dns-records.ts";
import { gatewayImage } from "../network/gateway/image.ts";
import { ingressImages } from "../network/ingress/images.ts";
import { httpbinImages } from "../network/internet/httpbin-images.ts";
import type { ImageDefinition, ServerContext } from "../runtime/containers/image.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { csiImages } from "./csi/sidecar-images.ts";
import { snapshotControllerImage } from "./csi/snapshot-controller-image.ts";
import { volumeContents } from "./csi/volume-contents.ts";
import { exampleDriverImage } from "./dra/example-driver.ts";
import { flannelImages } from "./flannel/flannel-images.ts";
import { localPathImages } from "./folder-storage/local-path-image.ts";
import { minikubeStorageImage } from "./folder-storage/minikube-image.ts";
import { MetricsServer } from "./metrics-server.ts";

export function addonImages({ sim, server, nodes, remoteFileSystem }: Cluster): ImageDefinition[] {
  const own = new Client(server, loopbackUser);
  /** As the kubelet that runs it knows it: a container starts without the API too. */
  const podOf = ({ pod: { namespace, name } }: ServerContext): Pod => {
    for (const { kubelet } of nodes.values()) {
      const worker = kubelet.worker(namespace, name);
      if (worker !== undefined) return worker.pod;
    }
    return own.resource(pods).get(namespace, name);
  };
  /** The API as a container's pod may use it: with its own account. */
  const clientOf = (ctx: ServerContext): Client =>
    new Client(server, serviceAccountUser(ctx.pod.namespace, podOf(ctx).spec.serviceAccountName ?? "default"));
  const nodeOf = (ctx: ServerContext): ClusterNode => nodes.get(podOf(ctx).spec.nodeName ?? "") as ClusterNode;
  const folderStorage = {
    ...{ sim, clientOf },
    removeFolder: (path: string) => nodes.forEach((node) => node.removeFolder(path)),
  };
  return [
    new MetricsServer(sim, { server, client: own, nodes: () => nodes.values() }).image(),
    corednsImage(new DnsRecords(sim, new Client(server, serviceAccountUser("kube-system", "coredns")))),
    ...ingressImages(sim, clientOf),
    gatewayImage(sim, clientOf),
    ...flannelImages(clientOf),
    snapshotControllerImage(sim, clientOf),
    ...localPathImages(folderStorage),
    minikubeStorageImage(folderStorage),
    ...httpbinImages,
    exampleDriverImage({ clientOf, devicesOf: (ctx) => nodeOf(ctx).kubelet.devices }),
    ...csiImages({
      sim,
      clientOf,
      volumesOf: (driver) => volumeContents(driver, { now: () => sim.now, fileSystem: remoteFileSystem }),
      kubeletOf: (ctx) => nodeOf(ctx).kubelet,
    }),
  ];
}
