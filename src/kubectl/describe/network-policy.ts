/** `kubectl describe networkpolicy`. Upstream: kubectl pkg/describe/describe.go (describeNetworkPolicySpec). */
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "../../engine/api/generated/types.ts";
import { formatLabelSelector } from "../../engine/api/meta/selectors.ts";
import { parseTime } from "../../engine/base/time.ts";
import type { Call } from "../../engine/base/syscalls.ts";
import type { Invocation } from "../invocation.ts";
import { describeLabels } from "./head.ts";
import type { DescribeWriter } from "./writer.ts";

interface Direction {
  word: "From" | "To";
  isolated: string;
  open: string;
}

const INGRESS: Direction = {
  word: "From",
  isolated: "<none> (Selected pods are isolated for ingress connectivity)",
  open: "<any> (traffic not restricted by source)",
};
const EGRESS: Direction = {
  word: "To",
  isolated: "<none> (Selected pods are isolated for egress connectivity)",
  open: "<any> (traffic not restricted by destination)",
};
const RULE_END = "----------";

export function* describeNetworkPolicy(_call: Invocation, out: DescribeWriter, policy: NetworkPolicy): Call<void> {
  const { metadata, spec } = policy;
  const { podSelector = {}, ingress = [], egress = [], policyTypes = [] } = spec ?? {};
  out.line(0, `Name:\t${metadata.name}`);
  out.line(0, `Namespace:\t${metadata.namespace}`);
  out.line(0, `Created on:\t${goTime(metadata.creationTimestamp)}`);
  describeLabels(out, metadata);
  out.line(0, "Spec:");
  const isAll =
    Object.keys(podSelector.matchLabels ?? {}).length === 0 && (podSelector.matchExpressions ?? []).length === 0;
  const chosen = isAll
    ? "<none> (Allowing the specific traffic to all pods in this namespace)"
    : formatLabelSelector(podSelector);
  out.line(1, `PodSelector:     ${chosen}`);
  if (policyTypes.includes("Ingress")) {
    out.line(1, "Allowing ingress traffic:");
    describeRules(
      out,
      INGRESS,
      ingress.map(({ ports, from }) => ({ ports, peers: from })),
    );
  } else out.line(1, "Not affecting ingress traffic");
  if (policyTypes.includes("Egress")) {
    out.line(1, "Allowing egress traffic:");
    describeRules(
      out,
      EGRESS,
      egress.map(({ ports, to }) => ({ ports, peers: to })),
    );
  } else out.line(1, "Not affecting egress traffic");
  out.line(1, `Policy Types: ${policyTypes.join(", ") || "<none>"}`);
}

function describeRules(
  out: DescribeWriter,
  { word, isolated, open }: Direction,
  rules: readonly { ports?: NetworkPolicyPort[] | undefined; peers?: NetworkPolicyPeer[] | undefined }[],
): void {
  if (rules.length === 0) out.line(2, isolated);
  for (const [index, { ports = [], peers = [] }] of rules.entries()) {
    if (ports.length === 0) out.line(2, "To Port: <any> (traffic allowed to all ports)");
    for (const port of ports) out.line(2, portText(port));
    if (peers.length === 0) out.line(2, `${word}: ${open}`);
    for (const peer of peers) {
      out.line(2, `${word}:`);
      for (const line of peerLines(peer)) out.line(3, line);
    }
    if (index < rules.length - 1) out.line(2, RULE_END);
  }
}

function portText({ port, endPort, protocol = "TCP" }: NetworkPolicyPort): string {
  const first = port ?? "<nil>";
  return endPort === undefined ? `To Port: ${first}/${protocol}` : `To Port Range: ${first}-${endPort}/${protocol}`;
}

function peerLines({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): string[] {
  const lines: string[] = [];
  if (namespaceSelector !== undefined) lines.push(`NamespaceSelector: ${formatLabelSelector(namespaceSelector)}`);
  if (podSelector !== undefined) lines.push(`PodSelector: ${formatLabelSelector(podSelector)}`);
  if (lines.length > 0 || ipBlock === undefined) return lines;
  return ["IPBlock:", `  CIDR: ${ipBlock.cidr}`, `  Except: ${(ipBlock.except ?? []).join(", ")}`];
}

/** `2026-01-01 00:00:00 +0000 UTC` */
function goTime(text: string): string {
  return `${new Date(parseTime(text)).toISOString().replace("T", " ").slice(0, 19)} +0000 UTC`;
}
