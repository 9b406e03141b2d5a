/** Keeps pods and claims within their namespace's LimitRanges. Upstream: plugin/pkg/admission/limitranger. */
import type { LimitRange, PersistentVolumeClaim, Pod, PodSpec } from "../../../api/generated/types.ts";
import type { KubeObject } from "../../../api/meta/object.ts";
import { forbidden } from "../../../api/meta/status-error.ts";
import { limitRanges } from "../../../api/registry.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { claimComplaints, podComplaints } from "./constraints.ts";
import { withDefaults } from "./defaults.ts";
import { aggregate } from "../../../base/go-errors.ts";

const ANNOTATION = "kubernetes.io/limit-ranger";
const PODS = "pods";
const RESIZE = "resize";

export const limitRanger: AdmissionPlugin = {
  name: "LimitRanger",
  resources: [PODS, "persistentvolumeclaims"],
  mutate(object, attributes) {
    const { operation, request } = attributes;
    if (operation !== "create" || request.resource.id !== PODS || request.subresource !== "") return object;
    const ranges = rangesOf(attributes);
    const given = object as Pod;
    if (ranges.length === 0 || given.spec === undefined) return object;
    const { spec, annotation } = completed(given.spec, ranges);
    if (spec === given.spec) return object;
    const annotations = { ...given.metadata.annotations, [ANNOTATION]: annotation };
    return { ...given, metadata: { ...given.metadata, annotations }, spec } as KubeObject;
  },
  validate(object, attributes) {
    if (object === undefined || !isLimited(attributes)) return;
    const ranges = rangesOf(attributes);
    if (ranges.length === 0) return;
    const { request, name } = attributes;
    for (const range of ranges) {
      const complaints =
        request.resource.id === PODS
          ? podComplaints((object as Pod).spec, range)
          : claimComplaints(object as PersistentVolumeClaim, range);
      if (complaints.length > 0) throw forbidden(request.resource, name, aggregate(complaints));
    }
  },
};

/** What containers ask for changes by a resize alone, what a claim asks for by any update. */
function isLimited({ operation, request }: AdmissionRequest): boolean {
  const { resource, subresource } = request;
  if (operation === "delete") return false;
  if (resource.id !== PODS) return subresource === "";
  return subresource === RESIZE || (operation === "create" && subresource === "");
}

function rangesOf({ context, request }: AdmissionRequest): readonly LimitRange[] {
  return context.lists.list(limitRanges, request.namespace);
}

interface Completed {
  readonly ranges: readonly LimitRange[];
  readonly spec: PodSpec;
  readonly annotation: string;
}

/** Pods of one template share their spec; under the same ranges they share the completed one. */
const known = new WeakMap<PodSpec, Completed>();

function completed(spec: PodSpec, ranges: readonly LimitRange[]): Completed {
  const found = known.get(spec);
  if (found?.ranges === ranges) return found;
  let result: Completed = { ranges, spec, annotation: "" };
  for (const range of ranges) {
    const { spec: next, set } = withDefaults(result.spec, range);
    if (set.length > 0) result = { ranges, spec: next, annotation: `LimitRanger plugin set: ${set.join("; ")}` };
  }
  known.set(spec, result);
  return result;
}
