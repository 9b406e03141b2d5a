/** Pods under quotas. Upstream: pkg/quota/v1/evaluator/core/pods.go. */
import { isExtendedResource } from "../core/extended-resource.ts";
import { computeQosClass } from "../core/pod/qos.ts";
import { podTotalsWithOverhead } from "../core/pod/totals.ts";
import type { Pod, PodAffinityTerm, PodSpec, ScopedResourceSelectorRequirement } from "../generated/types.ts";
import { memoize } from "../meta/share.ts";
import type { Amounts } from "./amounts.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

const COUNT = "count/pods";
const HUGE_PAGES = "hugepages-";
const REQUESTS = "requests.";
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const RESOURCES = new Set([
  COUNT,
  "pods",
  ...COMPUTE.flatMap((name) => [name, `${REQUESTS}${name}`, `limits.${name}`]),
]);
/** Under a quota on these every container must say how much it wants. */
const MUST_SAY = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);
const ENDED: Amounts = { [COUNT]: "1" };

export const podEvaluator: QuotaEvaluator<Pod> = {
  updates: false,
  updatesThrough: "resize",
  counts: (name) =>
    RESOURCES.has(name) ||
    name.startsWith(HUGE_PAGES) ||
    name.startsWith(`${REQUESTS}${HUGE_PAGES}`) ||
    (name.startsWith(REQUESTS) && isExtendedResource(name.slice(REQUESTS.length))),
  usage: (pod, now) => (isCharged(pod, now) ? specUsage(pod.spec) : ENDED),
  constraint: ({ spec }, names) => missingAmounts(spec, names),
  isWithin: ({ spec }, scope) => isWithin(spec, scope),
};

/** False for a pod that has ended, or that should have been gone by now. */
export function isCharged({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

/** Pods of one template use the same. */
const specUsage = memoize((spec: PodSpec): Amounts => {
  const asked = containerUsage(podTotalsWithOverhead(spec, "requests"), podTotalsWithOverhead(spec, "limits"));
  return { ...ENDED, pods: "1", ...asked };
});

function containerUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage: Record<string, string> = {};
  for (const [name, amount] of Object.entries(requests)) {
    if (COMPUTE.includes(name) || name.startsWith(HUGE_PAGES)) usage[name] = amount;
    if (COMPUTE.includes(name) || name.startsWith(HUGE_PAGES) || isExtendedResource(name))
      usage[`${REQUESTS}${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) if (COMPUTE.includes(name)) usage[`limits.${name}`] = amount;
  return usage;
}

/** `must specify limits.cpu for: web; requests.cpu for: sidecar,web` */
function missingAmounts(spec: PodSpec, names: readonly string[]): string | undefined {
  const needed = names.filter((name) => MUST_SAY.has(name)).toSorted();
  if (needed.length === 0) return undefined;
  const said = containerUsage(spec.resources?.requests ?? {}, spec.resources?.limits ?? {});
  if (needed.every((name) => said[name] !== undefined)) return undefined;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])].map(({ name, resources }) => ({
    name,
    usage: containerUsage(resources?.requests ?? {}, resources?.limits ?? {}),
  }));
  const missing = needed.flatMap((name) => {
    const without = containers.filter(({ usage }) => usage[name] === undefined).map((container) => container.name);
    return without.length === 0 ? [] : [`${name} for: ${[...new Set(without)].toSorted().join(",")}`];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join("; ")}`;
}

function isWithin(spec: PodSpec, scope: ScopedResourceSelectorRequirement): boolean {
  switch (scope.scopeName) {
    case "Terminating":
      return (spec.activeDeadlineSeconds ?? -1) >= 0;
    case "NotTerminating":
      return (spec.activeDeadlineSeconds ?? -1) < 0;
    case "BestEffort":
      return computeQosClass(spec) === "BestEffort";
    case "NotBestEffort":
      return computeQosClass(spec) !== "BestEffort";
    case "CrossNamespacePodAffinity":
      return usesOtherNamespaces(spec);
    case "PriorityClass":
      return isSelected(spec.priorityClassName ?? "", scope);
    default:
      return false;
  }
}

/** A requirement on a name that may not be there. */
export function isSelected(name: string, { operator, values = [] }: ScopedResourceSelectorRequirement): boolean {
  switch (operator) {
    case "Exists":
      return name !== "";
    case "DoesNotExist":
      return name === "";
    case "In":
      return name !== "" && values.includes(name);
    default:
      return operator === "NotIn" && !values.includes(name);
  }
}

function usesOtherNamespaces({ affinity }: PodSpec): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some(
    (terms) =>
      terms?.requiredDuringSchedulingIgnoredDuringExecution?.some(namesNamespaces) === true ||
      terms?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) =>
        namesNamespaces(podAffinityTerm),
      ) === true,
  );
}

function namesNamespaces({ namespaces = [], namespaceSelector }: PodAffinityTerm): boolean {
  return namespaces.length > 0 || namespaceSelector !== undefined;
}
