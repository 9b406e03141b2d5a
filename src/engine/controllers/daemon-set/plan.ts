/** Which pods come and go, node by node. Upstream: podsShouldBeOnNode and manage in pkg/controller/daemon/daemon_controller.go. */
import { isPodReady } from "../../api/core/pod/conditions.ts";
import type { DaemonSet, Node, Pod } from "../../api/generated/types.ts";
import { REVISION_LABEL } from "../history/revisions.ts";
import { isAvailable, isBound, isGoing } from "./daemon-pods.ts";
import type { PodsByNode } from "./daemon-pods.ts";
import { eligibility } from "./eligible-nodes.ts";
import { surgeOf } from "./rolling-update.ts";

/** What the pass knows. `hash` names the newest revision. */
export interface Observed {
  daemonSet: DaemonSet;
  nodes: readonly Node[];
  byNode: PodsByNode;
  hash: string;
  now: number;
}

export interface Ended {
  pod: Pod;
  node: string;
}

export interface Changes {
  /** Nodes that need a pod. */
  create: readonly string[];
  remove: readonly Pod[];
}

export interface Plan extends Changes {
  /** Pods that failed: they go too, but not sooner than their back-off allows. */
  failed: readonly Ended[];
  /** Pods that ended well: they go too. */
  succeeded: readonly Ended[];
}

type Mutable<T> = { [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : never };

export function planDaemonSet(observed: Observed): Plan {
  const plan: Mutable<Plan> = { create: [], remove: [], failed: [], succeeded: [] };
  const known = new Set<string>();
  for (const node of observed.nodes) {
    known.add(node.metadata.name);
    planNode(observed, node, plan);
  }
  // No scheduler will bind them and no kubelet end them.
  for (const [node, pods] of observed.byNode) {
    if (!known.has(node)) plan.remove.push(...pods.filter((pod) => !isBound(pod)));
  }
  return plan;
}

function planNode(observed: Observed, node: Node, plan: Mutable<Plan>): void {
  const { daemonSet, byNode } = observed;
  const { name } = node.metadata;
  const { shouldRun, mayStay } = eligibility(daemonSet, node);
  const pods = byNode.get(name);
  if (pods === undefined) {
    if (shouldRun) plan.create.push(name);
    return;
  }
  const present = pods.filter((pod) => !isGoing(pod));
  if (!mayStay) {
    plan.remove.push(...present);
    return;
  }
  const running: Pod[] = [];
  for (const pod of present) {
    if (pod.status.phase === "Failed") plan.failed.push({ pod, node: name });
    else if (pod.status.phase === "Succeeded") plan.succeeded.push({ pod, node: name });
    else running.push(pod);
  }
  if (surgeOf(daemonSet, 1) === 0) plan.remove.push(...running.slice(1));
  else if (running.length > 1) plan.remove.push(...surplusOfSurge(observed, running));
  else if (running.length === 0 && shouldRun) plan.create.push(name);
}

/** The oldest old and the oldest new pod may be there together, until the new one is available or the old one unready. */
function surplusOfSurge({ daemonSet, hash, now }: Observed, running: readonly Pod[]): readonly Pod[] {
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;
  const newest = running.find(isNew);
  const old = running.find((pod) => !isNew(pod));
  const surplus = running.filter((pod) => pod !== newest && pod !== old);
  if (newest === undefined || old === undefined) return surplus;
  return !isPodReady(old) || isAvailable(newest, daemonSet, now) ? [...surplus, old] : surplus;
}
