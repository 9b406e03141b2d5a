/**
 * One container of a sandbox: created, running or exited, with its log. Models a CRI container and runc's start.
 * Upstream: containerd internal/cri/server/container_*.go.
 */
import { SIGNAL_NUMBERS, SystemError } from "../../base/program.ts";
import type { FileSystem, Signal } from "../../base/program.ts";
import type { Timer } from "../../sim/event-queue.ts";
import type { MachineLoad } from "../machine-load.ts";
import type { Machine, Neighbour, Process, ProcessStdio } from "../machine.ts";
import type { NetworkPort } from "../network-port.ts";
import type { MemoryFileSystem } from "../memory-file-system.ts";
import { Tty } from "../tty.ts";
import type { ContainerConfig } from "./container-config.ts";
import { confinementOf, serverRow } from "./container-facts.ts";
import type { ContainerHost } from "./container-host.ts";
import { ContainerLog } from "./container-log.ts";
import type { LogStream } from "./container-log.ts";
import { ContainerPrograms, findOwnProgram } from "./container-programs.ts";
import { createContainerTree } from "./container-tree.ts";
import { capabilitiesUnder, containerUser } from "./container-user.ts";
import type { ContainerSecurity, ContainerUser } from "./container-user.ts";
import { Cgroup } from "./cgroup.ts";
import type { ImageProgram } from "./image.ts";
import type { Sandbox, SandboxDns } from "./sandbox.ts";
import { ServerProcess } from "./server-process.ts";
import { shownServer } from "./server-titles.ts";
import type { Place } from "../place.ts";
import { entriesOf, foreignPids, neighboursOf } from "./process-namespace.ts";
import { commandLine, processEnvironment, programPath, terminalEnvironment, withHome } from "./command-line.ts";
import { imageView } from "./image-files.ts";
import { covers, rootProblem } from "./root-check.ts";
import { ContainerError, runcError, startError } from "./start-error.ts";
import { UserFileSystem } from "./user-file-system.ts";

