/** The taints that a node's conditions call for. Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go. */
import type { Node, NodeCondition, Taint } from "../../api/generated/types.ts";
import { formatTime } from "../../base/time.ts";

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

const NO_SCHEDULE: readonly { type: string; status: string; key: string }[] = [
  { type: "Ready", status: "False", key: NOT_READY },
  { type: "Ready", status: "Unknown", key: UNREACHABLE },
  { type: "MemoryPressure", status: "True", key: "node.kubernetes.io/memory-pressure" },
  { type: "DiskPressure", status: "True", key: "node.kubernetes.io/disk-pressure" },
  { type: "NetworkUnavailable", status: "True", key: "node.kubernetes.io/network-unavailable" },
  { type: "PIDPressure", status: "True", key: "node.kubernetes.io/pid-pressure" },
];

export function nodeCondition(node: Node, type: string): NodeCondition | undefined {
  return node.status.conditions?.find((condition) => condition.type === type);
}

/**
 * The node's taints as they should be; its present list itself when they are. NoExecute taints: `add` when they are
 * called for, `wait` keeps those that are there, `off` takes them away.
 */
export function wantedTaints(node: Node, now: number, eviction: "add" | "wait" | "off"): readonly Taint[] {
  const present = node.spec.taints ?? [];
  const wanted = [...noScheduleKeys(node)].map((key): Taint => ({ key, effect: "NoSchedule" }));
  const lost = noExecuteKey(node);
  const owned = (taint: Taint): boolean =>
    taint.effect === "NoExecute" ? taint.key === NOT_READY || taint.key === UNREACHABLE : isOurs(taint);
  const hasExecute = present.some((taint) => taint.effect === "NoExecute" && owned(taint));
  if (lost !== undefined && (eviction === "add" || (eviction === "wait" && hasExecute))) {
    wanted.push({ key: lost, effect: "NoExecute" });
  }
  const kept = present.filter((taint) => !owned(taint) || wanted.some((other) => isSame(taint, other)));
  const added = wanted.filter((taint) => !present.some((other) => isSame(taint, other)));
  if (added.length === 0 && kept.length === present.length) return present;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: formatTime(now) }))];
}

function noScheduleKeys(node: Node): Set<string> {
  const keys = new Set<string>();
  for (const { type, status, key } of NO_SCHEDULE) if (nodeCondition(node, type)?.status === status) keys.add(key);
  if (node.spec.unschedulable === true) keys.add(UNSCHEDULABLE);
  return keys;
}

function isOurs({ key, effect }: Taint): boolean {
  return effect === "NoSchedule" && (key === UNSCHEDULABLE || NO_SCHEDULE.some((rule) => rule.key === key));
}

/** The taint that drives pods away; undefined: the node is ready, or never said anything. */
export function noExecuteKey(node: Node): string | undefined {
  const status = nodeCondition(node, "Ready")?.status;
  if (status === "False") return NOT_READY;
  return status === "Unknown" ? UNREACHABLE : undefined;
}

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
