import type { ExitCode, FileSystem, Program, Signal, User } from "../base/program.ts";
import type { NetworkPort } from "./network-port.ts";
import type { Place } from "./place.ts";
import type { Confinement, ProcessFacts } from "./process-facts.ts";
import type { HeldSocket } from "./socket-holders.ts";

/** Where a process' output goes. Returning false says "full: wait until `onDrain`"; most sinks never do. */
export interface OutputSink {
  write(text: string): void;
}

/** A terminal as processes see it: one per laptop tab, one per `exec -t`. Implemented by `Tty`. */
export interface TerminalDevice {
  readonly columns: number;
  readonly rows: number;
  resize(columns: number, rows: number): void;
  /** What the person typed (keys, pasted text, escape sequences). */
  input(text: string): void;
  /** The other end is gone: readers get null, the foreground group SIGHUP. */
  hangUp(): void;
}

export interface ProcessStdio {
  /** "none": end of input at once. "open": stays open and empty until `writeStdin`/`closeStdin`. */
  stdin: "none" | "open" | TerminalDevice;
  stdout: OutputSink | TerminalDevice;
  stderr: OutputSink | TerminalDevice;
}

export interface StartOptions {
  argv: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  stdio: ProcessStdio;
  /** Runs this instead of looking argv[0] up. */
  program?: Program;
  /** Default: the machine's. */
  user?: User;
  /** How it ended; 128 + n with `signal` for a death by signal. Called once. */
  onExit(code: ExitCode, signal: Signal | undefined): void;
}

/** A running or ended process, seen from outside. */
export interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly startedAt: number;
  readonly running: boolean;
  writeStdin(text: string): void;
  closeStdin(): void;
  /** Delivers a signal to the process and, with `group`, to all of its group. */
  kill(signal: Signal, group?: boolean): void;
  /** The sockets that it has open. */
  sockets(): readonly HeldSocket[];
  facts(): ProcessFacts;
  /** Ends the process from outside with this code, as if its program had returned it (built-in servers). */
  exit(code: ExitCode): void;
}

/** Finds what runs for argv[0]: by absolute path, or by name along PATH. */
export interface ProgramSource {
  find(name: string, path: string): { program: Program; path: string } | undefined;
  names(): string[];
}

/** A process of somewhere else. */
export interface Neighbour {
  pid: number;
  ppid: number;
  argv: readonly string[];
  startedAt: number;
  /** The user's name. */
  user: string;
  /** A signal from a process of the same namespace. */
  kill(signal: Signal): void;
  /** What it takes, with all that shares its cgroup; absent: next to nothing. */
  use?(): { cpuMillicores: number; memoryBytes: number };
  /** Where it is, for who joins its namespaces; absent: nobody can. */
  place?(): Place;
  /** The sockets that it has open; absent: none. */
  sockets?: (() => readonly HeldSocket[]) | undefined;
  /** What it may do beyond its user's own; absent: everything. */
  capabilities?: ReadonlySet<string>;
  /** What /proc has of it; absent: nothing. */
  facts?(): ProcessFacts;
}

export interface MachineOptions {
  /** Unique; random streams and journal lines carry it: `laptop`, `node/worker-1`, `container/default/web-1/nginx`. */
  id: string;
  hostname: string;
  fs: FileSystem;
  env: Record<string, string>;
  user: User;
  programs: ProgramSource;
  network: NetworkPort;
  /** Background machines (containers, nodes): their sleeping processes don't keep the cluster from being idle. */
  background: boolean;
  /** Process 1 takes no signal that it has no handler for, SIGKILL aside, as in a container. Default false. */
  protectsInit?: boolean;
  /**
   * Called for each system call with the milliseconds of a core that it took: for who counts CPU time. `waited`: it comes
   * once for a process that keeps its core busy so long from now on.
   */
  onCpu?(cpuMs: number, waited?: number): void;
  /** False: no process may start another one at present. */
  mayFork?: () => boolean;
  /** How many cores its processes may keep busy; absent: no limit. */
  cores?(): number;
  /** Default 1. */
  firstPid?: number;
  /** The least number of all others. Absent: what follows. */
  othersFrom?: number;
  /** Numbers of new processes, where several machines share them. */
  nextPid?(): number;
  /** Processes that this machine's see besides their own: of whom they share a process namespace with. */
  neighbours?(): readonly Neighbour[];
  /** What its processes see in the place of one of them: a title of its own, processes that belong to it. Absent: it. */
  shown?(process: Neighbour): readonly Neighbour[];
  /**
   * What a process finds that makes `path` its root; undefined: nothing can be run there. Throws EPERM. Absent: EPERM.
   */
  root?(path: string): Place | undefined;
  /** Whether users beside root may do with files what their modes say, and not everything. Default false. */
  permissions?: boolean;
  /** Whether its processes may join namespaces. Default false. */
  joins?: boolean;
  /** What its root may do; absent: everything. */
  capabilities?: ReadonlySet<string>;
  /** Absent: it is no container. */
  confinement?(): Confinement;
}

/** One Linux as its processes see it: the learner's laptop, a node, a container. */
export interface Machine {
  readonly id: string;
  readonly hostname: string;
  readonly fs: FileSystem;
  readonly network: NetworkPort;
  /** Throws `SystemError` ENOENT or EACCES when argv[0] can't be run. */
  start(options: StartOptions): Process;
  processes(): Process[];
  /** Kills all processes at once (SIGKILL), runs their `onExit`, and forgets the machine. */
  destroy(): void;
}
