/**
 * A node's routes to pods: its own behind its bridge, those of others by way of their nodes.
 * **Simplified:** as plugins write them that have a bridge and no tunnel, whatever the cluster's network is called.
 */
import type { Route } from "../base/sockets.ts";
import { addressAt, formatAddress, parseRange } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import type { NodeNetwork } from "./node-network.ts";

/** The bridge that a node's pods are at. */
const BRIDGE = "cni0";

export function routesOf({ nodes }: Fabric, own: NodeNetwork): Route[] {
  return [...nodes.values()].flatMap((node) =>
    node.podCIDRs.flatMap((to): Route[] => {
      const range = parseRange(to);
      if (range === undefined) return [];
      const bridge = addressAt(range, 1);
      if (node === own) return [{ to, dev: BRIDGE, source: formatAddress(bridge) }];
      const via = node.host.textFor(bridge);
      return via === "" ? [] : [{ to, via, dev: "eth0" }];
    }),
  );
}
