/**
 * The `pod-template-hash` label. Upstream: ComputeHash in pkg/controller/controller_utils.go, rand.SafeEncodeString.
 * Simplified: hashes the template's JSON with sorted keys, not Go's dump of its structs: same shape, other letters.
 */
import type { PodTemplateSpec, ReplicaSet } from "../../api/generated/types.ts";
import { fnv1a32 } from "../../base/hash.ts";
import { deepEqual, stableStringify } from "../../base/json.ts";

export const POD_TEMPLATE_HASH = "pod-template-hash";
/** No vowels and nothing that looks like another one: no words in names. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

const hashes = new WeakMap<PodTemplateSpec, number>();

export function computeHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  let hash = hashes.get(template);
  if (hash === undefined) {
    hash = fnv1a32(stableStringify(template));
    hashes.set(template, hash);
  }
  const mixed = collisionCount === undefined ? hash : fnv1a32(String(collisionCount), hash);
  return [...String(mixed)].map((digit) => SAFE[digit.charCodeAt(0) % SAFE.length]).join("");
}

/** Whether two templates make the same pods: the hash label, which the deployment adds, doesn't count. */
export function equalIgnoringHash(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  if (a === b) return true;
  if (!deepEqual(withoutEmpty(a?.spec), withoutEmpty(b?.spec))) return false;
  const { labels: labelsA, ...metadataA } = a?.metadata ?? {};
  const { labels: labelsB, ...metadataB } = b?.metadata ?? {};
  return (
    deepEqual(withoutHash(labelsA), withoutHash(labelsB)) && deepEqual(withoutEmpty(metadataA), withoutEmpty(metadataB))
  );
}

function withoutHash(labels: Record<string, string> | undefined): Record<string, string> {
  const { [POD_TEMPLATE_HASH]: _, ...rest } = labels ?? {};
  return rest;
}

/** Absent and empty are the same to Kubernetes' comparison. */
function withoutEmpty(value: object | undefined): unknown {
  if (value === undefined) return {};
  return value;
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
