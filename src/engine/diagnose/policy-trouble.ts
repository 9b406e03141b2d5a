/** Why a network policy denies a packet, and the one policy more that lets it through: policies only ever add. */
import type { Pod } from "../api/generated/types.ts";
import { pods } from "../api/registry.ts";
import { formatAddress } from "../network/address.ts";
import { denial } from "../network/trace.ts";
import type { Failure } from "../network/trace.ts";
import type { Explanation } from "./explanation.ts";
import type { ClusterFacts } from "./facts.ts";

/** Labels that controllers give a pod of one revision alone: a policy by them would not outlive it. */
const PASSING = new Set(["pod-template-hash", "controller-revision-hash", "pod-template-generation"]);

export function explainPolicy(failure: Failure, coarse: Explanation, facts: ClusterFacts): Explanation | undefined {
  const { trace } = failure;
  const names = trace.resolution?.denied !== undefined;
  const verdict = denial(trace) ?? trace.resolution?.denied;
  if (verdict === undefined) return undefined;
  const subject = podAt(verdict.at, facts);
  if (subject === undefined) return undefined;
  const { namespace, name } = subject.metadata;
  const egress = verdict.direction === "egress";
  const peers = names
    ? [{ namespaceSelector: {} }]
    : [egress ? peerOf(trace.to?.name, facts, trace) : peerOf(trace.from.name, facts, trace)];
  const ports = names
    ? [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ]
    : [{ protocol: trace.protocol, port: trace.port }];
  const rule = egress ? { egress: [{ to: peers, ports }] } : { ingress: [{ from: peers, ports }] };
  const policy = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: `allow-${names ? "dns" : verdict.direction}-${name}`.slice(0, 63), namespace },
    spec: {
      podSelector: { matchLabels: lastingLabels(subject) },
      policyTypes: [egress ? "Egress" : "Ingress"],
      ...rule,
    },
  };
  return { ...coarse, mend: { command: `echo '${JSON.stringify(policy)}' | kubectl apply -f -` } };
}

function podAt(station: string, facts: ClusterFacts): Pod | undefined {
  const [kind, namespace = "", name = ""] = station.split("/");
  return kind === "pod" ? facts.get(pods, namespace, name) : undefined;
}

function lastingLabels({ metadata }: Pod): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.labels ?? {}))
    if (!PASSING.has(key)) labels[key] = value as string;
  return labels;
}

/** The other end, as a policy names it: a pod by its labels and namespace, anything else by its address. */
function peerOf(station: string | undefined, facts: ClusterFacts, trace: Failure["trace"]): object {
  const endpoint = trace.endpoint?.address ?? trace.address;
  const pod =
    station === undefined || station === trace.from.name ? podWith(endpoint, facts, station) : podAt(station, facts);
  if (pod === undefined) {
    const address =
      station === trace.from.name ? (trace.seenAs ?? trace.from.addressText) : formatAddress(endpoint as number);
    return { ipBlock: { cidr: `${address}/32` } };
  }
  return {
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": pod.metadata.namespace } },
    podSelector: { matchLabels: lastingLabels(pod) },
  };
}

function podWith(
  address: Failure["trace"]["address"],
  facts: ClusterFacts,
  station: string | undefined,
): Pod | undefined {
  if (station !== undefined) return podAt(station, facts);
  const text = formatAddress(address as number);
  return facts.list(pods, "").find(({ status }) => status.podIP === text);
}
