/**
 * kubelet.service of a node's systemd: starts, stops and keeps the kubelet process, whose words journald has.
 * Upstream: kubeadm's kubelet.service and 10-kubeadm.conf, systemd.service(5).
 */
import type { Kubelet } from "../../kubelet/kubelet.ts";
import type { MemoryFileSystem } from "../../runtime/memory-file-system.ts";
import type { NetworkPort } from "../../runtime/network-port.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { HeldSocket } from "../../runtime/socket-holders.ts";
import { listenAsKubelet } from "../component-endpoints.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import { firstEntries, readKubeletKubeconfig } from "./kubeconfig-files.ts";
import type { ClientConfig } from "./kubeconfig-files.ts";
import { parseKubeletConfiguration } from "./kubelet-configuration.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";
import { kubeletCommand, kubeletFlags, KUBELET_PROGRAM } from "./kubelet-unit.ts";
import { TlsBootstrap } from "./tls-bootstrap.ts";

const UNIT = "kubelet.service - kubelet: The Kubernetes Node Agent";
/** RestartSec of the unit. */
const RESTART = 10_000;
const FIRST_PID = 812;
/** As kubeadm has it. */
const USUAL_ARGV =
  `${KUBELET_PROGRAM} --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml`.split(
    " ",
  );

export type UnitState = "active" | "inactive" | "activating";

export interface KubeletServiceOptions {
  kubelet: () => Kubelet;
  /** Undefined while nobody has looked at the node's disk. */
  disk: () => MemoryFileSystem | undefined;
  network: () => NetworkPort;
  /** That of the program on the disk: `v1.36.0`. */
  release: () => string;
  /** Called with what the configuration file says before the process starts. `client`: the server's address while it has no certificate for it. */
  configure: (configuration: KubeletConfiguration, client: ClientConfig | string) => void;
}

export class KubeletService {
  enabled = true;
  state: UnitState = "inactive";
  /** When `state` was entered. */
  since = 0;
  /** Status of the process that failed last. */
  exitCode: number | undefined;
  /** The command line of the process that was started last. */
  argv: readonly string[] = USUAL_ARGV;
  private readonly options: KubeletServiceOptions;
  private starts = 0;
  private retry: Timer | undefined;
  private bootstrap: TlsBootstrap | undefined;
  /** The ports that the process listens on; there iff it does. */
  private ports: DaemonPorts | undefined;

  constructor(options: KubeletServiceOptions) {
    this.options = options;
  }

  get pid(): number {
    return this.options.kubelet().log.pid;
  }

  get sockets(): readonly HeldSocket[] {
    return this.ports?.sockets ?? [];
  }

  /** Begins the process; nothing happens while it runs. */
  start(): void {
    const kubelet = this.options.kubelet();
    if (kubelet.active) return;
    kubelet.sim.cancel(this.retry);
    const { log } = kubelet;
    log.plain(`systemd[1]: Started ${UNIT}.`);
    log.pid = FIRST_PID + 417 * this.starts++;
    this.bootstrap?.cancel();
    const failure = this.configure();
    if (failure !== undefined && "bootstrap" in failure) return this.ask(failure.bootstrap);
    if (failure !== undefined) return this.fail(failure, "program" in failure ? 203 : 1);
    this.run();
  }

  private run(): void {
    const kubelet = this.options.kubelet();
    const { log } = kubelet;
    this.enter("active");
    this.exitCode = undefined;
    kubelet.release = this.options.release();
    log.info("server.go:525", "Kubelet version", { kubeletVersion: kubelet.release });
    log.info("kubelet.go:2337", "Starting kubelet main sync loop");
    kubelet.powerOn();
    this.ports = listenAsKubelet(this.options.network().namespace);
  }

  stop(): void {
    const kubelet = this.options.kubelet();
    kubelet.sim.cancel(this.retry);
    this.bootstrap?.cancel();
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
    this.bootstrap?.cancel();
    this.enter("inactive");
  }

