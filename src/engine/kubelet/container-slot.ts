/**
 * One container of a pod over all its restarts, as its pod worker sees it.
 */
import { isSidecar } from "../api/core/pod/sidecar.ts";
import type {
  Container as ContainerSpec,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
} from "../api/generated/types.ts";
import { formatTime } from "../base/time.ts";
import type { Container } from "../runtime/containers/container.ts";
import type { Timer } from "../sim/event-queue.ts";
import { BackOff } from "./back-off.ts";

export type SlotKind = "init" | "sidecar" | "app" | "ephemeral";

export class ContainerSlot {
  readonly kind: SlotKind;
  spec: ContainerSpec;
  /** The spec whose resources the node has promised, and the one whose resources the container has: see `PodResize`. */
  allocated: ContainerSpec;
  actual: ContainerSpec;
  /** True iff it restarts whatever its policy says: a resize or a rule wants it. */
  restartWanted = false;
  /** The newest instance; the one before is kept for `logs --previous` and lastState. */
  current: Container | undefined;
  previous: Container | undefined;
  /** Whether kubelet has noticed that `current` started or ended (upstream: the PLEG looks once a second). */
  seenRunning = false;
  seenExit = false;
  /** Why it doesn't run, when there is more to say than ContainerCreating. */
  waiting: { reason: string; message?: string } | undefined;
  /** Verdicts of probes; without a startup probe `started` follows the container. */
  started = false;
  ready = false;
  readonly backOff = new BackOff();
  /** A start may be tried from then on. */
  notBefore = 0;
  retry: Timer | undefined;
  /** True from the decision to stop it until it has ended. */
  stopping = false;
  /** Instances so far. */
  attempts = 0;
  message: string | undefined;
  /** What the one before it did. */
  lastMessage: string | undefined;

  constructor(spec: ContainerSpec, kind: "init" | "app" | "ephemeral") {
    this.spec = spec;
    this.allocated = spec;
    this.actual = spec;
    this.kind = kind === "init" && isSidecar(spec) ? "sidecar" : kind;
  }

  get name(): string {
    return this.spec.name;
  }

  get running(): boolean {
    return this.current?.running === true;
  }

  /** Exit code of the newest instance, once kubelet has seen its end. */
  get exitCode(): number | undefined {
    return this.seenExit ? this.current?.exit?.exitCode : undefined;
  }

  get succeeded(): boolean {
    return this.exitCode === 0;
  }

  /** Whether it should run (again) by the rules of its restart policy. */
  shouldStart(policy: string): boolean {
    if (this.current === undefined) return true;
    if (!this.seenExit || this.kind === "ephemeral") return false;
    if (this.restartWanted || ruleWantsRestart(this.spec, this.exitCode)) return true;
    const own = this.spec.restartPolicy ?? policy;
    if (this.kind === "sidecar") return true;
    if (this.kind === "init") return !this.succeeded && own !== "Never";
    return own === "Always" || (own === "OnFailure" && !this.succeeded);
  }

  /** A new instance takes the place of the old one. */
  replace(container: Container): void {
    this.previous = this.current ?? this.previous;
    this.current = container;
    this.attempts++;
    this.seenRunning = false;
    this.seenExit = false;
    this.started = false;
    this.ready = false;
    this.stopping = false;
    this.restartWanted = false;
    this.actual = this.allocated;
    this.waiting = undefined;
    this.lastMessage = this.message;
    this.message = undefined;
  }

