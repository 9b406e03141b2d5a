/**
 * Conditions that kubelet writes into a pod's status. Upstream: pkg/kubelet/status/generate.go.
 */
import { isSidecar } from "../api/core/pod/sidecar.ts";
import type { ContainerStatus, PodCondition, PodSpec } from "../api/generated/types.ts";

/** A condition without its times. */
export type Verdict = Pick<PodCondition, "status" | "reason" | "message">;

const TRUE: Verdict = { status: "True" };

const unready = (reason: string, message?: string): Verdict => ({
  status: "False",
  reason,
  ...(message !== undefined && message !== "" && { message }),
});

/** Types that kubelet owns; all others in a pod's status are somebody else's and stay. */
export const KUBELET_CONDITIONS: ReadonlySet<string> = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
  "PodResizePending",
  "PodResizeInProgress",
]);

/** `statuses` holds those of init and app containers; undefined when nothing is known yet. */
export function containersReady(
  spec: PodSpec,
  statuses: readonly ContainerStatus[] | undefined,
  phase: string,
): Verdict {
  if (statuses === undefined) return unready("UnknownContainerStatuses");
  if (phase === "Running" && allReady(spec, statuses)) return TRUE;
  const [only] = statuses;
  if (phase === "Pending" && only?.ready === false && isOnly(spec, statuses)) {
    return unready("ContainersNotReady", `containers with unready status: [${only.name}]`);
  }
  const unknown: string[] = [];
  const waiting: string[] = [];
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  for (const { name } of [...sidecars, ...(spec.containers ?? [])]) {
    const status = statuses.find((candidate) => candidate.name === name);
    if (status === undefined) unknown.push(name);
    else if (!status.ready) waiting.push(name);
  }
  if (phase === "Succeeded" && unknown.length === 0) return unready("PodCompleted");
  if (phase === "Failed" && unknown.length === 0) return unready("PodFailed");
  const message = names({ unknown, unready: waiting });
  return message === "" ? TRUE : unready("ContainersNotReady", message);
}

/** The usual case, without lists: no init containers, each container's status at its place. */
function allReady(spec: PodSpec, statuses: readonly ContainerStatus[]): boolean {
  const { containers = [] } = spec;
  if (statuses.length !== containers.length || (spec.initContainers?.length ?? 0) > 0) return false;
  return statuses.every((status, index) => status.ready && status.name === containers[index]?.name);
}

/** True for a pod of one container, whose status is there. */
function isOnly({ containers, initContainers }: PodSpec, statuses: readonly ContainerStatus[]): boolean {
  if (containers.length !== 1 || statuses.length !== 1 || (initContainers?.length ?? 0) > 0) return false;
  return statuses[0]?.name === containers[0]?.name;
}

/** Ready: all containers are, and every readiness gate's condition is True. */
export function podReady(spec: PodSpec, conditions: readonly PodCondition[], ready: Verdict): Verdict {
  if (ready.status !== "True") return ready;
  const complaints: string[] = [];
  for (const { conditionType } of spec.readinessGates ?? []) {
    const gate = conditions.find((condition) => condition.type === conditionType);
    if (gate === undefined) {
      complaints.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (gate.status !== "True") {
      complaints.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
    }
  }
  return complaints.length === 0 ? TRUE : unready("ReadinessGatesNotReady", complaints.join(", "));
}

/** Initialized: every init container succeeded, every sidecar started. */
export function podInitialized(
  spec: PodSpec,
  statuses: readonly ContainerStatus[] | undefined,
  phase: string,
): Verdict {
  const inits = spec.initContainers ?? [];
  if (inits.length === 0 && phase !== "Succeeded") return TRUE;
  if (statuses === undefined && inits.length > 0) return unready("UnknownContainerStatuses");
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of inits) {
    const status = statuses?.find((candidate) => candidate.name === container.name);
    if (status === undefined) unknown.push(container.name);
    else if (isSidecar(container) ? status.started !== true : !status.ready) incomplete.push(container.name);
  }
  if (phase === "Succeeded" && unknown.length === 0) return { status: "True", reason: "PodCompleted" };
  const started = spec.containers.some((container) => {
    const state = statuses?.find((status) => status.name === container.name)?.state;
    return state?.running !== undefined || state?.terminated !== undefined;
  });
  if (started) return TRUE;
  const message = names({ unknown, incomplete });
  return message === "" ? TRUE : unready("ContainersNotInitialized", message);
}

/** `containers with unknown status: [a b], containers with unready status: [c]` */
function names(groups: Record<string, string[]>): string {
  return Object.entries(groups)
    .filter(([, list]) => list.length > 0)
    .map(([kind, list]) => `containers with ${kind} status: [${list.join(" ")}]`)
    .join(", ");
}
