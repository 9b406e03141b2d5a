/** The node's CSINode: which csi drivers it has. Upstream: pkg/volume/csi/nodeinfomanager. */
import type { CSINode, Node } from "../api/generated/types.ts";
import { isAlreadyExists, StatusError } from "../api/meta/status-error.ts";
import { nodes } from "../api/registry.ts";
import { csiNodes } from "../api/storage/csi-node.ts";
import type { NodeDriver } from "../storage/csi.ts";
import type { KubeletContext } from "./kubelet-context.ts";

/** Plugins of old whose volumes csi drivers serve by now. */
const MIGRATED = [
  "kubernetes.io/aws-ebs",
  "kubernetes.io/azure-disk",
  "kubernetes.io/azure-file",
  "kubernetes.io/cinder",
  "kubernetes.io/gce-pd",
  "kubernetes.io/portworx-volume",
  "kubernetes.io/vsphere-volume",
].join(",");

function entryOf({ name, nodeID, topologyKeys, limit }: NodeDriver) {
  return {
    name,
    nodeID,
    topologyKeys: [...topologyKeys],
    ...(limit !== undefined && { allocatable: { count: limit } }),
  };
}

/** A driver's plugin has registered with the node's kubelet: where its volumes are is a label of the node. */
export function addDriver(ctx: KubeletContext, driver: NodeDriver): void {
  const { name } = ctx.node;
  const client = ctx.client.resource<CSINode>(csiNodes);
  const labels = driver.topology;
  if (labels !== undefined) {
    ctx.client.resource<Node>(nodes).patch("", name, { metadata: { labels } }, { type: "merge" });
  }
  const csiNode = client.get("", name);
  const others = (csiNode.spec.drivers ?? []).filter((known) => known.name !== driver.name);
  client.update({ ...csiNode, spec: { ...csiNode.spec, drivers: [...others, entryOf(driver)] } });
}

/** A driver's plugin has gone. Who can't be told finds out when it registers again. */
export function removeDriver(ctx: KubeletContext, name: string): void {
  const client = ctx.client.resource<CSINode>(csiNodes);
  try {
    const csiNode = client.get("", ctx.node.name);
    const drivers = (csiNode.spec.drivers ?? []).filter((known) => known.name !== name);
    client.update({ ...csiNode, spec: { ...csiNode.spec, drivers } });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}

export function registerDrivers(ctx: KubeletContext, { metadata }: Node): void {
  const { name, uid } = metadata;
  const client = ctx.client.resource<CSINode>(csiNodes);
  const drivers = ctx.csiDrivers.map(entryOf);
  try {
    client.create({
      metadata: {
        name,
        annotations: { "storage.alpha.kubernetes.io/migrated-plugins": MIGRATED },
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid }],
      },
      spec: { drivers },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