  /** The status that the API server gets to see. Upstream: kubelet_pods.go, convertToAPIContainerStatuses. */
  status(defaultWaiting: string): ContainerStatus {
    const { current, previous, spec } = this;
    const ended = current?.exit !== undefined && this.seenExit ? terminated(current, this.message) : undefined;
    const before = previous?.exit === undefined ? undefined : terminated(previous, this.lastMessage);
    const running = current !== undefined && this.seenRunning && ended === undefined;
    const { state, last } = this.state({ ended, before, running, defaultWaiting });
    const image = current?.config.image;
    const fixed = fixedPart(spec);
    const actual = this.actual === spec ? fixed : fixedPart(this.actual);
    const { allocatedResources } = this.allocated === spec ? fixed : fixedPart(this.allocated);
    const status: ContainerStatus = {
      name: spec.name,
      state,
      lastState: last === undefined ? NO_STATE : { terminated: last },
      ready: this.isReady(running, ended),
      restartCount: Math.max(0, this.attempts - 1),
      image: image?.reference.full ?? spec.image ?? "",
      imageID: image?.repoDigest ?? "",
      started: running && this.started,
      resources: actual.resources,
    };
    // Upstream's probers, who say what is ready and started, leave these out.
    if (this.kind === "ephemeral") delete status.started;
    if (current !== undefined) status.containerID = `containerd://${current.id}`;
    if (allocatedResources !== undefined) status.allocatedResources = allocatedResources;
    if (fixed.volumeMounts !== undefined) status.volumeMounts = fixed.volumeMounts;
    return status;
  }

  /** What a Service may send to; an init container is ready once it has done its work. */
  private isReady(running: boolean, ended: ContainerStateTerminated | undefined): boolean {
    if (this.kind === "init") return ended?.exitCode === 0 && this.waiting === undefined;
    return running && this.ready;
  }

  private state(facts: {
    ended: ContainerStateTerminated | undefined;
    before: ContainerStateTerminated | undefined;
    running: boolean;
    defaultWaiting: string;
  }): { state: ContainerState; last: ContainerStateTerminated | undefined } {
    const { ended, before, running, defaultWaiting } = facts;
    if (this.waiting !== undefined) return { state: { waiting: this.waiting }, last: ended ?? before };
    if (ended !== undefined) return { state: { terminated: ended }, last: before };
    if (running) return { state: { running: { startedAt: formatTime(this.current?.startedAt ?? 0) } }, last: before };
    return before === undefined
      ? { state: { waiting: { reason: defaultWaiting } }, last: undefined }
      : { state: { terminated: before }, last: undefined };
  }
}

/** The first rule that knows the exit code decides. Upstream: pkg/kubelet/container/helpers.go, ContainerRestartRules. */
function ruleWantsRestart({ restartPolicyRules = [] }: ContainerSpec, exitCode: number | undefined): boolean {
  if (exitCode === undefined) return false;
  const rule = restartPolicyRules.find(({ exitCodes }) => {
    const listed = exitCodes?.values?.includes(exitCode) === true;
    return exitCodes !== undefined && (exitCodes.operator === "In" ? listed : !listed);
  });
  return rule?.action === "Restart";
}

const NO_STATE: ContainerState = {};

const shared = new WeakMap<ContainerSpec, Partial<ContainerStatus>>();

/** What a status repeats of the spec; shared by all pods of one template. */
function fixedPart(spec: ContainerSpec): Partial<ContainerStatus> {
  let part = shared.get(spec);
  if (part === undefined) {
    const { resources, volumeMounts } = spec;
    part = {
      ...(resources?.requests !== undefined && { allocatedResources: resources.requests }),
      resources: resources ?? {},
      ...(volumeMounts !== undefined &&
        volumeMounts.length > 0 && {
          volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
            name,
            mountPath,
            ...(readOnly === true && { readOnly: true, recursiveReadOnly: "Disabled" }),
          })),
        }),
    };
    shared.set(spec, part);
  }
  return part;
}

function terminated(container: Container, message: string | undefined): ContainerStateTerminated | undefined {
  const { exit } = container;
  if (exit === undefined) return undefined;
  const text = message ?? exit.message;
  return {
    exitCode: exit.exitCode,
    reason: exit.reason,
    ...(text !== "" && { message: text }),
    startedAt: formatTime(exit.reason === "StartError" ? 0 : (container.startedAt ?? 0)),
    finishedAt: formatTime(exit.finishedAt),
    containerID: `containerd://${container.id}`,
  };
}
