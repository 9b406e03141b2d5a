/** The packet filter of a node: what its proxy has written, in the way that its mode writes. */
import type { PacketFilter } from "../../runtime/packet-filter.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import { iptablesRules } from "./iptables.ts";
import { virtualServers } from "./ipvs.ts";
import { nftRuleset } from "./nftables.ts";

export function createPacketFilter(fabric: Fabric, node: NodeNetwork): PacketFilter {
  const { clusterCIDR, serviceCIDR } = fabric;
  const place = () => ({ name: node.name, zone: node.zone, clusterCIDR });
  return {
    iptables(family) {
      // In IPVS mode the rules of services are virtual servers; in nftables mode they are a table of their own.
      return iptablesRules(node.proxyMode === "iptables" ? node.rules.all() : [], place(), family);
    },
    virtualServers: () =>
      node.proxyMode === "ipvs" ? virtualServers(node.rules.all(), place(), [node.host.address]) : [],
    nftables: () =>
      node.proxyMode === "nftables"
        ? nftRuleset(node.rules.all(), { ...place(), address: node.host.addressText, serviceCIDR })
        : "",
  };
}
