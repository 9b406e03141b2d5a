/**
 * The way of one container from decision to running: image, environment, volumes, create, start, postStart hook.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer.
 *
 * **Simplified:** an ephemeral container sees its own processes alone, as with runtimes that can't join the one that it
 * targets.
 */
import type { Container as ContainerSpec, EphemeralContainer } from "../api/generated/types.ts";
import { milliValue, quantityValue } from "../api/meta/quantity.ts";
import { ContainerError } from "../runtime/containers/container.ts";
import type { Container, ContainerConfig } from "../runtime/containers/container.ts";
import type { LocalImage } from "../runtime/containers/image-store.ts";
import type { Sandbox } from "../runtime/containers/sandbox.ts";
import type { Timer } from "../sim/event-queue.ts";
import { containerPath } from "./container-path.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { ConfigError, containerEnvironment } from "./environment.ts";
import { expand } from "./expansion.ts";
import { runHook } from "./lifecycle-hook.ts";
import type { PodWorker } from "./pod-worker.ts";
import { sandboxFiles } from "./pod-sandbox.ts";

/** A pod that couldn't be synced is looked at again after so long, plus up to a half. */
const SYNC_RETRY = 10_000;

export class ContainerStarter {
  private readonly worker: PodWorker;
  private readonly slot: ContainerSlot;
  private giveUp: (() => void) | undefined;
  private timer: Timer | undefined;
  private cancelled = false;

  constructor(worker: PodWorker, slot: ContainerSlot) {
    this.worker = worker;
    this.slot = slot;
  }

  begin(): void {
    const { worker, slot } = this;
    const { images, sim } = worker.ctx;
    this.giveUp = images.ensure(worker.pod, slot.spec, (outcome) => {
      if (this.cancelled) return;
      if ("image" in outcome) return this.create(outcome.image);
      const { reason, message, retryAt, settled } = outcome;
      // Answering at once would come before the worker knows of this starter.
      this.timer = sim.after(0, () => worker.startFailed(slot, { reason, message, retryAt, background: settled }));
    });
  }

  cancel(): void {
    this.cancelled = true;
    this.giveUp?.();
    this.worker.ctx.sim.cancel(this.timer);
  }

  private create(image: LocalImage): void {
    const { sim, runtime } = this.worker.ctx;
    this.timer = sim.after(runtime.startDelay(), () => this.run(image));
  }

  private run(image: LocalImage): void {
    const { worker, slot } = this;
    const { ctx } = worker;
    const { sandbox } = worker;
    if (sandbox === undefined) return;
    let config: ContainerConfig;
    try {
      config = containerConfig(worker, slot, { image, sandbox });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const retryAt = ctx.sim.now + SYNC_RETRY + ctx.random.int(SYNC_RETRY / 2);
      worker.startFailed(slot, {
        reason: "CreateContainerConfigError",
        message: error.message,
        retryAt,
        background: true,
      });
      return;
    }
    const container = ctx.runtime.createContainer(sandbox, config);
    const forgotten = slot.previous;
    slot.replace(container);
    if (forgotten !== undefined) ctx.runtime.removeContainer(forgotten);
    this.tell("Created", "Container created");
    try {
      container.start(() => worker.containerEnded(slot));
    } catch (error) {
      if (!(error instanceof ContainerError)) throw error;
      slot.seenExit = true;
      worker.record(slot, `${error.reason}: ${error.message}`);
      worker.startFailed(slot, {
        reason: error.reason,
        message: error.message,
        retryAt: ctx.sim.now,
        background: false,
      });
      return;
    }
    this.tell("Started", "Container started");
    worker.record(slot, "started");
    this.postStart(container);
  }

