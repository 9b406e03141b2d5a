/** A pod's quality-of-service class. Upstream: pkg/apis/core/v1/helper/qos/qos.go. */
import type { PodSpec } from "../../generated/types.ts";
import { compareQuantities, milliValue, parseQuantity } from "../../meta/quantity.ts";
import { memoize } from "../../meta/share.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** The class that follows from a spec, kept by spec. A pod carries it in `status.qosClass`. */
export const computeQosClass = memoize((spec: PodSpec): QosClass => {
  const pod = spec.resources;
  const units = pod === undefined ? [...(spec.containers ?? []), ...(spec.initContainers ?? [])] : [{ resources: pod }];
  const requests = new Map<string, string[]>();
  const limits = new Map<string, string[]>();
  let guaranteed = true;
  for (const { resources } of units) {
    collect(requests, resources?.requests);
    const limited = collect(limits, resources?.limits);
    if (!limited.has("cpu") || !limited.has("memory")) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  if (!guaranteed || requests.size !== limits.size) return "Burstable";
  for (const [name, texts] of requests) {
    const other = limits.get(name);
    if (other === undefined || sum(texts) !== sum(other)) return "Burstable";
  }
  return "Guaranteed";
});

/** Only cpu and memory above zero count. */
function collect(into: Map<string, string[]>, list: Readonly<Record<string, string>> | undefined): Set<string> {
  const seen = new Set<string>();
  for (const name of ["cpu", "memory"]) {
    const text = list?.[name];
    if (text === undefined || compareQuantities(parseQuantity(text), parseQuantity("0")) <= 0) continue;
    seen.add(name);
    into.set(name, [...(into.get(name) ?? []), text]);
  }
  return seen;
}

function sum(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + milliValue(text), 0);
}
