/** What is wrong with a node's rules: one of root's that stops packets, or kube-proxy's that are gone. */
import type { NodeNetwork } from "../network/node-network.ts";
import type { Trace } from "../network/trace.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";

/** When a proxy writes everything, by its mode. */
const WRITES: Readonly<Record<NodeNetwork["proxyMode"], string>> = {
  iptables: "when it starts, finds its canary chain in the mangle table gone, or an hour has passed",
  ipvs: "when it starts, a service changes, or an hour has passed",
  nftables: "when it starts, or an hour has passed",
};

/** A rule that is nobody's but root's ended it. */
export function explainFilter({ node, rule, family }: NonNullable<Trace["filter"]>): Explanation {
  const undo = rule.replace(/(^|-t \w+ )-A /, "$1-D ").replace(/(^|-t \w+ )-P (\w+) DROP$/, "$1-P $2 ACCEPT");
  return found(
    { cause: "packet-filter", change: undo.includes("-P ") ? "filter-policy" : "delete-rule" },
    { node: node.name, rule },
    {
      command: `minikube ssh -n ${node.name} 'sudo ${family === "IPv6" ? "ip6tables" : "iptables"} ${undo.replaceAll("'", `'\\''`)}'`,
    },
  );
}

/** A service that is there, and for which a node whose tables were changed by hand has no rule. */
export function explainMissingRules(service: string, node: NodeNetwork | undefined): Explanation | undefined {
  if (node?.filter.active !== true || !node.proxyRunning) return undefined;
  return found(
    { cause: "rules-gone", change: "restart-proxy" },
    { service, node: node.name, when: WRITES[node.proxyMode] },
    {
      command: `kubectl delete pod -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName=${node.name}`,
    },
  );
}
