/** Pods stay five minutes on a node that went silent. Upstream: plugin/pkg/admission/defaulttolerationseconds. */
import type { Toleration } from "../../api/generated/types.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";
const TOLERATION_SECONDS = 300;

const withTolerations = onPodSpec((spec) => {
  const { tolerations = [] } = spec;
  const missing = [NOT_READY, UNREACHABLE].filter((key) => !tolerations.some((toleration) => covers(toleration, key)));
  if (missing.length === 0) return spec;
  const added = missing.map((key): Toleration => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: TOLERATION_SECONDS,
  }));
  return { ...spec, tolerations: [...tolerations, ...added] };
});

/** True when the user has spoken about this taint already. */
function covers({ key = "", effect = "" }: Toleration, taint: string): boolean {
  return (key === taint || key === "") && (effect === "NoExecute" || effect === "");
}

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  resources: ["pods"],
  mutate(object, { operation, request }) {
    return operation === "delete" || request.subresource !== "" ? object : withTolerations(object);
  },
};
