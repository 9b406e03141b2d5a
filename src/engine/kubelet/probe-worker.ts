/**
 * One probe of one container: asks at its period, counts, gives its verdict.
 * Upstream: pkg/kubelet/prober/worker.go; texts from pkg/kubelet/prober/prober.go and pkg/probe.
 *
 * It costs one background event a period. While its answers have not yet settled its timers count as foreground, so that
 * "until nothing changes" waits for a pod to become ready or to be restarted.
 */
import type { Probe } from "../api/generated/types.ts";
import type { Timer } from "../sim/event-queue.ts";
import { containerPath } from "./container-path.ts";
import type { ContainerSlot } from "./container-slot.ts";
import { createCheck } from "./probe-check.ts";
import type { Check, ProbeAnswer } from "./probe-check.ts";
import type { PodProber } from "./pod-prober.ts";
import type { PodWorker } from "./pod-worker.ts";

export type ProbeType = "startup" | "readiness" | "liveness";

const TITLES: Record<ProbeType, string> = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" };
const BACKGROUND = { background: true };
const FOREGROUND = { background: false };

export class ProbeWorker {
  private readonly pod: PodWorker;
  private readonly slot: ContainerSlot;
  private readonly type: ProbeType;
  private readonly probe: Probe;
  private readonly prober: PodProber;
  private readonly check: Check;
  private readonly period: number;
  private timer: Timer | undefined;
  private stopped = false;
  /** True iff the newest question couldn't be asked: there is no sense in waiting for the next one. */
  private errored = false;
  /** The newest answer and how often it came in a row. */
  private last: boolean | undefined;
  private run = 0;
  /** The verdict in force; upstream's initial values. */
  private verdict: boolean | undefined;

  constructor(pod: PodWorker, what: { slot: ContainerSlot; type: ProbeType; probe: Probe; prober: PodProber }) {
    this.pod = pod;
    this.slot = what.slot;
    this.type = what.type;
    this.probe = what.probe;
    this.prober = what.prober;
    this.period = (what.probe.periodSeconds ?? 10) * 1000;
    this.verdict = what.type === "startup" ? undefined : what.type === "liveness";
    this.check = createCheck(pod, what.slot, what.probe);
  }

  start(): void {
    const { sim, random } = this.pod.ctx;
    const initial = (this.probe.initialDelaySeconds ?? 0) * 1000;
    const began = this.slot.current?.startedAt ?? sim.now;
    const phase = initial === 0 && this.type !== "liveness" ? 0 : random.int(this.period);
    this.schedule(Math.max(0, began + initial + phase - sim.now));
  }

  stop(): void {
    this.stopped = true;
    this.pod.ctx.sim.cancel(this.timer);
    this.check.cancel?.();
  }

  private schedule(delay: number): void {
    this.timer = this.pod.ctx.sim.after(delay, this.tick, this.settled ? BACKGROUND : FOREGROUND);
  }

  /** True iff the newest answer came often enough in a row to count. */
  private get decided(): boolean {
    if (this.last === undefined) return false;
    return this.run >= (this.last ? (this.probe.successThreshold ?? 1) : (this.probe.failureThreshold ?? 3));
  }

  /** True iff asking again is not expected to change anything. */
  private get settled(): boolean {
    if (this.errored) return true;
    if (this.last === undefined) return this.verdict === true;
    return (this.last && this.verdict === true) || this.decided;
  }

  private readonly tick = (): void => {
    if (this.stopped) return;
    const answer = this.check.ask(this.answered);
    if (answer !== undefined) this.answered(answer);
  };

  /** The next question comes a period after this one was asked, as a ticker gives it. */
  private readonly answered = (answer: ProbeAnswer): void => {
    if (this.stopped) return;
    const next = Math.max(1, this.period - this.check.took);
    this.errored = typeof answer === "object" && "error" in answer;
    if (typeof answer === "object" && "error" in answer) {
      // Upstream: "Prober error, throw away the result."
      this.tell("Unhealthy", `errored and resulted in unknown state: ${answer.error}`);
      return this.schedule(next);
    }
    const success = typeof answer !== "string";
    if (success === this.last) this.run++;
    else {
      this.last = success;
      this.run = 1;
    }
    if (!success) this.tell("Unhealthy", `failed: ${answer}`);
    else if (answer !== true) this.tell("ProbeWarning", `warning: ${answer.warning}`);
    this.schedule(next);
    if (success === this.verdict || !this.decided) return;
    this.verdict = success;
    this.prober.verdict(this.slot, this.type, success);
  };

  private tell(reason: string, what: string): void {
    const { ctx, pod } = this.pod;
    const fieldPath = containerPath(pod, this.slot.spec);
    ctx.events.event(pod, "Warning", { reason, message: `${TITLES[this.type]} probe ${what}`, fieldPath });
  }
}
