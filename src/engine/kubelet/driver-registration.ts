/** The node's CSINode: which csi drivers it has. Upstream: pkg/volume/csi/nodeinfomanager. */
import type { CSINode, Node } from "../api/generated/types.ts";
import { isAlreadyExists } from "../api/meta/status-error.ts";
import { csiNodes } from "../api/storage/csi-node.ts";
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

export function registerDrivers(ctx: KubeletContext, { metadata }: Node): void {
  const { name, uid } = metadata;
  const client = ctx.client.resource<CSINode>(csiNodes);
  const drivers = ctx.csiDrivers.map(({ name: driver, nodeID, topologyKeys, limit }) => ({
    name: driver,
    nodeID,
    topologyKeys: [...topologyKeys],
    allocatable: { count: limit },
  }));
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
