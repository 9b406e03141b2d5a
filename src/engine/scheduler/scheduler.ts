/**
 * kube-scheduler: gives each pod without a node the best node that can run it. Upstream: pkg/scheduler/scheduler.go,
 * schedule_one.go, eventhandlers.go.
 *
 * Simplified: a cycle and its binding take no virtual time and are one act, so there is never more than one binding under
 * way; up to 100 pods are placed at one instant.
 */
import { pods } from "../api/core/pod/index.ts";
import type { Pod } from "../api/generated/types.ts";
import { podDisruptionBudgets } from "../api/policy/pod-disruption-budget.ts";
import { SelectorError } from "../api/meta/selectors.ts";
import { StatusError } from "../api/meta/status-error.ts";
import { userInfo } from "../api/meta/user-info.ts";
import type { UserInfo } from "../api/meta/user-info.ts";
import { Client } from "../client/client.ts";
import { InformerFactory } from "../client/informer-factory.ts";
import type { Transport } from "../client/transport.ts";
import type { Timer } from "../sim/event-queue.ts";
import type { Simulation } from "../sim/simulation.ts";
import { ClusterCache } from "./cluster-cache.ts";
import { DEFAULT_SCHEDULER, DEFAULT_SETTINGS } from "./config/settings.ts";
import type { SchedulerSettings } from "./config/settings.ts";
import type { CycleResult } from "./cycle.ts";
import { Decision, Decisions, MAX_DETAILED_NODES } from "./decisions.ts";
import type { RoomMade } from "./decisions.ts";
import { watchDevices } from "./device-listers.ts";
import type { DeviceListers } from "./device-listers.ts";
import type { DeviceSelectors } from "./devices/device-selectors.ts";
import { reserve } from "./devices/reserve.ts";
import { ExtenderError, Extenders } from "./extenders.ts";
import type { ExtenderCall } from "./extenders.ts";
import { registerHandlers } from "./event-handlers.ts";
import { fitErrorMessage } from "./fit-error.ts";
import type { Memberships } from "./memberships.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";
import { PodEvents } from "./pod-events.ts";
import { clearNomination, recordUnschedulable } from "./pod-status.ts";
import { evictVictims } from "./preemption/evict-victims.ts";
import type { Candidate } from "./preemption/pick-candidate.ts";
import { budgetsOf } from "./preemption/victims.ts";
import { Profile } from "./profile.ts";
import type { ClusterEvent } from "./queue-events.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";
import type { QueuedPod } from "./scheduling-queue.ts";
import { DYNAMIC_RESOURCES, reservationsOn } from "./plugins/dynamic-resources.ts";
import { missingBindings, VOLUME_BINDING } from "./plugins/volume-binding.ts";
import { requestBindings, watchVolumes } from "./volume-listers.ts";
import type { VolumeListers } from "./volume-listers.ts";

const USER = userInfo("system:kube-scheduler");
const LOCALHOST = "localhost";
const SCHEDULER_ERROR = "SchedulerError";
/** Pods placed at one instant; the next ones follow a millisecond later. */
const BATCH = 100;

export interface SchedulerOptions {
  sim: Simulation;
  transport: Transport;
  /** Whom its requests are from; kube-scheduler itself when absent. */
  user?: UserInfo;
  /** The language of devices' selectors; without it none compiles. */
  selectors?: DeviceSelectors;
}

export class Scheduler {
  /** The latest decisions, for "why?". */
  readonly decisions = new Decisions();
  private readonly sim: Simulation;
  private readonly client: Client;
  private readonly informers: InformerFactory;
  private events: PodEvents;
  private settings = DEFAULT_SETTINGS;
  private readonly memberships: Memberships;
  private readonly volumes: VolumeListers;
  private readonly devices: DeviceListers;
  private profiles = new Map<string, Profile>();
  private extenders: Extenders | undefined;
  private cluster: ClusterCache;
  private queue: SchedulingQueue;
  private running = false;
  private pump: Timer | undefined;

