/** Pod. Upstream: pkg/apis/core, pkg/registry/core/pod/strategy.go. */
import type { Pod, PodStatus } from "../../generated/types.ts";
import { formatTime } from "../../../base/time.ts";
import { defineResource, specChanged } from "../../meta/resource.ts";
import { podColumns } from "./columns.ts";
import { defaultPod } from "./defaults.ts";
import { computeQosClass, type QosClass } from "./qos.ts";
import { ephemeralcontainers, resize } from "./parts.ts";
import { podWarnings } from "./warnings.ts";
import { validatePodStatusUpdate } from "./validate-status.ts";
import { validatePodUpdate } from "./validate-update.ts";
import { validatePod } from "./validation.ts";

export const pods = defineResource<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  subresources: [
    "status",
    "binding",
    "eviction",
    "log",
    "exec",
    "attach",
    "portforward",
    "proxy",
    "ephemeralcontainers",
    "resize",
  ],
  example: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [{ name: "web", image: "nginx" }] },
  },
  bumpsGeneration: specChanged,
  defaults: defaultPod,
  prepareForCreate(pod, { now }) {
    const status = NEW_STATUS[computeQosClass(pod.spec)];
    if ((pod.spec.schedulingGates?.length ?? 0) === 0) return { ...pod, status };
    const gated = {
      type: "PodScheduled",
      status: "False",
      reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
      lastTransitionTime: formatTime(now),
    };
    return { ...pod, status: { ...status, conditions: [gated] } };
  },
  // People seldom update pods: upstream warns at their creation only.
  warnings: (pod, old) => (old === undefined ? podWarnings(pod.spec, pod.metadata) : []),
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  parts: { ephemeralcontainers, resize },
  columns: podColumns,
  selectableFields: {
    // What clients of old say.
    "spec.host": (pod) => pod.spec.nodeName ?? "",
    "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
    "spec.restartPolicy": (pod) => pod.spec.restartPolicy ?? "",
    "spec.schedulerName": (pod) => pod.spec.schedulerName ?? "",
    "spec.serviceAccountName": (pod) => pod.spec.serviceAccountName ?? "",
    "spec.hostNetwork": (pod) => String(pod.spec.hostNetwork ?? false),
    "status.phase": (pod) => pod.status.phase ?? "",
    // Upstream knows the name and has no value for it.
    "status.podIPs": () => "",
    "status.podIP": (pod) => pod.status.podIP ?? "",
    "status.nominatedNodeName": (pod) => pod.status.nominatedNodeName ?? "",
  },
  gracePeriodSeconds(pod) {
    // A pod that never ran anywhere, or is over, has nothing to wait for (upstream: CheckGracefulDelete).
    if (pod.spec.nodeName === undefined || pod.spec.nodeName === "") return 0;
    if (pod.status.phase === "Failed" || pod.status.phase === "Succeeded") return 0;
    return pod.spec.terminationGracePeriodSeconds ?? 30;
  },
});

/** Shared by all new pods of a class. */
const NEW_STATUS: Readonly<Record<QosClass, PodStatus>> = {
  Guaranteed: Object.freeze({ phase: "Pending", qosClass: "Guaranteed" }),
  Burstable: Object.freeze({ phase: "Pending", qosClass: "Burstable" }),
  BestEffort: Object.freeze({ phase: "Pending", qosClass: "BestEffort" }),
};
