/** Why a node's rules are those of before: its kube-proxy doesn't run, for whatever reason. */
import type { Pod } from "../api/generated/types.ts";
import { daemonSets, endpointSlices, pods } from "../api/registry.ts";
import type { NodeNetwork } from "../network/node-network.ts";
import { found } from "./explanation.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";

const NAMESPACE = "kube-system";
const NAME = "kube-proxy";

/** Undefined where the node's proxy runs. */
export function explainDeadProxy(
  service: string,
  node: NodeNetwork | undefined,
  facts: ClusterFacts,
): Explanation | undefined {
  if (node === undefined || node.proxyRunning) return undefined;
  const values = { service, node: node.name };
  const own = proxies(facts).find(({ spec }) => spec.nodeName === node.name);
  if (own !== undefined && ends(own)) {
    const pod = own.metadata.name;
    const more = { ...values, pod, says: facts.lastError(NAMESPACE, pod) ?? "nothing" };
    return found({ cause: "proxy-ends", change: "proxy-configuration" }, more);
  }
  if (isTakenAway(facts))
    return found({ cause: "proxy-gone", change: "start-proxy" }, values, { command: "drydock start kube-proxy" });
  return found({ cause: "old-rules", change: "proxy-there" }, values);
}

/** No kube-proxy runs on any node. */
export function explainNoProxy(service: string, facts: ClusterFacts): Explanation | undefined {
  if (facts.isUp(NAME)) return undefined;
  const values = { service };
  const [first] = proxies(facts).filter(ends);
  if (first === undefined)
    return found({ cause: "no-proxy", change: "start-proxy" }, values, { command: "drydock start kube-proxy" });
  const { name: pod } = first.metadata;
  const more = { ...values, pod, node: first.spec.nodeName ?? "", says: facts.lastError(NAMESPACE, pod) ?? "nothing" };
  return found({ cause: "proxy-ends", change: "proxy-configuration" }, more);
}

/** Its endpoints are there, and the rules will have them in a moment. */
export function explainEndpointsBehind(service: string, facts: ClusterFacts): Explanation | undefined {
  const [namespace = "", name = ""] = service.split("/");
  const there = facts
    .list(endpointSlices, namespace)
    .some(
      ({ metadata, endpoints = [] }) =>
        metadata.labels?.["kubernetes.io/service-name"] === name &&
        endpoints.some(({ conditions }) => conditions?.ready !== false),
    );
  return there ? found({ cause: "endpoints-behind", change: "wait" }, { service }) : undefined;
}

function proxies(facts: ClusterFacts): Pod[] {
  return facts.list(pods, NAMESPACE).filter(({ metadata }) => metadata.labels?.["k8s-app"] === NAME);
}

/** Its program has ended at least once, and is not up. */
function ends({ status }: Pod): boolean {
  return (status.containerStatuses ?? []).some(
    ({ restartCount, state }) => restartCount > 0 || state?.terminated !== undefined,
  );
}

/** Its daemon set is gone, or sent to no node (`drydock stop kube-proxy`). */
function isTakenAway(facts: ClusterFacts): boolean {
  const set = facts.get(daemonSets, NAMESPACE, NAME);
  return set === undefined || set.spec.template.spec?.nodeSelector?.["drydock/stopped"] !== undefined;
}
