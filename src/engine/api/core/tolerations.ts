/** Taints against tolerations. Upstream: staging/src/k8s.io/api/core/v1/toleration.go, component-helpers/scheduling/corev1. */
import type { Taint, Toleration } from "../generated/types.ts";
import { parseInteger } from "../meta/label-requirement.ts";

function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect = "", key = "", operator = "", value = "" } = toleration;
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  const actual = taint.value ?? "";
  switch (operator) {
    case "":
    case "Equal":
      return value === actual;
    case "Exists":
      return true;
    case "Gt":
    case "Lt": {
      const bound = parseInteger(value);
      const number = parseInteger(actual);
      if (bound === undefined || number === undefined) return false;
      return operator === "Gt" ? number > bound : number < bound;
    }
    default:
      return false;
  }
}

/** The first toleration that tolerates the taint. */
export function findTolerating(tolerations: readonly Toleration[] | undefined, taint: Taint): Toleration | undefined {
  return tolerations?.find((toleration) => tolerates(toleration, taint));
}

/** The first taint of these effects that nothing tolerates. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined {
  for (const taint of taints) {
    if (effects.includes(taint.effect) && findTolerating(tolerations, taint) === undefined) return taint;
  }
  return undefined;
}

export const HARD_EFFECTS: readonly string[] = ["NoSchedule", "NoExecute"];
