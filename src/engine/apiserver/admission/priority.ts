/**
 * Turns a pod's priority class into its number. Upstream: plugin/pkg/admission/priority.
 * Simplified: only the two built-in classes exist until PriorityClass is a kind.
 */
import type { Pod } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { onPodSpec } from "./pod-spec-memo.ts";

const CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};
const PREEMPTION_POLICY = "PreemptLowerPriority";

const withPriority = onPodSpec((spec) => {
  const priority = CLASSES[spec.priorityClassName ?? ""] ?? 0;
  const preemptionPolicy = spec.preemptionPolicy ?? PREEMPTION_POLICY;
  return spec.priority === priority && spec.preemptionPolicy === preemptionPolicy
    ? spec
    : { ...spec, priority, preemptionPolicy };
});

export const priority: AdmissionPlugin = {
  name: "Priority",
  resources: ["pods"],
  mutate(object, { operation, request, name }) {
    if (operation !== "create") return object;
    const { priorityClassName = "", priority: said } = (object as Pod).spec ?? {};
    if (priorityClassName !== "" && !Object.hasOwn(CLASSES, priorityClassName)) {
      throw forbidden(request.resource, name, `no PriorityClass with name ${priorityClassName} was found`);
    }
    const computed = CLASSES[priorityClassName] ?? 0;
    if (said !== undefined && said !== computed) {
      const why = `the integer value of priority (${said}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
      throw forbidden(request.resource, name, why);
    }
    return withPriority(object);
  },
};
