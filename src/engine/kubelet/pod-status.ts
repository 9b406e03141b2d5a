/**
 * A pod's status from what its worker knows. Upstream: pkg/kubelet/kubelet_pods.go, generateAPIPodStatus.
 */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "../api/generated/types.ts";
import { computeQosClass } from "../api/core/pod/resources.ts";
import { formatTime } from "../base/time.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { KUBELET_CONDITIONS, containersReady, podInitialized, podReady } from "./pod-conditions.ts";
import type { Verdict } from "./pod-conditions.ts";
import { podPhase } from "./pod-phase.ts";

export interface PodSituation {
  slots: readonly ContainerSlot[];
  hostIP: string;
  /** "" before the sandbox has one. */
  podIP: string;
  /** Whether the sandbox and its network stand. */
  sandboxReady: boolean;
  startTime: number;
  /** No container will run again. */
  terminal: boolean;
  /** Set for pods that kubelet refused or gave up. */
  verdict: { phase: "Failed"; reason: string; message: string } | undefined;
  now: number;
}

/** The new status; what others wrote into `pod.status` stays. */
export function generatePodStatus(pod: Pod, situation: PodSituation): PodStatus {
  const { slots, verdict, hostIP, podIP } = situation;
  const inits: ContainerStatus[] = [];
  const apps: ContainerStatus[] = [];
  const waiting = slots.some(({ kind }) => kind !== "app") ? "PodInitializing" : "ContainerCreating";
  for (const slot of slots) (slot.kind === "app" ? apps : inits).push(slot.status(waiting));
  const statuses = inits.length === 0 ? apps : [...inits, ...apps];
  const phase = verdict?.phase ?? podPhase(pod.spec, statuses, situation.terminal);
  const refused = verdict !== undefined && slots.length === 0;
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditions(pod, situation, { statuses: refused ? undefined : statuses, phase }),
    ...(verdict !== undefined && { reason: verdict.reason, message: verdict.message }),
    ...(!refused && { hostIP, hostIPs: [{ ip: hostIP }] }),
    ...(podIP !== "" && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: formatTime(situation.startTime),
    ...(inits.length > 0 && { initContainerStatuses: inits }),
    ...(!refused && { containerStatuses: apps }),
    qosClass: pod.status.qosClass ?? computeQosClass(pod.spec),
  };
}

function conditions(
  pod: Pod,
  situation: PodSituation,
  facts: { statuses: readonly ContainerStatus[] | undefined; phase: string },
): PodCondition[] {
  const { statuses, phase } = facts;
  const old = pod.status.conditions ?? [];
  const others = old.filter(({ type }) => !KUBELET_CONDITIONS.has(type));
  if (situation.verdict !== undefined && statuses === undefined)
    return [...others, ...old.filter(({ type }) => type === "PodScheduled")];
  const ready = containersReady(pod.spec, statuses, phase);
  const make = (type: string, verdict: Verdict): PodCondition => {
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === verdict.status ? before.lastTransitionTime : formatTime(situation.now);
    return {
      type,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      ...verdict,
      lastProbeTime: undefined,
      lastTransitionTime,
    };
  };
  return [
    make("PodReadyToStartContainers", { status: situation.sandboxReady ? "True" : "False" }),
    make("Initialized", podInitialized(pod.spec, statuses, phase)),
    make("Ready", podReady(pod.spec, others, ready)),
    make("ContainersReady", ready),
    make("PodScheduled", { status: "True" }),
    ...others,
  ];
}
