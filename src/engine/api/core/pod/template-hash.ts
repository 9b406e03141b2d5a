/**
 * The label `pod-template-hash`. Upstream: ComputeHash in pkg/controller/controller_utils.go, apimachinery pkg/util/rand.
 *
 * Simplified: upstream hashes Go's dump of the template; here it is the template's JSON with sorted keys, so the values
 * differ from those of a real cluster, their shape does not.
 */
import { fnv1a32 } from "../../../base/hash.ts";
import { stableStringify } from "../../../base/json.ts";
import type { PodTemplateSpec } from "../../generated/types.ts";
import { memoize } from "../../meta/share.ts";

export const POD_TEMPLATE_HASH = "pod-template-hash";
/** No vowels and nothing that looks like one, so that names don't spell words. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

const hashOf = memoize((template: PodTemplateSpec): number => fnv1a32(stableStringify(template)));

/** `collisionCount` of the Deployment tells apart templates whose hashes are equal. */
export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const hash = hashOf(template);
  const mixed = collisionCount === undefined ? hash : fnv1a32(`${collisionCount}`, hash);
  return Array.from(`${mixed}`, (digit) => SAFE[digit.charCodeAt(0) % SAFE.length]).join("");
}
