/**
 * CRI's container configuration of a container that is about to start.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, generateContainerConfig.
 */
import type { EphemeralContainer, ResourceRequirements } from "../api/generated/types.ts";
import { milliValue, quantityValue } from "../api/meta/quantity.ts";
import type { CgroupLimits } from "../runtime/containers/cgroup.ts";
import type { ContainerConfig } from "../runtime/containers/container-config.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { containerSecurity } from "./container-security.ts";
import { ConfigError, containerEnvironment } from "./environment.ts";
import { expand } from "./expansion.ts";
import { hostIPsOf } from "./kubelet-context.ts";
import type { PodWorker } from "./pod-worker.ts";
import { sandboxFiles } from "./pod-sandbox.ts";
import { demandProfiles } from "./security-profiles.ts";
import { containerPlace } from "./container-place.ts";
import { sysctlFiles } from "./sysctls.ts";

const TERMINATION_LOG = "/dev/termination-log";

/** Throws a ConfigError or a ContainerError. */
export function containerConfig(
  worker: PodWorker,
  slot: ContainerSlot,
  facts: { image: LocalImage; sandbox: Sandbox },
): ContainerConfig {
  const { ctx, pod } = worker;
  const { image, sandbox } = facts;
  const { spec } = slot;
  const target = targetOf(worker, spec as EphemeralContainer);
  const ownEnv = containerEnvironment(pod, spec, {
    config: ctx.config,
    services: ctx.serviceVariables(pod),
    podIPs: sandbox.ips,
    hostIPs: hostIPsOf(ctx.node),
    allocatable: ctx.allocatable,
  });
  const env = pod.spec.resourceClaims === undefined ? ownEnv : { ...ownEnv, ...ctx.devices.environment(pod, spec) };
  const security = containerSecurity(pod, spec, image);
  demandProfiles(pod, spec, ctx);
  const replace = (text: string): string => expand(text, (name) => env[name]);
  const { terminationMessagePath = TERMINATION_LOG } = spec;
  return {
    name: spec.name,
    attempt: slot.attempts,
    image,
    env,
    mounts: worker.volumes.mountsFor(slot, env),
    dns: { dnsPolicy: dnsPolicyOf(worker), dnsConfig: pod.spec.dnsConfig },
    files: () => ({ ...sandboxFiles(worker, sandbox), ...sysctlFiles(pod) }),
    place: () => containerPlace(pod, spec, ctx),
    limits: withPids(cgroupLimits(slot.allocated.resources, worker.allocatedSpec.resources), ctx.settings.podPidsLimit),
    ...(terminationMessagePath !== "" && { terminationMessagePath }),
    ...(security !== undefined && { security }),
    ...(spec.command !== undefined && spec.command.length > 0 && { command: spec.command.map(replace) }),
    ...(spec.args !== undefined && spec.args.length > 0 && { args: spec.args.map(replace) }),
    ...(spec.workingDir !== undefined && spec.workingDir !== "" && { workingDir: spec.workingDir }),
    ...(target !== "" && { target }),
    ...(spec.stdin === true && { stdin: true }),
    ...(spec.stdinOnce === true && { stdinOnce: true }),
    ...(spec.tty === true && { tty: true }),
  };
}

const NO_LIMITS: CgroupLimits = {};

/**
 * What a container's cgroup is given: where it has no limit itself, its pod's. Upstream: getCPULimit, getMemoryLimit.
 * **Simplified:** what all containers of a pod take together is not held to the pod's limits.
 */
export function cgroupLimits(
  resources: ResourceRequirements | undefined,
  ofPod: ResourceRequirements | undefined,
): CgroupLimits {
  const { requests = {}, limits = {} } = resources ?? {};
  const { memory, cpu } = ofPod?.limits === undefined ? limits : { ...ofPod.limits, ...limits };
  const request = requests["cpu"] ?? cpu;
  if (memory === undefined && cpu === undefined && request === undefined) return NO_LIMITS;
  return {
    ...(memory !== undefined && { memory: quantityValue(memory) }),
    ...(cpu !== undefined && { cpuMillicores: milliValue(cpu) }),
    ...(request !== undefined && { cpuRequestMillicores: milliValue(request) }),
  };
}

/** `limit`: podPidsLimit. */
function withPids(limits: CgroupLimits, limit: number): CgroupLimits {
  return limit > 0 ? { ...limits, pids: limit } : limits;
}

/** Whose processes an ephemeral container sees, "" for its own. */
function targetOf(worker: PodWorker, { targetContainerName = "" }: EphemeralContainer): string {
  if (targetContainerName === "") return "";
  const target = worker.slots.find(({ name }) => name === targetContainerName);
  if (target?.current === undefined) throw new ConfigError(`unable to find target container ${targetContainerName}`);
  return targetContainerName;
}

function dnsPolicyOf({ pod: { spec } }: PodWorker): string {
  const policy = spec.dnsPolicy ?? "ClusterFirst";
  return policy === "ClusterFirst" && spec.hostNetwork === true ? "Default" : policy;
}
