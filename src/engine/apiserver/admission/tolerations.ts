/** Sets of tolerations. Upstream: pkg/util/tolerations. */
import type { Toleration } from "../../api/generated/types.ts";
import { deepEqual } from "../../base/json.ts";

/** Whether `wide` tolerates all that `narrow` does. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (deepEqual(wide, narrow)) return true;
  const everyKey = (wide.key ?? "") === "" && wide.operator === "Exists";
  if ((narrow.key ?? "") !== (wide.key ?? "") && !everyKey) return false;
  if ((narrow.effect ?? "") !== (wide.effect ?? "") && (wide.effect ?? "") !== "") return false;
  if (wide.effect === "NoExecute" && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === "Exists") return true;
  return (narrow.operator ?? "Equal") === "Equal" && (narrow.value ?? "") === (wide.value ?? "");
}

/** Both lists without what others of them cover; of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, toleration] of all.entries()) {
    if (merged.some((each) => covers(each, toleration))) continue;
    const later = all.slice(index + 1);
    if (later.some((each) => !deepEqual(each, toleration) && covers(each, toleration))) continue;
    merged.push(toleration);
  }
  return merged;
}

export function areAllowed(tolerations: readonly Toleration[], allowed: readonly Toleration[]): boolean {
  return tolerations.every((toleration) => allowed.some((each) => covers(each, toleration)));
}
