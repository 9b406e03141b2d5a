import { cloudControllers } from "../controllers/cloud/registry.ts";
import { hostPathProvisioner } from "../controllers/host-path-provisioner.ts";
import { nodeIpamController } from "../controllers/node-ipam.ts";
import { controllers } from "../controllers/registry.ts";
import type { Cloud } from "./cloud.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { podlessProvisioners } from "./folder-storage/folder-storage.ts";
import type { Preset } from "./presets.ts";

/** The registered controllers, with a cluster's pod range, and with add-ons the provisioners of its volumes. */
export function clusterControllers(
  preset: Preset,
  cloud: Cloud | undefined,
  nodes: ReadonlyMap<string, ClusterNode>,
): typeof controllers {
  const ipam = (() => nodeIpamController({ clusterCIDR: preset.clusterCIDR })) as (typeof controllers)[number];
  const own = controllers.map((create) => (create === (nodeIpamController as unknown) ? ipam : create));
  if (cloud !== undefined) return [...own, ...cloudControllers(cloud)];
  const removeFolder = (path: string): void => {
    for (const node of nodes.values()) node.removeFolder(path);
  };
  const provisioners = podlessProvisioners(preset).map(
    (each) => (() => hostPathProvisioner(each, removeFolder)) as (typeof controllers)[number],
  );
  return [...own, ...provisioners];
}
