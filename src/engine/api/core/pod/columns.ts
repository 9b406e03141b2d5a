/** What `kubectl get pods` shows. Upstream: printPod in pkg/printers/internalversion/printers.go. */
import { parseTime } from "../../../base/time.ts";
import type { Container, ContainerStateTerminated, ContainerStatus, Pod } from "../../generated/types.ts";
import { ageColumn, nameColumn, NONE } from "../../meta/columns.ts";
import { ageOf } from "../../meta/duration.ts";
import type { Column } from "../../meta/resource.ts";
import { getPodCondition, isPodTerminal } from "./conditions.ts";
import { isSidecar } from "./sidecar.ts";

/** READY, STATUS and RESTARTS of a pod. */
export interface PodSummary {
  ready: number;
  total: number;
  /** `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating` … */
  status: string;
  restarts: number;
  /** When a container last ended that was started again. */
  lastRestart: string | undefined;
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  { name: "Ready", type: "string", cell: (pod) => readyText(pod) },
  { name: "Status", type: "string", cell: podStatusText },
  { name: "Restarts", type: "string", cell: (pod, { now }) => restartsText(summarizePod(pod), now) },
  ageColumn,
  { name: "IP", type: "string", priority: 1, cell: ({ status }) => status.podIPs?.[0]?.ip ?? NONE },
  { name: "Node", type: "string", priority: 1, cell: ({ spec }) => spec.nodeName || NONE },
  { name: "Nominated Node", type: "string", priority: 1, cell: ({ status }) => status.nominatedNodeName || NONE },
  { name: "Readiness Gates", type: "string", priority: 1, cell: gatesText },
];

function readyText(pod: Pod): string {
  const { ready, total } = summarizePod(pod);
  return `${ready}/${total}`;
}

function restartsText({ restarts, lastRestart }: PodSummary, now: number): string {
  return restarts === 0 || lastRestart === undefined ? `${restarts}` : `${restarts} (${ageOf(lastRestart, now)} ago)`;
}

function gatesText({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const open = gates.filter(({ conditionType }) => getPodCondition(status, conditionType)?.status === "True");
  return `${open.length}/${gates.length}`;
}

/** The STATUS column. */
export function podStatusText(pod: Pod): string {
  return summarizePod(pod).status;
}

const summaries = new WeakMap<Pod, PodSummary>();

/** Kept per pod object: three columns, the graph and the inspector ask for it. */
export function summarizePod(pod: Pod): PodSummary {
  let summary = summaries.get(pod);
  if (summary === undefined) {
    summary = summarize(pod);
    summaries.set(pod, summary);
  }
  return summary;
}

function summarize(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const scheduled = getPodCondition(status, "PodScheduled");
  const summary: PodSummary = {
    ready: 0,
    total: (spec.containers?.length ?? 0) + (spec.initContainers ?? []).filter(isSidecar).length,
    status: scheduled?.reason === "SchedulingGated" ? "SchedulingGated" : status.reason || status.phase || "",
    restarts: 0,
    lastRestart: undefined,
  };
  const initializing = addInitContainers(pod, summary);
  if (!initializing || getPodCondition(status, "Initialized")?.status === "True") addContainers(pod, summary);
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") summary.status = "Unknown";
    else if (!isPodTerminal(pod)) summary.status = "Terminating";
  }
  return summary;
}

function countRestarts(summary: PodSummary, { restartCount, lastState }: ContainerStatus): void {
  summary.restarts += restartCount ?? 0;
  const ended = lastState?.terminated?.finishedAt;
  if (ended === undefined) return;
  const { lastRestart } = summary;
  if (lastRestart === undefined || parseTime(lastRestart) < parseTime(ended)) summary.lastRestart = ended;
}

function exitText({ reason, signal, exitCode }: ContainerStateTerminated): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`;
}

/** True while an init container keeps the others from starting; `summary.status` then says which and why. */
function addInitContainers({ spec, status }: Pod, summary: PodSummary): boolean {
  const containers = new Map<string, Container>((spec.initContainers ?? []).map((item) => [item.name, item]));
  for (const [index, item] of (status.initContainerStatuses ?? []).entries()) {
    countRestarts(summary, item);
    const container = containers.get(item.name);
    const { terminated, waiting } = item.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (container !== undefined && isSidecar(container) && item.started === true) {
      if (item.ready) summary.ready++;
      continue;
    }
    if (terminated !== undefined) summary.status = `Init:${exitText(terminated)}`;
    else if (waiting?.reason && waiting.reason !== "PodInitializing") summary.status = `Init:${waiting.reason}`;
    else summary.status = `Init:${index}/${spec.initContainers?.length ?? 0}`;
    return true;
  }
  return false;
}

function addContainers({ spec, status }: Pod, summary: PodSummary): void {
  // Restarts of init containers count while they run; afterwards only those of sidecars do.
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  summary.restarts = 0;
  summary.lastRestart = undefined;
  for (const item of status.initContainerStatuses ?? []) if (sidecars.has(item.name)) countRestarts(summary, item);
  let running = false;
  for (const item of (status.containerStatuses ?? []).toReversed()) {
    countRestarts(summary, item);
    const { waiting, terminated, running: run } = item.state ?? {};
    if (waiting?.reason) summary.status = waiting.reason;
    else if (terminated !== undefined) summary.status = exitText(terminated);
    else if (item.ready && run !== undefined) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.status === "Completed" && running) {
    summary.status = getPodCondition(status, "Ready")?.status === "True" ? "Running" : "NotReady";
  }
}
