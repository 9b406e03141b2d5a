/** Pods stay five minutes on a node that went silent. Upstream: plugin/pkg/admission/defaulttolerationseconds. */
import type { Toleration } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

const known = new WeakMap<ServerSettings, (object: KubeObject) => KubeObject>();

function withTolerations(settings: ServerSettings): (object: KubeObject) => KubeObject {
  let mutate = known.get(settings);
  if (mutate === undefined) known.set(settings, (mutate = tolerating(settings)));
  return mutate;
}

function tolerating({ notReadySeconds, unreachableSeconds }: ServerSettings): (object: KubeObject) => KubeObject {
  const wanted = [tolerationOf(NOT_READY, notReadySeconds), tolerationOf(UNREACHABLE, unreachableSeconds)];
  return onPodSpec((spec) => {
    const { tolerations = [] } = spec;
    const missing = wanted.filter(({ key }) => !tolerations.some((toleration) => covers(toleration, key as string)));
    return missing.length === 0 ? spec : { ...spec, tolerations: [...tolerations, ...missing] };
  });
}

function tolerationOf(key: string, tolerationSeconds: number): Toleration {
  return { key, operator: "Exists", effect: "NoExecute", tolerationSeconds };
}

/** True when the user has spoken about this taint already. */
function covers({ key = "", effect = "" }: Toleration, taint: string): boolean {
  return (key === taint || key === "") && (effect === "NoExecute" || effect === "");
}

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  resources: ["pods"],
  mutate(object, { operation, request, context }) {
    return operation === "delete" || request.subresource !== "" ? object : withTolerations(context.settings)(object);
  },
};
