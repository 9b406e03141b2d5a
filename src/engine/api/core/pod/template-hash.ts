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

/** No vowels and nothing that looks like one, so that names don't spell words. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Each character of `text` as one that is safe in names; the same length. */
export function safeEncodeString(text: string): string {
  let encoded = "";
  for (let at = 0; at < text.length; at++) encoded += ALPHABET[text.charCodeAt(at) % ALPHABET.length];
  return encoded;
}

const templateText = memoize((template: PodTemplateSpec): string => stableStringify(template));

/** `collisionCount` of the Deployment tells apart templates whose hashes are equal. */
export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  let hash = fnv1a32(templateText(template));
  if (collisionCount !== undefined) hash = fnv1a32(`${collisionCount}`, hash);
  return safeEncodeString(`${hash}`);
}
