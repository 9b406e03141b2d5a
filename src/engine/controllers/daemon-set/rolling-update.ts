/** How pods get to the newest revision. Upstream: rollingUpdate in pkg/controller/daemon/update.go. */
import type { DaemonSet, Pod } from "../../api/generated/types.ts";
import { scaledFromPercent } from "../../api/meta/int-or-string.ts";
import { isAvailable, isGoing } from "./daemon-pods.ts";
import { eligibility } from "./eligible-nodes.ts";
import type { Changes, Observed } from "./plan.ts";
import { isUpdated } from "./pod-template.ts";

/** How many pods may be there besides the wanted number; a share is rounded up. */
export function surgeOf({ spec }: DaemonSet, desired: number): number {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  return type === "RollingUpdate" ? scaledFromPercent(rollingUpdate?.maxSurge ?? 0, desired, "up") : 0;
}

/** How many may be missing; a share is rounded up. */
export function maxUnavailableOf({ spec }: DaemonSet, desired: number): number {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  return type === "RollingUpdate" ? scaledFromPercent(rollingUpdate?.maxUnavailable ?? 0, desired, "up") : 0;
}

/** A node that counts for the update, with its old and new pod. */
interface Place {
  node: string;
  /** More pods than one of each: what to do first is tidy up. */
  crowded: boolean;
  current: Pod | undefined;
  old: Pod | undefined;
}

export function planRollingUpdate(observed: Observed): Changes {
  const { daemonSet, nodes, byNode } = observed;
  const wanted = nodes.filter((node) => eligibility(daemonSet, node).shouldRun).map(({ metadata }) => metadata.name);
  const missing = wanted.filter((name) => !byNode.has(name));
  const places = [
    ...Array.from(byNode, ([node, pods]) => placeOf(observed, node, pods)),
    ...missing.map((node) => ({ node, crowded: false, current: undefined, old: undefined })),
  ];
  const surge = surgeOf(daemonSet, wanted.length);
  if (surge > 0) return planSurge(observed, places, { surge, wanted: new Set(wanted) });
  return planReplacement(observed, places, Math.max(maxUnavailableOf(daemonSet, wanted.length), 1));
}

function placeOf({ daemonSet, hash }: Observed, node: string, pods: readonly Pod[]): Place {
  const present = pods.filter((pod) => !isGoing(pod));
  const current = present.filter((pod) => isUpdated(pod, daemonSet, hash));
  const old = present.filter((pod) => !current.includes(pod));
  return { node, crowded: current.length > 1 || old.length > 1, current: current[0], old: old[0] };
}

/** Old pods that serve nobody go at once, others as far as not too many are missing. */
function planReplacement({ daemonSet, now }: Observed, places: readonly Place[], maxUnavailable: number): Changes {
  let unavailable = 0;
  const free: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { crowded, current, old } of places) {
    if (crowded || (current === undefined) === (old === undefined)) unavailable++;
    else if (old === undefined) unavailable += current !== undefined && isAvailable(current, daemonSet, now) ? 0 : 1;
    else if (isAvailable(old, daemonSet, now)) candidates.push(old);
    else {
      free.push(old);
      unavailable++;
    }
  }
  return { create: [], remove: [...free, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** New pods come beside old ones, which go once the new one is available. */
function planSurge(
  { daemonSet, now }: Observed,
  places: readonly Place[],
  { surge, wanted }: { surge: number; wanted: ReadonlySet<string> },
): Changes {
  const remove: Pod[] = [];
  const free: string[] = [];
  const candidates: string[] = [];
  /** Old pods on nodes where none belongs any more: they go as others become available. */
  const misplaced: Pod[] = [];
  let surging = 0;
  let available = 0;
  for (const { node, crowded, current, old } of places) {
    if (crowded) {
      surging++;
      continue;
    }
    const serving = old ?? current;
    const serves = serving !== undefined && isAvailable(serving, daemonSet, now);
    if (serves) available++;
    if (old === undefined) continue;
    if (current !== undefined) {
      if (isAvailable(current, daemonSet, now)) remove.push(old);
      else surging++;
    } else if (!wanted.has(node)) (serves ? misplaced : remove).push(old);
    else (serves ? candidates : free).push(node);
  }
  remove.push(...misplaced.slice(0, Math.max(0, available - wanted.size)));
  return { create: [...free, ...candidates.slice(0, Math.max(0, surge - surging))], remove };
}
