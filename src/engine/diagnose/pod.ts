/** Why a pod does not run: the scheduler's verdict, its image, its command, its probes, in that order. */
import type { ContainerStatus, Pod } from "../api/generated/types.ts";
import { controllerOf } from "../api/meta/object.ts";
import { nodes } from "../api/registry.ts";
import { isPodReady } from "../api/core/pod/conditions.ts";
import { podStatusText } from "../api/core/pod/columns.ts";
import type { Decision } from "../scheduler/decisions.ts";
import { claimTroubleOf } from "./claim-trouble.ts";
import type { ClusterFacts } from "./facts.ts";
import { distance, nearest } from "./nearest.ts";
import { nodeTrouble } from "./node-trouble.ts";
import { explainPending } from "./pending.ts";
import { deploymentOf, inNamespace, podTrouble, probePort } from "./service-trouble.ts";

export interface PodExplanation {
  /** The STATUS column of kubectl. */
  state: string;
  /** Nothing when the pod is ready or has done its work. */
  findings: { cause: string; change?: string; command?: string }[];
}

export interface PodEvidence {
  facts: ClusterFacts;
  /** The scheduler's latest decision on it. */
  decision: Decision | undefined;
  /** Messages of events about it, newest first. */
  events: readonly { reason: string; message: string }[];
  /** Tags that a repository has; undefined when there is no such repository. */
  tags(repository: string): readonly string[] | undefined;
}

type Found = PodExplanation["findings"][number];

export function explainPod(pod: Pod, evidence: PodEvidence): PodExplanation {
  const state = podStatusText(pod);
  if (isPodReady(pod) || pod.status.phase === "Succeeded") return { state, findings: [] };
  return { state, findings: findingsOf(pod, evidence) };
}

function findingsOf(pod: Pod, evidence: PodEvidence): Found[] {
  const { facts } = evidence;
  const { nodeName = "" } = pod.spec;
  if (nodeName === "") return pending(pod, evidence);
  const trouble = nodeTrouble(nodeName, facts.get(nodes, "", nodeName), facts);
  if (trouble !== undefined) return [{ ...trouble, cause: `its node ${nodeName} is not ready: ${trouble.cause}` }];
  for (const status of [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]) {
    const found = containerTrouble(pod, status, evidence);
    if (found !== undefined) return [found];
  }
  const failed = evidence.events.find(({ reason }) => reason === "FailedMount" || reason === "FailedCreatePodSandBox");
  if (failed !== undefined) return [{ cause: failed.message, change: "provide what it mounts" }];
  const unhealthy = evidence.events.find(({ reason }) => reason === "Unhealthy");
  const probe = probePort(pod, facts);
  if (unhealthy !== undefined && probe !== undefined) {
    const cause = `${unhealthy.message} (it asks port ${probe.wrong}, the container's port is ${probe.right})`;
    return [{ cause, change: `let the probe ask port ${probe.right}`, command: probe.command }];
  }
  if (unhealthy !== undefined) return [{ cause: unhealthy.message, change: "correct the probe, or what it asks" }];
  return [{ cause: podTrouble(pod) }];
}

function pending(pod: Pod, { facts, decision }: PodEvidence): Found[] {
  if (!facts.isUp("kube-scheduler")) {
    return [{ cause: "the scheduler is stopped", change: "start it", command: "drydock start kube-scheduler" }];
  }
  return explainPending(pod, decision).map(({ key, values }): Found => {
    // A scheduler that has chosen a node waits for the volume there, and has decided nothing until it comes.
    const trouble = OF_CLAIMS.has(key) ? claimTroubleOf(pod, facts) : undefined;
    if (trouble !== undefined) return trouble;
    const reason = String(values["reason"] ?? "");
    const count = `${String(values["nodes"])} of the nodes`;
    switch (key) {
      case "pending.gated":
        return { cause: `scheduling gates hold it: ${String(values["gates"])}`, change: "remove them" };
      case "pending.not-looked-at":
        return { cause: `${String(values["scheduler"])} has not looked at it yet` };
      case "pending.room-made":
        return {
          cause: `room is being made on ${String(values["node"])}: ${String(values["victims"])} must stop first`,
        };
      case "pending.resources":
        return { cause: `${count}: ${reason}`, change: "ask for less in resources.requests, or add a node" };
      case "pending.cordoned":
        return uncordon(count, facts);
      case "pending.taint":
        return { cause: `${count}: ${reason}`, change: "add a toleration, or remove the taint" };
      case "pending.node-affinity":
        return labelNode(pod, count, facts);
      default: {
        const change = CHANGES[key];
        return {
          cause: values["nodes"] === 0 ? reason : `${count}: ${reason}`,
          ...(change !== undefined && { change }),
        };
      }
    }
  });
}

