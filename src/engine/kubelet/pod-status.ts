/**
 * A pod's status from what its worker knows. Upstream: pkg/kubelet/kubelet_pods.go, generateAPIPodStatus.
 */
import type { ContainerStatus, Pod, PodCondition, PodSpec, PodStatus } from "../api/generated/types.ts";
import { computeQosClass } from "../api/core/pod/qos.ts";
import { formatTime } from "../base/time.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { KUBELET_CONDITIONS, containersReady, podInitialized, podReady } from "./pod-conditions.ts";
import type { Verdict } from "./pod-conditions.ts";
import type { PodVerdict } from "./pod-verdict.ts";
import { podPhase } from "./pod-phase.ts";

export interface PodSituation {
  slots: readonly ContainerSlot[];
  /** Of the node: one, or one of each family. */
  hostIPs: readonly string[];
  /** Empty before the sandbox has any. */
  podIPs: readonly string[];
  /** Whether the sandbox and its network stand. */
  sandboxReady: boolean;
  startTime: number;
  /** No container will run again. */
  terminal: boolean;
  /** Set for pods that kubelet refused or gave up. */
  verdict: PodVerdict | undefined;
  /** Of a pod that was resized. */
  resize: { pending: Verdict | undefined; inProgress: Verdict | undefined } | undefined;
  /** The pod's own, where it has any. */
  resources: { actual: PodSpec["resources"]; allocated: PodSpec["resources"] };
  now: number;
}

/** The new status; what others wrote into `pod.status` stays. Fields are set one by one: spreading costs ten times as much. */
export function generatePodStatus(pod: Pod, situation: PodSituation): PodStatus {
  const { slots, verdict, hostIPs, podIPs } = situation;
  const { inits, apps, ephemerals } = containerStatuses(slots);
  const statuses = inits.length === 0 ? apps : [...inits, ...apps];
  const phase = verdict?.phase ?? podPhase(pod.spec, statuses, situation.terminal);
  const refused = verdict !== undefined && slots.length === 0;
  const status: PodStatus = {
    phase,
    conditions: conditions(pod, situation, { statuses: refused ? undefined : statuses, phase }),
    startTime: formatTime(situation.startTime),
    qosClass: pod.status.qosClass ?? computeQosClass(pod.spec),
  };
  if (pod.metadata.generation !== undefined) status.observedGeneration = pod.metadata.generation;
  const { actual, allocated } = situation.resources;
  if (actual !== undefined) status.resources = actual;
  if (allocated?.requests !== undefined) status.allocatedResources = allocated.requests;
  if (verdict !== undefined) {
    status.reason = verdict.reason;
    status.message = verdict.message;
  }
  const [podIP] = podIPs;
  if (podIP !== undefined) {
    status.podIP = podIP;
    status.podIPs = podIPs.map((ip) => ({ ip }));
  }
  if (inits.length > 0) status.initContainerStatuses = inits;
  if (!refused) {
    status.hostIP = hostIPs[0] as string;
    status.hostIPs = hostIPs.map((ip) => ({ ip }));
    status.containerStatuses = apps;
  }
  if (ephemerals !== undefined) status.ephemeralContainerStatuses = ephemerals;
  return status;
}

/** The usual pod has one container: a list of exactly one, for lists that grow keep room for many. */
function containerStatuses(slots: readonly ContainerSlot[]): {
  inits: ContainerStatus[];
  apps: ContainerStatus[];
  ephemerals?: ContainerStatus[];
} {
  const [first] = slots;
  if (slots.length === 1 && first?.kind === "app") return { inits: [], apps: [first.status(CREATING)] };
  const inits: ContainerStatus[] = [];
  const apps: ContainerStatus[] = [];
  const waiting = first?.kind === "app" ? CREATING : "PodInitializing";
  let ephemerals: ContainerStatus[] | undefined;
  for (const slot of slots) {
    const status = slot.status(waiting);
    if (slot.kind === "ephemeral") (ephemerals ??= []).push(status);
    else (slot.kind === "app" ? apps : inits).push(status);
  }
  return ephemerals === undefined ? { inits, apps } : { inits, apps, ephemerals };
}

function conditions(
  pod: Pod,
  situation: PodSituation,
  facts: { statuses: readonly ContainerStatus[] | undefined; phase: string },
): PodCondition[] {
  const { statuses, phase } = facts;
  const old = pod.status.conditions ?? [];
  const others = old.every(isOwn) ? NO_CONDITIONS : old.filter((condition) => !isOwn(condition));
  if (statuses === undefined) return [...others, ...old.filter(({ type }) => type === "PodScheduled")];
  const ready = containersReady(pod.spec, statuses, phase);
  const generation = pod.metadata.generation;
  const make = (type: string, verdict: Verdict): PodCondition => {
    const before = old.find((condition) => condition.type === type);
    if (before !== undefined && sameCondition(before, verdict, generation)) return before;
    const kept = before?.status === verdict.status ? before.lastTransitionTime : undefined;
    const condition: PodCondition = {
      type,
      status: verdict.status,
      lastTransitionTime: kept ?? formatTime(situation.now),
    };
    if (generation !== undefined) condition.observedGeneration = generation;
    if (verdict.reason !== undefined) condition.reason = verdict.reason;
    if (verdict.message !== undefined) condition.message = verdict.message;
    return condition;
  };
  const all = [
    make("PodReadyToStartContainers", situation.sandboxReady ? TRUE : FALSE),
    make("Initialized", podInitialized(pod.spec, statuses, phase)),
    make("Ready", podReady(pod.spec, others, ready)),
    make("ContainersReady", ready),
    make("PodScheduled", TRUE),
  ];
  const { pending, inProgress } = situation.resize ?? NO_RESIZE;
  if (pending !== undefined) all.push(make("PodResizePending", pending));
  if (inProgress !== undefined) all.push(make("PodResizeInProgress", inProgress));
  if (situation.verdict?.disruption === true) {
    const { message } = situation.verdict;
    all.push(make("DisruptionTarget", { status: "True", reason: "TerminationByKubelet", message }));
    return [...all, ...others.filter(({ type }) => type !== "DisruptionTarget")];
  }
  return others.length === 0 ? all : [...all, ...others];
}

function isOwn({ type }: PodCondition): boolean {
  return KUBELET_CONDITIONS.has(type);
}

const NO_CONDITIONS: readonly PodCondition[] = [];
const NO_RESIZE = { pending: undefined, inProgress: undefined };
const CREATING = "ContainerCreating";
const TRUE: Verdict = { status: "True" };
const FALSE: Verdict = { status: "False" };

function sameCondition(before: PodCondition, verdict: Verdict, generation: number | undefined): boolean {
  return (
    before.status === verdict.status &&
    before.reason === verdict.reason &&
    before.message === verdict.message &&
    before.observedGeneration === generation
  );
}
