/**
 * "Why is it like this?", in one box: the first thing that explains an object's present state, as a message for the
 * page's catalogue. Undefined when all is well. Reads only what the API server knows, and events.
 */
import { podStatusText } from "../engine/api/core/pod/columns.ts";
import type {
  ContainerStatus,
  Deployment,
  Endpoint,
  Event,
  Node,
  Pod,
  Service,
} from "../engine/api/generated/types.ts";
import type { InspectorView, Message, PodView } from "../worker/protocol.ts";

export type Why = NonNullable<InspectorView["why"]>;

function why(tone: Why["tone"], key: string, values: Message["values"] = {}): Why {
  return { tone, title: { key: `why.${key}.title`, values }, text: { key: `why.${key}.text`, values } };
}

export interface PodFacts {
  pull: PodView["pull"] | undefined;
  now: number;
  /** Newest first. */
  events: readonly Event[];
  nodeReady: boolean;
}

export function whyPod(pod: Pod, facts: PodFacts): Why | undefined {
  const { name } = pod.metadata;
  const node = pod.spec.nodeName ?? "";
  if (pod.metadata.deletionTimestamp !== undefined) {
    return why("info", "terminating", { name, seconds: pod.metadata.deletionGracePeriodSeconds ?? 30 });
  }
  if (node === "") return whyUnscheduled(pod);
  if (!facts.nodeReady) return why("bad", "node-silent", { node });
  // What went wrong says more than that it is being tried again.
  for (const status of [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]) {
    const reason = whyContainer(status);
    if (reason !== undefined) return reason;
  }
  if (facts.pull !== undefined) {
    const seconds = Math.max(0, Math.ceil((facts.pull.to - facts.now) / 1000));
    return why("wait", "pulling", { node, image: facts.pull.image, seconds });
  }
  return whyNotReady(pod, facts);
}

function whyUnscheduled(pod: Pod): Why {
  const condition = pod.status.conditions?.find((item) => item.type === "PodScheduled" && item.status === "False");
  if (condition?.reason === "SchedulingGated") return why("wait", "gated");
  if (condition === undefined) return why("info", "queued");
  return why("bad", "unschedulable", { message: condition.message ?? "" });
}

function whyContainer(status: ContainerStatus): Why | undefined {
  const waiting = status.state?.waiting;
  const last = status.lastState?.terminated ?? status.state?.terminated;
  const values = {
    container: status.name,
    image: status.image,
    restarts: status.restartCount,
    code: last?.exitCode ?? 0,
  };
  switch (waiting?.reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
      return why("bad", "image", values);
    case "CrashLoopBackOff":
      return last?.reason === "OOMKilled" ? why("bad", "out-of-memory", values) : why("bad", "crash-loop", values);
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "RunContainerError":
      return why("bad", "container-config", { ...values, message: waiting.message ?? "" });
  }
  if (status.state?.terminated !== undefined && status.state.terminated.exitCode !== 0)
    return why("bad", "exited", values);
  return undefined;
}

function whyNotReady(pod: Pod, facts: PodFacts): Why | undefined {
  const ready = pod.status.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status === "True" || pod.status.phase === "Succeeded") return undefined;
  const unhealthy = facts.events.find((event) => event.reason === "Unhealthy");
  if (unhealthy !== undefined) return why("wait", "probe", { message: unhealthy.message ?? "" });
  const mount = facts.events.find((event) => event.reason === "FailedMount");
  if (mount !== undefined) return why("bad", "mount", { message: mount.message ?? "" });
  if (podStatusText(pod) === "Running") return why("wait", "not-ready", { message: ready?.message ?? "" });
  return why("wait", "starting", { node: pod.spec.nodeName ?? "" });
}

export function whyNode(node: Node, facts: { powered: boolean; name: string }): Why | undefined {
  const ready = node.status.conditions?.find((condition) => condition.type === "Ready");
  if (!facts.powered) {
    return ready?.status === "True"
      ? why("wait", "node-off-unnoticed", { node: facts.name })
      : why("bad", "node-off", { node: facts.name });
  }
  if (ready?.status !== "True")
    return why("bad", "node-not-ready", { node: facts.name, message: ready?.message ?? "" });
  if (node.spec.unschedulable === true) return why("info", "cordoned", { node: facts.name });
  return undefined;
}

export function whyService(
  service: Service,
  facts: { endpoints: readonly Endpoint[]; matchingPods: number },
): Why | undefined {
  const { selector, type } = service.spec;
  if (type === "ExternalName" || selector === undefined || Object.keys(selector).length === 0) return undefined;
  const ready = facts.endpoints.filter((endpoint) => endpoint.conditions?.ready === true).length;
  if (ready > 0) return undefined;
  const labels = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  if (facts.matchingPods === 0) return why("bad", "no-match", { selector: labels });
  return why("wait", "no-ready-endpoints", { count: facts.matchingPods });
}

export function whyDeployment(deployment: Deployment): Why | undefined {
  const { spec, status } = deployment;
  const desired = spec.replicas ?? 1;
  if (spec.paused === true) return why("info", "paused");
  const progressing = status.conditions?.find((condition) => condition.type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return why("bad", "deadline", { seconds: spec.progressDeadlineSeconds ?? 600 });
  const updated = status.updatedReplicas ?? 0;
  const available = status.availableReplicas ?? 0;
  if (updated < desired) return why("wait", "rolling", { updated, desired });
  if (available < desired) return why("wait", "unavailable", { available, desired });
  return undefined;
}