  constructor(options: SchedulerOptions) {
    this.sim = options.sim;
    this.client = new Client(options.transport, options.user ?? USER);
    this.informers = new InformerFactory(this.sim, this.client);
    this.events = new PodEvents(this.sim, this.client, LOCALHOST);
    this.memberships = registerHandlers(this.informers, {
      cluster: () => this.cluster,
      queue: () => this.queue,
      responsibleFor: (pod) => this.profiles.has(schedulerOf(pod)),
      moved: (event) => this.onEvent(event),
      ownChangeHelps: (queued, pod) => this.profileOf(pod)?.ownChangeHelps(queued, pod, this.cluster) === true,
    });
    this.volumes = watchVolumes(this.informers, (event) => this.onEvent(event));
    const { selectors = NO_SELECTORS } = options;
    this.devices = watchDevices(this.informers, { selectors, changed: (event) => this.onEvent(event) });
    this.cluster = new ClusterCache(this.memberships, this.volumes, this.devices);
    this.queue = this.createQueue();
  }

  /** Pods that wait for a node, those behind scheduling gates included. */
  get pendingCount(): number {
    return this.queue.size;
  }

  /** `call`: how extenders are reached; without it nobody answers for them. `host`: where the process runs. */
  start(
    settings: SchedulerSettings = DEFAULT_SETTINGS,
    { call = noAnswer, host = LOCALHOST }: { call?: ExtenderCall; host?: string } = {},
  ): void {
    if (this.running) return;
    this.running = true;
    this.settings = settings;
    this.events = new PodEvents(this.sim, this.client, host);
    this.cluster = new ClusterCache(this.memberships, this.volumes, this.devices);
    this.memberships.forget();
    this.queue = this.createQueue();
    const random = this.sim.random("scheduler");
    const budgets = this.informers.informer(podDisruptionBudgets).lister;
    this.extenders = settings.extenders.length === 0 ? undefined : new Extenders(settings.extenders, call);
    const { cluster, extenders } = this;
    const about = { cluster, random, budgets: () => budgetsOf(budgets.list()), extenders };
    this.profiles = new Map(settings.profiles.map((options) => [options.schedulerName, new Profile(options, about)]));
    this.informers.whenSynced(() => this.wake());
    this.informers.start();
  }

  /** The process died: what it knew is gone, pods stay as they are. */
  stop(): void {
    this.running = false;
    this.events.stop();
    this.informers.stop();
    this.queue.stop();
    this.sim.cancel(this.pump);
    this.pump = undefined;
  }

  private createQueue(): SchedulingQueue {
    const { initialBackoff, maxBackoff } = this.settings;
    return new SchedulingQueue({
      sim: this.sim,
      initialBackoff,
      maxBackoff,
      wake: () => this.wake(),
      gated: (info) => this.profileOf(info)?.preEnqueue(info) !== undefined,
    });
  }

  private profileOf(info: PodInfo): Profile | undefined {
    return this.profiles.get(schedulerOf(info.pod));
  }

  private wake(delay = 0): void {
    if (!this.running || !this.informers.synced || this.pump !== undefined) return;
    this.pump = this.sim.after(delay, () => this.runBatch());
  }

  private runBatch(): void {
    this.pump = undefined;
    for (let count = 0; count < BATCH; count++) {
      const queued = this.queue.pop();
      if (queued === undefined) return;
      this.sim.because(queued.cause, () => this.scheduleOne(queued));
    }
    this.wake(1);
  }

  private onEvent(event: ClusterEvent): void {
    const { cluster } = this;
    for (const profile of this.profiles.values()) {
      const listeners = profile.listeners(event.type);
      this.queue.move(listeners, ({ info, rejectedBy }) => {
        if (event.type === "pod-delete" && info.priority > (event.atMost ?? Infinity)) return false;
        return this.profileOf(info) === profile && profile.helps(info, rejectedBy, { event, cluster });
      });
    }
    // Where there was no node at all, nobody rejected anything.
    this.queue.move([ANY_NODE], () => event.type === "node-add");
  }

