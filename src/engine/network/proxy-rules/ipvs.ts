/** kube-proxy's virtual servers in IPVS mode. Upstream: pkg/proxy/ipvs/proxier.go. */
import type { VirtualServer } from "../../base/packet-filter.ts";
import { formatSocket, parseAddress } from "../address.ts";
import type { Endpoint, ServiceRule } from "../service-rules.ts";
import { answersNodePorts } from "../proxy-settings.ts";
import type { ProxyNode } from "./iptables.ts";

/** `rules`: those of one family; their node ports belong to the node's address of that. Simplified: connections are not counted. */
export function virtualServers(rules: Iterable<ServiceRule>, node: ProxyNode): VirtualServer[] {
  const servers: VirtualServer[] = [];
  for (const rule of rules) {
    const add = (address: number, port: number, endpoints: readonly Endpoint[]): void => {
      servers.push({
        protocol: rule.protocol,
        address: formatSocket(address, port),
        scheduler: node.traffic.scheduler ?? "rr",
        persistentSeconds: rule.affinityMs / 1000,
        destinations: endpoints.map((endpoint) => ({
          address: formatSocket(endpoint.address, endpoint.port),
          connections: 0,
        })),
      });
    };
    const outside = rule.choices(rule.externalPolicy, node);
    add(rule.address, rule.port, rule.choices(rule.internalPolicy, node));
    for (const address of [...rule.externalIPs, ...rule.balancerIPs]) add(address, rule.port, outside);
    const own = parseAddress(node.address);
    if (rule.nodePort !== 0 && own >= 0 && answersNodePorts(node.traffic, own)) add(own, rule.nodePort, outside);
  }
  const key = ({ protocol, address }: VirtualServer): string => `${protocol} ${address}`;
  return servers.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
