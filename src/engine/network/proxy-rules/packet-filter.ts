/** The packet filter of a node: what its proxy has written, in the way that its mode writes. */
import type { PacketFilter } from "../../runtime/packet-filter.ts";
import { rangeOfFamily } from "../address.ts";
import type { Family } from "../address.ts";
import type { Fabric } from "../fabric.ts";
import type { NodeNetwork } from "../node-network.ts";
import type { ServiceRule } from "../service-rules.ts";
import { iptablesRules } from "./iptables.ts";
import type { ProxyNode } from "./iptables.ts";
import { virtualServers } from "./ipvs.ts";
import { nftTable } from "./nftables.ts";

export function createPacketFilter(fabric: Fabric, node: NodeNetwork): PacketFilter {
  const place = (family: Family): ProxyNode => ({
    name: node.name,
    zone: node.zone,
    clusterCIDR: rangeOfFamily(fabric.clusterCIDR, family),
    address: node.host.namespace.addresses.find((text) => text.includes(":") === (family === "IPv6")) ?? "",
  });
  return {
    iptables(family) {
      // In IPVS mode the rules of services are virtual servers; in nftables mode they are a table of their own.
      const rules = node.proxyMode === "iptables" ? ordered(node, family) : [];
      return iptablesRules(rules, place(family), family);
    },
    virtualServers: () =>
      node.proxyMode === "ipvs"
        ? [
            ...virtualServers(ordered(node, "IPv4"), place("IPv4")),
            ...virtualServers(ordered(node, "IPv6"), place("IPv6")),
          ]
        : [],
    nftables() {
      if (node.proxyMode !== "nftables") return "";
      const families: readonly Family[] = node.host.second < 0 ? ["IPv4"] : ["IPv4", "IPv6"];
      return families
        .map((family) => {
          const serviceCIDR = rangeOfFamily(fabric.serviceCIDR, family);
          return nftTable(ordered(node, family), { ...place(family), serviceCIDR }, family);
        })
        .join("\n");
    },
  };
}

/** By name, so that a listing doesn't tell which service changed last. Upstream has no order. */
function ordered({ rules }: NodeNetwork, family: Family): ServiceRule[] {
  const key = ({ portName, protocol, title }: ServiceRule): string => `${portName} ${protocol} ${title}`;
  return [...rules.all()].filter((rule) => rule.family === family).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