  /** The process has a bootstrap kubeconfig alone: it runs static pods, and asks for a certificate for all else. */
  private ask(text: string): void {
    const { sim, log, node } = this.options.kubelet();
    const disk = this.options.disk();
    if (disk === undefined) return;
    this.run();
    log.info("bootstrap.go:266", "Using bootstrap kubeconfig to generate TLS client cert, key and kubeconfig file");
    const done = (error?: string): void => {
      this.bootstrap = undefined;
      const failure = error === undefined ? this.configure() : { error };
      if (failure !== undefined) this.fail("bootstrap" in failure ? { error: "no certificate" } : failure, 1);
    };
    const complain = (err: string): void =>
      log.error("certificate_manager.go:566", "Failed while requesting a signed certificate from the control plane", {
        err,
      });
    const { network } = this.options;
    this.bootstrap = new TlsBootstrap(text, { sim, node: node.name, disk, network, complain, done });
    this.bootstrap.begin();
  }

  private enter(state: UnitState): void {
    this.ports?.close();
    this.ports = undefined;
    this.state = state;
    this.since = this.options.kubelet().sim.now;
  }

  private configure(): { error: string } | { program: string } | { bootstrap: string } | undefined {
    const disk = this.options.disk();
    if (disk === undefined) return undefined;
    this.argv = kubeletCommand(disk);
    const [program = "", ...words] = this.argv;
    if (program !== KUBELET_PROGRAM) return { program };
    const flags = kubeletFlags(words);
    if ("error" in flags) return flags;
    const path = flags.get("config") ?? "";
    if (!disk.exists(path)) {
      return {
        error: `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error failed to read kubelet config file "${path}", error: open ${path}: no such file or directory`,
      };
    }
    const exists = (file: string): boolean => disk.exists(file);
    const gates = flags.get("feature-gates");
    const configuration = parseKubeletConfiguration(disk.readFile(path), { path, exists, gates });
    if ("error" in configuration) return configuration;
    const kubeconfig = flags.get("kubeconfig") ?? "";
    const bootstrap = flags.get("bootstrap-kubeconfig") ?? "";
    if (!disk.exists(kubeconfig) && disk.exists(bootstrap)) {
      const text = disk.readFile(bootstrap);
      this.options.configure(configuration, String(firstEntries(text).cluster["server"] ?? ""));
      return { bootstrap: text };
    }
    const client = readKubeletKubeconfig(disk, kubeconfig);
    if ("error" in client) return client;
    this.options.configure(configuration, client);
    const { log } = this.options.kubelet();
    for (const warning of configuration.warnings) log.warning("feature_gate.go:352", warning);
    for (const field of configuration.ignored) log.warning("server.go:540", "Field has no effect here", { field });
    return undefined;
  }

  /** The process ends at once; systemd tries again and again. */
  private fail(why: { error: string } | { program: string }, status: number): void {
    const kubelet = this.options.kubelet();
    const { sim, log } = kubelet;
    if (kubelet.active) kubelet.stop();
    this.exitCode = status;
    this.enter("activating");
    if ("error" in why) log.error("run.go:72", "command failed", { err: why.error });
    else {
      const missing = `${why.program}: No such file or directory`;
      log.plain(
        `(kubelet)[${log.pid}]: kubelet.service: Unable to locate executable '${why.program}': No such file or directory`,
      );
      log.plain(`(kubelet)[${log.pid}]: kubelet.service: Failed at step EXEC spawning ${missing}`);
    }
    log.plain(`systemd[1]: kubelet.service: Main process exited, code=exited, status=${statusText(status)}`);
    log.plain("systemd[1]: kubelet.service: Failed with result 'exit-code'.");
    this.retry = sim.after(RESTART, () => this.start(), { background: true });
  }
}

/** A process' status as systemd writes it. */
export function statusText(code: number): string {
  return `${code}/${{ 0: "SUCCESS", 203: "EXEC" }[code] ?? "FAILURE"}`;
}
