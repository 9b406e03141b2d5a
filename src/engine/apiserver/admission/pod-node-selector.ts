/**
 * Pods of a namespace run only where its annotation says. Upstream: plugin/pkg/admission/podnodeselector.
 * Simplified: no default of the cluster and no whitelists (upstream's configuration of the plugin).
 */
import type { Namespace, Pod } from "../../api/generated/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { forbidden, StatusError } from "../../api/meta/status-error.ts";
import type { AdmissionPlugin, AdmissionRequest } from "./admission.ts";

const SELECTOR = "scheduler.alpha.kubernetes.io/node-selector";

export const podNodeSelector: AdmissionPlugin = {
  name: "PodNodeSelector",
  resources: ["pods"],
  mutate(object, attributes) {
    if (attributes.operation !== "create" || attributes.request.subresource !== "") return object;
    const wanted = selectorOf(attributes);
    const { spec } = object as Pod;
    if (Object.keys(wanted).length === 0) return object;
    checkConflict(wanted, spec, attributes);
    return { ...object, spec: { ...spec, nodeSelector: { ...wanted, ...spec.nodeSelector } } } as KubeObject;
  },
  validate(object, attributes) {
    if (attributes.operation !== "create" || attributes.request.subresource !== "") return;
    checkConflict(selectorOf(attributes), (object as Pod).spec, attributes);
  },
};

function checkConflict(wanted: Labels, { nodeSelector = {} }: Pod["spec"], attributes: AdmissionRequest): void {
  if (Object.entries(wanted).every(([key, value]) => (nodeSelector[key] ?? value) === value)) return;
  const why = "pod node label selector conflicts with its namespace node label selector";
  throw forbidden(attributes.request.resource, attributes.name, why);
}

type Labels = Readonly<Record<string, string>>;

/** `disk=ssd,zone=a` of the namespace's annotation. Upstream: labels.ConvertSelectorToLabelsMap. */
function selectorOf({ context, request }: AdmissionRequest): Labels {
  const resource = context.resourceById("namespaces");
  const home = resource && (context.objects.get(resource, "", request.namespace) as Namespace | undefined);
  const text = home?.metadata.annotations?.[SELECTOR] ?? "";
  const labels: Record<string, string> = {};
  for (const pair of text.split(",")) {
    if (text === "") break;
    const [key = "", value, ...more] = pair.split("=");
    if (value === undefined || more.length > 0) {
      throw new StatusError(500, "InternalError", `Internal error occurred: invalid selector: [${pair}]`);
    }
    labels[key.trim()] = value.trim();
  }
  return labels;
}