  private scheduleOne(queued: QueuedPod): void {
    const { info } = queued;
    const profile = this.profileOf(info);
    if (profile === undefined || info.terminating) {
      this.queue.done(queued);
      return;
    }
    const details = this.cluster.nodes.length <= MAX_DETAILED_NODES;
    let result: CycleResult;
    try {
      result = profile.cycle.run(info, profile.templates.of(info), { details });
    } catch (error) {
      if (!(error instanceof SelectorError) && !(error instanceof ExtenderError)) throw error;
      this.fail(queued, error.message, { reason: SCHEDULER_ERROR, rejectedBy: NOBODY });
      return;
    }
    if (result.chosen === undefined) this.reject(queued, result, profile);
    else if (!this.awaitVolumes(queued, result.chosen) && this.takeDevices(queued, result.chosen)) {
      this.bind(queued, result, result.chosen.name);
    }
  }

  /** False: the pod's claims can't be written, and it waits. */
  private takeDevices(queued: QueuedPod, node: NodeInfo): boolean {
    const { pod } = queued.info;
    if (pod.spec.resourceClaims === undefined) return true;
    const reservations = reservationsOn(node, pod, this.devices);
    try {
      if (reservations !== undefined) reserve(this.client, this.devices, { pod, reservations });
      else this.queue.putBack(queued, new Set([DYNAMIC_RESOURCES]));
      return reservations !== undefined;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const message = `running PreBind plugin "${DYNAMIC_RESOURCES}": ${error.message}`;
      this.fail(queued, message, { reason: SCHEDULER_ERROR, rejectedBy: NOBODY });
      return false;
    }
  }

  /**
   * True iff claims of the pod are to be bound first. Simplified: the pod waits in the queue for that, where upstream's
   * holds its node meanwhile.
   */
  private awaitVolumes(queued: QueuedPod, node: NodeInfo): boolean {
    const bindings = missingBindings(queued.info.pod, node, this.volumes);
    if (bindings.length === 0) return false;
    this.queue.putBack(queued, new Set([VOLUME_BINDING]));
    try {
      requestBindings(this.client, bindings, node.name);
    } catch (error) {
      // Somebody was faster: the news of it brings the pod back.
      if (!(error instanceof StatusError)) throw error;
    }
    return true;
  }

  private bind(queued: QueuedPod, result: CycleResult, node: string): void {
    const { info } = queued;
    const message = `Successfully assigned ${info.key} to ${node}`;
    const line = this.decide(queued, result, message);
    this.sim.because(line, () => {
      const { name, namespace, uid } = info.pod.metadata;
      this.cluster.setPod(info, node);
      const nominatedTo = this.cluster.nominations.nodeFor(info.uid);
      this.cluster.nominations.delete(info.uid);
      try {
        const isBound = this.extenders?.bind(info.pod, node) === true;
        const binding = { metadata: { namespace, name, uid }, target: { kind: "Node", name: node } };
        if (!isBound) {
          this.client.post(
            pods,
            { namespace, name, subresource: "binding" },
            { apiVersion: "v1", kind: "Binding", ...binding },
          );
        }
      } catch (error) {
        if (!(error instanceof StatusError) && !(error instanceof ExtenderError)) throw error;
        this.cluster.removePod(info.uid);
        if (nominatedTo !== "") this.cluster.nominations.set(info, nominatedTo);
        this.fail(queued, `binding rejected: ${error.message}`, { reason: SCHEDULER_ERROR, rejectedBy: NOBODY });
        return;
      }
      this.queue.done(queued);
      this.events.scheduled(info, message);
      this.onEvent({ type: "pod-add", pod: info });
    });
  }

