/** Labels and taints of a control-plane node. Upstream: cmd/kubeadm/app/phases/markcontrolplane. */
import { nodes } from "../../../api/registry.ts";
import type { Client } from "../../../client/client.ts";

const ROLE = "node-role.kubernetes.io/control-plane";
const LABELS = [ROLE, "node.kubernetes.io/exclude-from-external-load-balancers"];
const TAINT = { key: ROLE, effect: "NoSchedule" } as const;

/** Answers what kubeadm says of it. */
export function markControlPlane(client: Client, name: string): string {
  const { spec } = client.resource(nodes).get("", name);
  const others = (spec.taints ?? []).filter(({ key, effect }) => key !== TAINT.key || effect !== TAINT.effect);
  client.resource(nodes).patch("", name, {
    metadata: { labels: Object.fromEntries(LABELS.map((label) => [label, ""])) },
    spec: { taints: [...others, TAINT] },
  });
  const marking = `[mark-control-plane] Marking the node ${name} as control-plane by adding the`;
  return `${marking} labels: [${LABELS.join(" ")}]\n${marking} taints [${TAINT.key}:${TAINT.effect}]\n`;
}