  private postStart(container: Container): void {
    const { worker, slot } = this;
    const hook = slot.spec.lifecycle?.postStart;
    if (hook === undefined) {
      worker.containerStarted(slot);
      return;
    }
    this.giveUp = runHook(worker, { slot, container, hook, name: "PostStartHook" }, (failure) => {
      if (this.cancelled) return;
      if (failure === undefined) return worker.containerStarted(slot);
      worker.ctx.events.event(worker.pod, "Warning", {
        reason: "FailedPostStartHook",
        message: failure,
        fieldPath: containerPath(worker.pod, slot.spec),
      });
      worker.restart(slot, {
        message: "FailedPostStartHook",
        graceSeconds: worker.pod.spec.terminationGracePeriodSeconds ?? 30,
      });
      worker.startFailed(slot, {
        reason: "PostStartHookError",
        message: failure,
        retryAt: worker.ctx.sim.now,
        background: false,
      });
    });
  }

  private tell(reason: string, message: string): void {
    const { worker, slot } = this;
    worker.ctx.events.event(worker.pod, "Normal", { reason, message, fieldPath: containerPath(worker.pod, slot.spec) });
  }
}

/** CRI's container configuration. Throws a ConfigError. Upstream: generateContainerConfig. */
function containerConfig(
  worker: PodWorker,
  slot: ContainerSlot,
  facts: { image: LocalImage; sandbox: Sandbox },
): ContainerConfig {
  const { ctx, pod } = worker;
  const { image, sandbox } = facts;
  const { spec } = slot;
  const { targetContainerName } = spec as EphemeralContainer;
  if (targetContainerName !== undefined && targetContainerName !== "") {
    const target = worker.slots.find(({ name }) => name === targetContainerName);
    if (target?.current === undefined) throw new ConfigError(`unable to find target container ${targetContainerName}`);
  }
  const env = containerEnvironment(pod, spec, {
    config: ctx.config,
    services: ctx.serviceVariables(pod),
    podIP: sandbox.ip,
    hostIP: ctx.node.address,
    allocatable: ctx.allocatable,
  });
  const user = userOf(worker, spec, image);
  const replace = (text: string): string => expand(text, (name) => env[name]);
  const limit = spec.resources?.limits?.["memory"];
  const cpuLimit = spec.resources?.limits?.["cpu"];
  return {
    name: spec.name,
    attempt: slot.attempts,
    image,
    env,
    mounts: worker.volumes.mountsFor(slot, env),
    dns: { dnsPolicy: dnsPolicyOf(worker), dnsConfig: pod.spec.dnsConfig },
    files: () => sandboxFiles(worker, sandbox),
    ...(spec.command !== undefined && spec.command.length > 0 && { command: spec.command.map(replace) }),
    ...(spec.args !== undefined && spec.args.length > 0 && { args: spec.args.map(replace) }),
    ...(spec.workingDir !== undefined && spec.workingDir !== "" && { workingDir: spec.workingDir }),
    ...user,
    ...(spec.securityContext?.readOnlyRootFilesystem === true && { readOnlyRoot: true }),
    ...(limit !== undefined && { memoryLimit: quantityValue(limit) }),
    ...(cpuLimit !== undefined && { cpuLimitMillicores: milliValue(cpuLimit) }),
    ...(spec.stdin === true && { stdin: true }),
    ...(spec.stdinOnce === true && { stdinOnce: true }),
    ...(spec.tty === true && { tty: true }),
  };
}

function dnsPolicyOf(worker: PodWorker): string {
  const { spec } = worker.pod;
  const policy = spec.dnsPolicy ?? "ClusterFirst";
  return policy === "ClusterFirst" && spec.hostNetwork === true ? "Default" : policy;
}

/** The user by security context; refuses root where runAsNonRoot asks for it. Upstream: security_context.go. */
function userOf(worker: PodWorker, spec: ContainerSpec, image: LocalImage): { user?: number; group?: number } {
  const { namespace, name, uid } = worker.pod.metadata;
  const own = spec.securityContext;
  const shared = worker.pod.spec.securityContext;
  const user = own?.runAsUser ?? shared?.runAsUser;
  const group = own?.runAsGroup ?? shared?.runAsGroup;
  const nonRoot = own?.runAsNonRoot ?? shared?.runAsNonRoot ?? false;
  const where = `(pod: "${name}_${namespace}(${uid})", container: ${spec.name})`;
  if (nonRoot && user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (nonRoot && user === undefined && (image.definition.user ?? 0) === 0) {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  return { ...(user !== undefined && { user }), ...(group !== undefined && { group }) };
}
