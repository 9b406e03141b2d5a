import type { Pod } from "../../api/generated/types.ts";

/** Why a pod can't have a volume that another node has. Upstream: reportMultiAttachError of reconciler.go. */
export function multiAttachMessage(volume: string, { metadata }: Pod, others: readonly Pod[]): string {
  const prefix = `Multi-Attach error for volume ${JSON.stringify(volume)}`;
  if (others.length === 0) {
    return `${prefix} Volume is already exclusively attached to one node and can't be attached to another`;
  }
  const near = others.filter((pod) => pod.metadata.namespace === metadata.namespace).map((pod) => pod.metadata.name);
  const far = others.length - near.length;
  if (near.length === 0) return `${prefix} Volume is already used by ${far} pod(s) in different namespaces`;
  const rest = far > 0 ? ` and ${far} pod(s) in different namespaces` : "";
  return `${prefix} Volume is already used by pod(s) ${near.join(", ")}${rest}`;
}
