/**
 * Pods that ask for devices tolerate taints of the same name: only they run on the nodes that have them.
 * Upstream: plugin/pkg/admission/extendedresourcetoleration.
 */
import type { Toleration } from "../../api/generated/types.ts";
import { isExtendedResource } from "../../api/core/extended-resource.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const withTolerations = onPodSpec((spec) => {
  const names = [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
    .filter(isExtendedResource);
  const { tolerations = [] } = spec;
  const added = [...new Set(names)].sort().flatMap((key): Toleration[] => {
    const toleration = { key, operator: "Exists", effect: "NoSchedule" };
    return tolerations.some((each) => isSame(each, toleration)) ? [] : [toleration];
  });
  return added.length === 0 ? spec : { ...spec, tolerations: [...tolerations, ...added] };
});

function isSame(toleration: Toleration, { key, operator, effect }: Toleration): boolean {
  const { tolerationSeconds, value = "" } = toleration;
  const same = toleration.key === key && toleration.operator === operator && toleration.effect === effect;
  return same && value === "" && tolerationSeconds === undefined;
}

export const extendedResourceToleration: AdmissionPlugin = {
  name: "ExtendedResourceToleration",
  resources: ["pods"],
  mutate(object, { operation, request }) {
    return operation === "delete" || request.subresource !== "" ? object : withTolerations(object);
  },
};
