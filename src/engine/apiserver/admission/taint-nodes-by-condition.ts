/** A new node takes no pods until the node lifecycle controller has seen it Ready. Upstream: plugin/pkg/admission/nodetaint. */
import type { Node, Taint } from "../../api/generated/types.ts";
import type { AdmissionPlugin } from "./admission.ts";

const NOT_READY: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  resources: ["nodes"],
  mutate(object, { operation, request }) {
    if (operation !== "create" || request.subresource !== "") return object;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return object;
    const tainted: Node = { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } };
    return tainted;
  },
};
