/** `intstr.IntOrString`: a number or a percentage. Upstream: apimachinery pkg/util/intstr/intstr.go. */
import type { IntOrString } from "../generated/types.ts";

/** The value as a whole number of `total`. Throws when a text is no percentage. */
export function scaledFromPercent(value: IntOrString, total: number, round: "up" | "down"): number {
  if (typeof value === "number") return value;
  const percent = percentOf(value);
  if (percent === undefined) {
    throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`);
  }
  const exact = (percent * total) / 100;
  return round === "up" ? Math.ceil(exact) : Math.floor(exact);
}

/** `25%` → 25; undefined when `text` is no percentage. */
export function percentOf(text: string): number | undefined {
  return /^[+-]?[0-9]+%$/.test(text) ? Number(text.slice(0, -1)) : undefined;
}
