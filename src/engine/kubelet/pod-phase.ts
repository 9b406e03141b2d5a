/**
 * The phase of a pod, from its containers' states. Upstream: pkg/kubelet/kubelet_pods.go, getPhase.
 */
import { isSidecar } from "../api/core/pod/sidecar.ts";
import type { ContainerStatus, PodSpec } from "../api/generated/types.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** A pod has few containers: looking through them is cheaper than a map. */
interface StatusesByName {
  get(name: string): ContainerStatus | undefined;
}

interface Counts {
  unknown: number;
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
}

/** `statuses` are those of init and app containers; `terminal` says that no container will run again. */
export function podPhase(spec: PodSpec, statuses: readonly ContainerStatus[], terminal: boolean): PodPhase {
  const simple = phaseOfOne(spec, statuses);
  if (simple !== undefined) return simple;
  const byName: StatusesByName = { get: (name) => statuses.find((status) => status.name === name) };
  const inits = spec.initContainers ?? [];
  const regular = inits.filter((container) => !isSidecar(container));
  let pending = 0;
  let failed = 0;
  for (const container of regular) {
    const outcome = initOutcome(byName.get(container.name));
    if (outcome === "pending") pending++;
    else if (outcome === "failed") failed++;
  }
  const counts: Counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  let pendingSidecars = 0;
  for (const container of inits) {
    if (isSidecar(container)) pendingSidecars += countSidecar(counts, byName.get(container.name));
  }
  for (const container of spec.containers) countContainer(counts, byName.get(container.name));
  if (failed > 0 && spec.restartPolicy === "Never") return "Failed";
  const initialized = anyStarted(spec, byName);
  if (pending > 0 || (pendingSidecars > 0 && !initialized) || counts.waiting > 0) return "Pending";
  if (counts.unknown > 0) return "Pending";
  if (counts.running > 0) return "Running";
  return counts.stopped > 0 ? stoppedPhase(spec, counts, terminal) : "Pending";
}

/** The usual case: one container, no init containers, and it waits for its first start or runs. */
function phaseOfOne(spec: PodSpec, statuses: readonly ContainerStatus[]): PodPhase | undefined {
  const only = statuses[0];
  if (only === undefined || statuses.length !== 1 || spec.containers.length !== 1) return undefined;
  if ((spec.initContainers?.length ?? 0) > 0 || only.name !== spec.containers[0]?.name) return undefined;
  const { state, lastState } = only;
  if (state?.running !== undefined) return "Running";
  const isFirst = state?.terminated === undefined && lastState?.terminated === undefined;
  return isFirst && state?.waiting !== undefined ? "Pending" : undefined;
}

function anyStarted(spec: PodSpec, byName: StatusesByName): boolean {
  return spec.containers.some(({ name }) => {
    const state = byName.get(name)?.state;
    return state?.running !== undefined || state?.terminated !== undefined;
  });
}

function stoppedPhase(spec: PodSpec, counts: Counts, terminal: boolean): PodPhase {
  const success = counts.stopped === counts.succeeded;
  if (terminal) return success ? "Succeeded" : "Failed";
  if ((spec.restartPolicy ?? "Always") === "Always") return "Running";
  if (success) return "Succeeded";
  return spec.restartPolicy === "Never" ? "Failed" : "Running";
}

function initOutcome(status: ContainerStatus | undefined): "pending" | "failed" | "done" {
  const state = status?.state;
  const ended = state?.terminated ?? (state?.waiting === undefined ? undefined : status?.lastState?.terminated);
  if (ended === undefined) return "pending";
  return ended.exitCode === 0 ? "done" : "failed";
}

/** A sidecar that has ended doesn't count at all. Returns 1 iff it hasn't started yet. */
function countSidecar(counts: Counts, status: ContainerStatus | undefined): number {
  if (status === undefined) {
    counts.unknown++;
    return 0;
  }
  const { state } = status;
  if (state?.running !== undefined) {
    counts.running++;
    return status.started === true ? 0 : 1;
  }
  if (state?.terminated !== undefined) return 0;
  if (state?.waiting !== undefined) {
    if (status.lastState?.terminated !== undefined) return 0;
    counts.waiting++;
  } else counts.unknown++;
  return 1;
}

function countContainer(counts: Counts, status: ContainerStatus | undefined): void {
  const state = status?.state;
  if (state?.running !== undefined) counts.running++;
  else if (state?.terminated !== undefined) {
    counts.stopped++;
    if (state.terminated.exitCode === 0) counts.succeeded++;
  } else if (state?.waiting !== undefined) {
    if (status?.lastState?.terminated === undefined) counts.waiting++;
    else counts.stopped++;
  } else counts.unknown++;
}
