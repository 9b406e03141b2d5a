/** Which templates make the same pods. Upstream: EqualIgnoreHash in pkg/controller/deployment/util/deployment_util.go. */
import { POD_TEMPLATE_HASH } from "../../api/core/pod/template-hash.ts";
import type { PodTemplateSpec, ReplicaSet } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";

/** Whether two templates make the same pods: the hash label, which the deployment adds, doesn't count. */
export function equalIgnoringHash(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  if (a === b) return true;
  if (!deepEqual(a?.spec ?? {}, b?.spec ?? {})) return false;
  const { labels: labelsA, ...metadataA } = a?.metadata ?? {};
  const { labels: labelsB, ...metadataB } = b?.metadata ?? {};
  return deepEqual(withoutHash(labelsA), withoutHash(labelsB)) && deepEqual(metadataA, metadataB);
}

function withoutHash(labels: Record<string, string> | undefined): Record<string, string> {
  const { [POD_TEMPLATE_HASH]: _, ...rest } = labels ?? {};
  return rest;
}

const matching = new WeakMap<PodTemplateSpec, WeakMap<PodTemplateSpec, boolean>>();

/** `equalIgnoringHash`, remembered for each pair of templates: they are shared by all versions of their objects. */
export function makesSamePods(replicaSet: ReplicaSet, template: PodTemplateSpec): boolean {
  const other = replicaSet.spec.template;
  if (other === undefined) return false;
  let known = matching.get(template);
  if (known === undefined) {
    known = new WeakMap();
    matching.set(template, known);
  }
  let equal = known.get(other);
  if (equal === undefined) {
    equal = equalIgnoringHash(other, template);
    known.set(other, equal);
  }
  return equal;
}