/** A claim that isn't there is found by whoever looks first. */
const OF_CLAIMS = new Set(["pending.volume", "pending.volume-in-use", "pending.not-looked-at"]);

/** What would help where no command can be named. */
const CHANGES: Readonly<Record<string, string>> = {
  "pending.ports": "take another hostPort, or none and let a Service lead to the pod",
  "pending.volume": "look at its claims with kubectl describe pvc",
  "pending.volume-zone": "add a node in the zone of its volume, or use another volume",
  "pending.volume-limit": "add a node: each one can attach so many volumes only",
  "pending.volume-in-use": "remove the pod that has the volume, or use a claim that pods can share",
  "pending.devices": "no driver gives out devices in this cluster: run it without the claim",
};

function uncordon(count: string, facts: ClusterFacts): Found {
  const node = facts.list(nodes, "").find(({ spec }) => spec.unschedulable === true);
  const command = node === undefined ? {} : { command: `kubectl uncordon ${node.metadata.name}` };
  return { cause: `${count}: cordoned`, change: "let pods in again", ...command };
}

/** A nodeSelector that no node has: the label for a worker that the selector asks for. */
function labelNode(pod: Pod, count: string, facts: ClusterFacts): Found {
  const asked = Object.entries(pod.spec.nodeSelector ?? {});
  const cause = `${count} do not match its nodeSelector or affinity`;
  const free = facts
    .list(nodes, "")
    .find(({ spec }) => (spec.taints ?? []).length === 0 && spec.unschedulable !== true);
  const missing = asked.filter(([key, value]) => free?.metadata.labels?.[key] !== value);
  if (free === undefined || missing.length === 0) return { cause, change: "label a node, or relax the rule" };
  const labels = missing.map(([key, value]) => `${key}=${value}`).join(" ");
  const command = `kubectl label node ${free.metadata.name} ${labels} --overwrite`;
  return { cause, change: "label a node, or relax the rule", command };
}

function containerTrouble(pod: Pod, status: ContainerStatus, evidence: PodEvidence): Found | undefined {
  const { waiting, terminated } = status.state ?? {};
  const last = status.lastState?.terminated ?? terminated;
  const logs = `kubectl logs ${pod.metadata.name}${inNamespace(pod.metadata.namespace)} -c ${status.name}`;
  switch (waiting?.reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
      return imageTrouble(pod, status, evidence);
    case "CrashLoopBackOff": {
      const how =
        last?.reason === "OOMKilled" ? "used more memory than its limit" : `ended with exit code ${last?.exitCode}`;
      return {
        cause: `container ${status.name} ${how} (${status.restartCount} restarts)`,
        change: `read what it said: ${logs} --previous`,
      };
    }
    case "CreateContainerConfigError":
    case "CreateContainerError":
    case "RunContainerError":
    case "InvalidImageName":
      return {
        cause: `container ${status.name}: ${waiting.message ?? waiting.reason}`,
        change: "correct its definition",
      };
  }
  if (terminated !== undefined && terminated.exitCode !== 0) {
    return {
      cause: `container ${status.name} ended with exit code ${terminated.exitCode}`,
      change: `read what it said: ${logs}`,
    };
  }
  return undefined;
}

/** An image that can't be pulled: the nearest tag that there is. */
function imageTrouble(pod: Pod, { name }: ContainerStatus, { facts, tags }: PodEvidence): Found {
  const image = pod.spec.containers.find((container) => container.name === name)?.image ?? "";
  const [, path = image, tag = "latest"] = /^(.*?)(?::([^:/]*))?$/.exec(image) ?? [];
  const known = tags(path);
  const cause = known === undefined ? `there is no image ${path} to pull` : `image ${path} has no tag ${tag}`;
  const near = known?.find((each) => distance(each, tag) === 1);
  const better = near ?? (known?.includes("latest") === true ? "latest" : nearest(tag, known ?? []));
  const owner = deploymentOf(pod, facts);
  if (better === undefined) return { cause, change: "correct the image's name" };
  const target = owner === undefined ? `pod/${pod.metadata.name}` : `deployment/${owner.metadata.name}`;
  const command = `kubectl set image ${target}${inNamespace(pod.metadata.namespace)} ${name}=${path}:${better}`;
  return { cause, change: `use ${path}:${better}`, command };
}

/** The pods of the same owner, for looking whether one of them got well: the pod itself may have been replaced. */
export function siblings(pod: Pod, all: readonly Pod[], facts: ClusterFacts): Pod[] {
  const deployment = deploymentOf(pod, facts);
  const owner = controllerOf(pod);
  return all.filter((other) => {
    if (other.metadata.uid === pod.metadata.uid) return true;
    if (deployment !== undefined) return deploymentOf(other, facts)?.metadata.uid === deployment.metadata.uid;
    return owner !== undefined && controllerOf(other)?.uid === owner.uid;
  });
}
