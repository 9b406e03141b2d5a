/**
 * What a pod asks for in all, as quantities by name. Upstream: PodRequests and PodLimits of component-helpers/resource/helpers.go.
 */
import type { PodSpec } from "../../generated/types.ts";
import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from "../../meta/quantity.ts";
import { isSidecar } from "./sidecar.ts";

type Amounts = Readonly<Record<string, string>>;

const NOTHING: Amounts = {};

/**
 * Requests or limits of the pod's worst moment: all its running containers, or one init container beside the sidecars that
 * started before it. What the pod itself asks for comes before its containers' sum.
 */
export function podTotals(spec: PodSpec, field: "requests" | "limits"): Amounts {
  const total = new Map<string, string>();
  const sidecars = new Map<string, string>();
  const peaks = new Map<string, string>();
  for (const { resources } of spec.containers ?? []) addAll(total, resources?.[field]);
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[field];
    if (isSidecar(container)) {
      addAll(total, own);
      addAll(sidecars, own);
      raiseAll(peaks, sidecars);
    } else {
      const beside = new Map(sidecars);
      addAll(beside, own);
      raiseAll(peaks, beside);
    }
  }
  raiseAll(total, peaks);
  return { ...Object.fromEntries(total), ...spec.resources?.[field] };
}

/** As `podTotals`, with what the pod costs besides its containers; it raises only limits that there are. */
export function podTotalsWithOverhead(spec: PodSpec, field: "requests" | "limits"): Amounts {
  const totals = podTotals(spec, field);
  if (spec.overhead === undefined) return totals;
  const result = new Map(Object.entries(totals));
  for (const [name, amount] of Object.entries(spec.overhead)) {
    if (field === "requests" || result.has(name)) addAll(result, { [name]: amount });
  }
  return Object.fromEntries(result);
}

function addAll(total: Map<string, string>, more: Amounts = NOTHING): void {
  for (const name in more) {
    const sum = addQuantities(parseQuantity(total.get(name) ?? "0"), parseQuantity(more[name] as string));
    total.set(name, formatQuantity(sum));
  }
}

function raiseAll(total: Map<string, string>, other: ReadonlyMap<string, string>): void {
  for (const [name, amount] of other) {
    const present = total.get(name);
    if (present === undefined || compareQuantities(parseQuantity(amount), parseQuantity(present)) > 0) {
      total.set(name, amount);
    }
  }
}
