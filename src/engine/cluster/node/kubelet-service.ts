/**
 * kubelet.service of a node's systemd: starts, stops and keeps the kubelet process, whose words journald has.
 * Upstream: kubeadm's kubelet.service and 10-kubeadm.conf, systemd.service(5).
 */
import type { Kubelet } from "../../kubelet/kubelet.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { Timer } from "../../sim/event-queue.ts";
import { KUBELET_CONFIG, parseKubeletConfiguration } from "./kubelet-configuration.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";

const UNIT = "kubelet.service - kubelet: The Kubernetes Node Agent";
/** RestartSec of the unit. */
const RESTART = 10_000;
const FIRST_PID = 812;

export type UnitState = "active" | "inactive" | "activating";

export interface KubeletServiceOptions {
  kubelet: () => Kubelet;
  /** Undefined while nobody has looked at the node's disk. */
  disk: () => MemoryFileSystem | undefined;
  /** Called with what the configuration file says before the process starts. */
  configure: (configuration: KubeletConfiguration) => void;
}

export class KubeletService {
  enabled = true;
  state: UnitState = "inactive";
  /** When `state` was entered. */
  since = 0;
  /** Status of the process that failed last. */
  exitCode: number | undefined;
  private readonly options: KubeletServiceOptions;
  private starts = 0;
  private retry: Timer | undefined;

  constructor(options: KubeletServiceOptions) {
    this.options = options;
  }

  get pid(): number {
    return this.options.kubelet().log.pid;
  }

  /** Begins the process; nothing happens while it runs. */
  start(): void {
    const kubelet = this.options.kubelet();
    if (kubelet.active) return;
    kubelet.sim.cancel(this.retry);
    const { log } = kubelet;
    log.plain(`systemd[1]: Started ${UNIT}.`);
    log.pid = FIRST_PID + 417 * this.starts++;
    const failure = this.configure();
    if (failure !== undefined) return this.fail(failure);
    this.enter("active");
    this.exitCode = undefined;
    log.info("server.go:525", "Kubelet version", { kubeletVersion: "v1.36.0" });
    log.info("kubelet.go:2337", "Starting kubelet main sync loop");
    kubelet.powerOn();
  }

  stop(): void {
    const kubelet = this.options.kubelet();
    kubelet.sim.cancel(this.retry);
    if (this.state === "inactive") return;
    this.enter("inactive");
    if (kubelet.active) kubelet.stop();
    for (const verb of ["Stopping", "Stopped"]) {
      const end = verb === "Stopping" ? "..." : ".";
      if (verb === "Stopped") kubelet.log.plain("systemd[1]: kubelet.service: Deactivated successfully.");
      kubelet.log.plain(`systemd[1]: ${verb} ${UNIT}${end}`);
    }
  }

  /** The machine went down: whoever asks next finds nothing running. */
  powerOff(): void {
    const kubelet = this.options.kubelet();
    kubelet.sim.cancel(this.retry);
    this.enter("inactive");
  }

  private enter(state: UnitState): void {
    this.state = state;
    this.since = this.options.kubelet().sim.now;
  }

  private configure(): string | undefined {
    const disk = this.options.disk();
    if (disk === undefined) return undefined;
    if (!disk.exists(KUBELET_CONFIG)) {
      return `failed to load kubelet config file, path: ${KUBELET_CONFIG}, error: failed to load Kubelet config file ${KUBELET_CONFIG}, error failed to read kubelet config file "${KUBELET_CONFIG}", error: open ${KUBELET_CONFIG}: no such file or directory`;
    }
    const configuration = parseKubeletConfiguration(disk.readFile(KUBELET_CONFIG));
    if ("error" in configuration) return configuration.error;
    this.options.configure(configuration);
    return undefined;
  }

  /** The process ends at once; systemd tries again and again. */
  private fail(why: string): void {
    const { sim, log } = this.options.kubelet();
    this.exitCode = 1;
    this.enter("activating");
    log.error("run.go:72", "command failed", { err: why });
    log.plain("systemd[1]: kubelet.service: Main process exited, code=exited, status=1/FAILURE");
    log.plain("systemd[1]: kubelet.service: Failed with result 'exit-code'.");
    this.retry = sim.after(RESTART, () => this.start(), { background: true });
  }
}
