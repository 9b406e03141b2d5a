/**
 * All probes of one pod. Upstream: pkg/kubelet/prober/prober_manager.go.
 */
import type { ContainerSlot } from "./container-slot.ts";
import type { PodWorker } from "./pod-worker.ts";
import { ProbeWorker } from "./probe-worker.ts";
import type { ProbeType } from "./probe-worker.ts";

export class PodProber {
  private readonly pod: PodWorker;
  private readonly workers = new Map<ContainerSlot, ProbeWorker[]>();

  constructor(pod: PodWorker) {
    this.pod = pod;
  }

  static wanted({ spec }: ContainerSlot): boolean {
    return spec.startupProbe !== undefined || spec.readinessProbe !== undefined || spec.livenessProbe !== undefined;
  }

  /** The container runs: its startup probe comes first, the others once it has started. */
  add(slot: ContainerSlot): void {
    this.remove(slot);
    this.workers.set(slot, []);
    if (slot.spec.startupProbe !== undefined && !slot.started) this.begin(slot, "startup");
    else this.beginOthers(slot);
  }

  remove(slot: ContainerSlot): void {
    for (const worker of this.workers.get(slot) ?? []) worker.stop();
    this.workers.delete(slot);
  }

  stop(): void {
    for (const slot of [...this.workers.keys()]) this.remove(slot);
  }

  /** A probe's verdict, when it changes. */
  verdict(slot: ContainerSlot, type: ProbeType, success: boolean): void {
    const { pod } = this;
    if (type === "readiness") slot.ready = success;
    else if (!success) {
      const kind = type === "liveness" ? "liveness" : "startup";
      const probe = slot.spec[`${kind}Probe`];
      const graceSeconds = probe?.terminationGracePeriodSeconds ?? pod.pod.spec.terminationGracePeriodSeconds ?? 30;
      pod.restart(slot, { message: `Container ${slot.name} failed ${kind} probe, will be restarted`, graceSeconds });
      return;
    } else if (type === "startup") {
      slot.started = true;
      if (slot.spec.readinessProbe === undefined) slot.ready = true;
      this.remove(slot);
      this.workers.set(slot, []);
      this.beginOthers(slot);
    } else return;
    pod.probed();
  }

  private beginOthers(slot: ContainerSlot): void {
    if (slot.spec.readinessProbe !== undefined) this.begin(slot, "readiness");
    if (slot.spec.livenessProbe !== undefined) this.begin(slot, "liveness");
  }

  private begin(slot: ContainerSlot, type: ProbeType): void {
    const probe = slot.spec[`${type}Probe`];
    if (probe === undefined) return;
    const worker = new ProbeWorker(this.pod, { slot, type, probe, prober: this });
    this.workers.get(slot)?.push(worker);
    worker.start();
  }
}
