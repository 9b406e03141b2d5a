/** The packet filter of a node: what its proxy has written, in the way that its mode writes. */
import type { PacketFilter } from "../../runtime/packet-filter.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { ServiceRule } from "../service-rules.ts";
import { iptablesRules } from "./iptables.ts";
import { virtualServers } from "./ipvs.ts";
import { nftRuleset } from "./nftables.ts";

export function createPacketFilter(fabric: Fabric, node: NodeNetwork): PacketFilter {
  const { clusterCIDR, serviceCIDR } = fabric;
  const place = () => ({ name: node.name, zone: node.zone, clusterCIDR });
  return {
    iptables(family) {
      // In IPVS mode the rules of services are virtual servers; in nftables mode they are a table of their own.
      return iptablesRules(node.proxyMode === "iptables" ? ordered(node) : [], place(), family);
    },
    virtualServers: () =>
      node.proxyMode === "ipvs" ? virtualServers(ordered(node), place(), [node.host.address]) : [],
    nftables: () =>
      node.proxyMode === "nftables"
        ? nftRuleset(ordered(node), { ...place(), address: node.host.addressText, serviceCIDR })
        : "",
  };
}

/** By name, so that a listing doesn't tell which service changed last. Upstream has no order. */
function ordered({ rules }: NodeNetwork): ServiceRule[] {
  const key = ({ portName, protocol, title }: ServiceRule): string => `${portName} ${protocol} ${title}`;
  return [...rules.all()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