export interface ExitStatus {
  exitCode: number;
  signal?: Signal;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`, `Unknown`. */
  reason: string;
  message: string;
  finishedAt: number;
}

export class Container {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly sandbox: Sandbox;
  readonly createdAt: number;
  readonly log: ContainerLog;
  startedAt: number | undefined;
  exit: ExitStatus | undefined;
  readonly cgroup: Cgroup;
  /** The main process' terminal, with `tty`. */
  terminal: Tty | undefined;
  private watchers: Set<(stream: LogStream, text: string) => void> | undefined;
  private readonly host: ContainerHost;
  private main: Process | ServerProcess | undefined;
  /** The main process' number in its namespace. */
  private mainPid = 1;
  private mainHasPid = false;
  private tree: FileSystem | undefined;
  /** What of the tree is the container's own. */
  private layer: MemoryFileSystem | undefined;
  private linux: Machine | undefined;
  private programs: ContainerPrograms | undefined;
  private killTimer: Timer | undefined;
  private exited: (() => void) | undefined;
  private oom = false;

  constructor(host: ContainerHost, sandbox: Sandbox, id: string, config: ContainerConfig) {
    this.host = host;
    this.sandbox = sandbox;
    this.id = id;
    this.config = config;
    this.createdAt = host.sim.now;
    this.log = new ContainerLog(host.sim, host.logLimits);
    this.cgroup = new Cgroup(config.limits, host.sim.now);
  }

  get running(): boolean {
    return this.startedAt !== undefined && this.exit === undefined;
  }

  /** The container's file tree, made when somebody first looks. It outlives the process, as on a node. */
  get fs(): FileSystem {
    if (this.tree === undefined) {
      const { sim, images, fileChanging: changing, memoryChanged, diskSpace } = this.host;
      const load = (): MachineLoad => this.host.hostNode().load();
      const made = createContainerTree(this, images, { now: () => sim.now, changing, memoryChanged, diskSpace, load });
      this.layer = made.layer;
      this.tree = made.tree;
    }
    return this.tree;
  }

  /** See `ServerContext.pristine`. */
  pristine(path: string): string | undefined {
    if (this.tree !== undefined) return undefined;
    for (const mount of this.config.mounts) if (covers(mount.path, path)) return undefined;
    return this.config.image.definition.files?.[path];
  }

  /** True when its own tree has no such file (any more). */
  lost(path: string): boolean {
    return this.tree !== undefined && !this.tree.exists(path);
  }

  /** True while nobody has looked into the container's tree and nothing is mounted in that folder or above it. */
  untouched(folder: string): boolean {
    return (
      this.tree === undefined && !this.config.mounts.some(({ path }) => covers(path, folder) || covers(folder, path))
    );
  }

  /** A file's text; undefined when it isn't there or nobody ever looked into the tree. */
  readIfMade(path: string): string | undefined {
    if (this.tree === undefined || !this.tree.exists(path)) return undefined;
    return this.tree.stat(path).type === "file" ? this.tree.readFile(path) : undefined;
  }

  get argv(): readonly string[] {
    return commandLine(this.config);
  }

  /** Starts the main process; `exited` is called once, later or at once. Throws a ContainerError as runc would fail. */
  start(exited: () => void): void {
    const { argv, workingDir: cwd } = this;
    const name = argv[0] as string;
    this.exited = exited;
    this.startedAt = this.host.sim.now;
    const problem = rootProblem(this, () => imageView(this.host.images, this.config.image));
    if (problem !== undefined) this.failStart(runcError(`error during container init: ${problem}: unknown`));
    this.mainPid = this.nextPid?.() ?? 1;
    const program = this.findOwn(name);
    if (program?.kind === "server" && program.tool?.(argv) === undefined) {
      const server = new ServerProcess(this.host.sim, this, (code, signal) => this.ended(code, signal));
      this.main = server;
      server.start(program, argv);
      return;
    }
    const stdio = this.mainStdio();
    try {
      const machine = this.machine({ firstPid: 1 });
      const onExit = (code: number, signal: Signal | undefined): void => this.ended(code, signal);
      this.main = machine.start({ argv: [...argv], cwd, env: terminalEnvironment(stdio), stdio, onExit });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.failStart(startError(name, error));
    }
  }

  private failStart(message: string): never {
    this.finish({ exitCode: 128, reason: "StartError", message });
    throw new ContainerError("RunContainerError", message);
  }

  /** Calls `listener` with what the main process writes, until the returned function is called. Built-in servers: never. */
  onOutput(listener: (stream: LogStream, text: string) => void): () => void {
    const watchers = (this.watchers ??= new Set());
    watchers.add(listener);
    return () => void watchers.delete(listener);
  }

  /** Runs a further process in the container (exec, probes, hooks). Throws `SystemError` ENOENT or EACCES. */
  startProcess(
    argv: string[],
    stdio: ProcessStdio,
    onExit: (code: number, signal: Signal | undefined) => void,
  ): Process {
    const machine = this.machine({ firstPid: FIRST_EXEC_PID });
    return machine.start({ argv, cwd: this.workingDir, env: terminalEnvironment(stdio), stdio, onExit });
  }

  /** The main process, when it reads standard input or can be attached to. */
  get process(): Process | undefined {
    return this.main instanceof ServerProcess ? undefined : this.main;
  }

  /** SIGTERM now (or the image's own stop signal), SIGKILL after the grace period. */
  stop(graceMs: number, signal: Signal = "SIGTERM"): void {
    if (!this.running) return;
    const { sim } = this.host;
    this.killTimer = sim.after(graceMs, () => this.kill("SIGKILL"));
    this.kill(signal);
  }

  /** Sends a signal to the main process. */
  kill(signal: Signal): void {
    if (this.running) this.main?.kill(signal);
  }

  /** The machine lost its power, or the node's runtime takes the container away: no process runs any more, nobody is told. */
  vanish(): void {
    this.exited = undefined;
    if (this.running) this.ended(255, undefined, { reason: "Unknown" });
    this.linux?.destroy();
    this.linux = undefined;
  }

  use(resources: { cpuMillicores?: number; memoryBytes?: number }): void {
    const { cgroup, host } = this;
    const before = cgroup.heldBytes;
    cgroup.use(resources, host.sim.now);
    if (cgroup.exceeded) this.runOutOfMemory();
    if (cgroup.heldBytes !== before) host.memoryChanged(cgroup.heldBytes - before);
  }

  /** What metrics show. */
  used(): { cpuMillicores: number; memoryBytes: number } {
    return this.cgroup.used(this.host.sim.now);
  }

  /** Environment of the main process and of what exec starts. */
  get environment(): Record<string, string> {
    return processEnvironment(this);
  }

  get user(): ContainerUser {
    return containerUser(this.fs, this.security, this.config.image.definition.user);
  }

  get security(): ContainerSecurity {
    return this.config.security ?? NO_SECURITY;
  }

  /** As those see it that share its process namespace: a built-in server, or what runs on the container's machine. */
  get processes(): (Neighbour & { process: object })[] {
    const { name, uid } = this.user;
    const seen = { ppid: 0, user: name === "" ? String(uid) : name, capabilities: capabilitiesUnder(this.security) };
    const { main, mainPid, startedAt = 0 } = this;
    const others = (this.linux?.processes() ?? []).flatMap((each) =>
      this.shown({
        ...{ ...seen, pid: each.pid, argv: each.argv, startedAt: each.startedAt, process: each },
        kill: (signal: Signal) => each.kill(signal),
        sockets: () => each.sockets(),
        facts: () => each.facts(),
      }),
    );
    if (!(main instanceof ServerProcess)) return others;
    const output = (stream: LogStream, text: string): void => this.output(stream, text);
    const own = serverRow(this, main, { output, pid: mainPid });
    return [...this.shown({ ...seen, ...own, startedAt, process: main as object }), ...others];
  }

  /** The built-in server alone with what belongs to it: its machine knows the others itself. */
  get serverProcess(): Neighbour[] {
    const { main } = this;
    return main instanceof ServerProcess ? this.processes.filter(({ process }) => process === main) : [];
  }

  /** A process as tables have it. */
  private shown<T extends Neighbour>(row: T): T[] {
    const program = this.findOwn(row.argv[0] ?? "");
    const process = row.pid === this.mainPid ? { ...row, use: () => this.used() } : row;
    if (program?.kind !== "server" || program.shows === undefined) return [process];
    return shownServer(process, program.shows, { fs: this.fs, alone: this.nextPid === undefined });
  }

  /** Present processes: the main one, and what exec brought. */
  get pids(): number[] {
    const started = this.linux?.processes().map(({ pid }) => pid) ?? [];
    return this.main instanceof ServerProcess ? [this.mainPid, ...started] : started;
  }

  /** Where its processes are. */
  get place(): Place {
    const { fs, sandbox, port } = this;
    return { fs, programs: this.programSource(), hostname: sandbox.hostname, network: port };
  }

  /** Numbers of a namespace that is not its own. */
  private get nextPid(): (() => number) | undefined {
    return foreignPids(this, this.host);
  }

  /** The main process has its number before it runs, and may start others at once. */
  private takePid(): number {
    const isMain = this.main === undefined && !this.mainHasPid;
    this.mainHasPid = true;
    return isMain ? this.mainPid : (this.nextPid?.() ?? 1);
  }

  get workingDir(): string {
    return this.config.workingDir ?? this.config.image.definition.workingDir ?? "/";
  }

  private mainStdio(): ProcessStdio {
    if (this.config.tty === true) {
      this.terminal = new Tty({ output: (text) => this.output("stdout", text) });
      return { stdin: this.terminal, stdout: this.terminal, stderr: this.terminal };
    }
    return {
      stdin: this.config.stdin === true ? "open" : "none",
      stdout: { write: (text) => this.output("stdout", text) },
      stderr: { write: (text) => this.output("stderr", text) },
    };
  }

  private output(stream: LogStream, text: string): void {
    this.log.write(this.host.sim.now, stream, this.terminal === undefined ? text : text.replaceAll("\r\n", "\n"));
    for (const watcher of this.watchers ?? []) watcher(stream, text);
  }

  private findOwn(name: string): ImageProgram | undefined {
    return findOwnProgram(this.config.image, name, programPath(this.config))?.program;
  }

  private programSource(): ContainerPrograms {
    this.programs ??= new ContainerPrograms(this.host.sim, this.host.images, this);
    return this.programs;
  }

  /** A way out as its programs have it: the pod's address, the container's hosts file, the pod's name servers. */
  get port(): NetworkPort {
    const dns: SandboxDns = { ...this.config.dns, hosts: () => this.hostsFile() };
    return this.sandbox.port(dns);
  }

  private machine({ firstPid }: { firstPid: number }): Machine {
    const { sandbox, config, host } = this;
    if (this.linux !== undefined) return this.linux;
    const { user } = this;
    this.linux = host.createMachine({
      id: `container/${sandbox.namespace}/${sandbox.name}/${config.name}/${config.attempt}`,
      hostname: sandbox.hostname,
      fs: user.uid === 0 ? this.fs : new UserFileSystem(this.fs, user),
      env: withHome(this.environment, user),
      user,
      programs: this.programSource(),
      network: this.port,
      background: true,
      protectsInit: true,
      onCpu: (cpuMs, waited = cpuMs) => this.cgroup.spend(cpuMs, host.sim.now, waited - cpuMs),
      cores: () => this.cgroup.cores,
      mayFork: () => this.mayFork(),
      firstPid,
      othersFrom: FIRST_EXEC_PID,
      shown: (process) => this.shown(process),
      ...(this.nextPid !== undefined && { nextPid: () => this.takePid() }),
      neighbours: () => neighboursOf(this, host),
      confinement: () => confinementOf(this),
      ...entriesOf(this, host),
    });
    return this.linux;
  }

  /** The limit is the pod's: the processes of all its containers count. */
  private mayFork(): boolean {
    const { maxPids } = this.cgroup;
    this.host.processStarting();
    if (maxPids === undefined) return true;
    const processes = this.sandbox.containers.reduce((sum, each) => sum + each.pids.length, 0);
    return processes < maxPids;
  }

  /** What the container's own layer and log take. */
  get diskUse(): MemoryFileSystem["ownUse"] {
    const { bytes = 0, inodes = 0 } = this.layer?.ownUse ?? {};
    return { bytes: bytes + this.log.bytes, inodes: inodes + 1 };
  }

  /** The kernel takes its memory back: the main process is killed. */
  runOutOfMemory(): void {
    if (this.oom) return;
    this.oom = true;
    this.cgroup.oomKills++;
    this.host.sim.after(1, () => this.kill("SIGKILL"));
  }

  private hostsFile(): string {
    return this.fs.exists("/etc/hosts") ? this.fs.readFile("/etc/hosts") : "";
  }

  private ended(code: number, signal: Signal | undefined, why: { reason?: string; message?: string } = {}): void {
    if (!this.running) return;
    const exitCode = signal === undefined ? code : 128 + SIGNAL_NUMBERS[signal];
    const reason = this.oom ? "OOMKilled" : (why.reason ?? (exitCode === 0 ? "Completed" : "Error"));
    this.finish({ exitCode, reason, message: why.message ?? "", ...(signal !== undefined && { signal }) });
  }

  private finish(status: Omit<ExitStatus, "finishedAt">): void {
    const { sim } = this.host;
    sim.cancel(this.killTimer);
    this.exit = { ...status, finishedAt: sim.now };
    this.log.end(sim.now);
    this.use({ cpuMillicores: 0, memoryBytes: 0 });
    this.linux?.destroy();
    this.linux = undefined;
    const { exited, main } = this;
    this.main = undefined;
    if (main instanceof ServerProcess) main.release();
    this.exited = undefined;
    if (status.reason !== "StartError") exited?.();
  }
}

/** The main process of a built-in server counts as 1 and has no entry in the table. */
const FIRST_EXEC_PID = 12;

const NO_SECURITY: ContainerSecurity = {};
