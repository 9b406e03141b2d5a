/**
 * Pods may keep others off their node, not off a whole zone.
 * Upstream: plugin/pkg/admission/antiaffinity.
 */
import type { Pod } from "../../api/generated/types.ts";
import { forbidden } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin } from "./admission.ts";

const HOSTNAME = "kubernetes.io/hostname";

export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: "LimitPodHardAntiAffinityTopology",
  resources: ["pods"],
  validate(object, { operation, request, name }) {
    if (object === undefined || operation === "delete" || request.subresource !== "") return;
    const required = (object as Pod).spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const wide = (required ?? []).find(({ topologyKey }) => topologyKey !== HOSTNAME);
    if (wide === undefined) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wide.topologyKey} but only key ${HOSTNAME} is allowed`;
    throw forbidden(request.resource, name, why);
  },
};