  private reject(queued: QueuedPod, result: CycleResult, profile: Profile): void {
    const { info } = queued;
    const nodes = this.cluster.nodes.length;
    const preemption = nodes === 0 ? undefined : profile.preempt(info, result);
    const candidate = preemption?.candidate;
    const message = fitErrorMessage(result, { nodes, preemption: preemption?.message ?? "" });
    const line = this.decide(queued, result, message, candidate && roomMade(candidate));
    const rejectedBy = new Set<string>();
    if (result.rejected !== undefined) rejectedBy.add(result.rejected.plugin);
    if (result.elsewhere !== undefined) rejectedBy.add(result.elsewhere.plugin);
    const verdicts = result.verdicts.counts?.keys() ?? result.verdicts.values();
    for (const { plugin } of verdicts) rejectedBy.add(plugin);
    if (rejectedBy.size === 0) rejectedBy.add(ANY_NODE);
    this.sim.because(line, () => {
      const why = { reason: "Unschedulable", rejectedBy };
      if (candidate !== undefined) {
        this.fail(queued, message, { ...why, nominatedNodeName: candidate.node.name });
        // Meanwhile others are placed; the pod itself is not tried before its victims are on their way out.
        this.queue.hold(info.uid);
        const { queue } = this;
        this.sim.after(0, () => this.queue === queue && this.running && this.makeRoom(info, candidate));
      } else this.fail(queued, message, preemption?.clears === true ? { ...why, nominatedNodeName: "" } : why);
    });
  }

  /**
   * Pushes out the victims, and lets those of lower priority that wait for this node look for another one. Upstream:
   * prepareCandidateAsync.
   */
  private makeRoom(info: PodInfo, candidate: Candidate): void {
    const { nominations } = this.cluster;
    const { client, events } = this;
    for (const other of nominations.after(info, candidate.node.name)) {
      clearNomination(client, other.pod);
      nominations.delete(other.uid);
    }
    try {
      evictVictims(candidate, info, { client, events, now: this.sim.now });
      this.queue.release(info.uid);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // It waits for this node no longer, and looks for another one at once.
      this.queue.release(info.uid);
      nominations.delete(info.uid);
      clearNomination(client, info.pod);
      this.queue.activateNow(info.uid);
    }
  }

  private fail(
    queued: QueuedPod,
    message: string,
    why: { reason: string; rejectedBy: ReadonlySet<string>; nominatedNodeName?: string },
  ): void {
    const { info } = queued;
    const { reason, rejectedBy, nominatedNodeName } = why;
    this.queue.putBack(queued, rejectedBy);
    this.events.failed(info, message);
    if (nominatedNodeName === "") this.cluster.nominations.delete(info.uid);
    else if (nominatedNodeName !== undefined) this.cluster.nominations.set(info, nominatedNodeName);
    recordUnschedulable(this.client, info.pod, { reason, message, now: this.sim.now, nominatedNodeName });
  }

  private decide(queued: QueuedPod, result: CycleResult, message: string, made?: RoomMade): number {
    const { info, attempts } = queued;
    const detailed = this.cluster.nodes.length <= MAX_DETAILED_NODES;
    const before = this.decisions.get(info.key);
    const room = made ?? (before?.uid === info.uid ? before.roomMade : undefined);
    const about = { time: this.sim.now, attempt: attempts, message, detailed, roomMade: room };
    this.decisions.add(new Decision(info, result, about));
    return this.sim.record("schedule", { actor: schedulerOf(info.pod), subject: `pods/${info.key}`, detail: message });
  }
}

function schedulerOf({ spec }: Pod): string {
  return spec.schedulerName ?? DEFAULT_SCHEDULER;
}

function roomMade({ node, victims }: Candidate): RoomMade {
  return { node: node.name, victims: victims.pods.map(({ key }) => key) };
}

const noAnswer: ExtenderCall = () => ({ failure: "connect: network is unreachable" });
const NOBODY: ReadonlySet<string> = new Set();
const NO_SELECTORS: DeviceSelectors = () => ({ error: "this scheduler has no language for selectors" });
/** Stands for "there was no node at all". */
const ANY_NODE = "";
