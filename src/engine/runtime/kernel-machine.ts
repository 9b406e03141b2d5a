/** One machine of the kernel: its process table, how programs are found, what a program's context is made of. */
import type { Entry, FileSystem, Program, ProgramContext, Signal, User } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { RandomStream } from "../sim/random.ts";
import type { Description } from "./description.ts";
import type { Kernel } from "./kernel.ts";
import { KernelProcess } from "./kernel-process.ts";
import { LIMITS } from "./limits.ts";
import type {
  Machine,
  MachineOptions,
  Neighbour,
  OutputSink,
  Process,
  ProcessStdio,
  ProgramSource,
  StartOptions,
  TerminalDevice,
} from "./machine.ts";
import type { NetworkPort } from "./network-port.ts";
import { resolvePath } from "./paths.ts";
import type { Place } from "./place.ts";
import { ProcessFileSystem } from "./process-file-system.ts";
import type { Confinement } from "./process-facts.ts";
import { FedStream, NullStream, SinkStream } from "./streams.ts";
import { Tty, TtyStream } from "./tty.ts";
import { UserFileSystem } from "./containers/user-file-system.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A program that was found, and the words that go before its own arguments (`#!` lines). */
export interface Executable {
  program: Program;
  argv: readonly string[];
}

/** What an executable is looked up with. */
interface Surroundings {
  env: Record<string, string>;
  cwd: string;
}

export class KernelMachine implements Machine, Place {
  readonly id: string;
  readonly hostname: string;
  readonly fs: FileSystem;
  readonly network: NetworkPort;
  readonly programs: ProgramSource;
  readonly background: boolean;
  readonly user: MachineOptions["user"];
  readonly protectsInit: boolean;
  readonly kernel: Kernel;
  readonly onCpu: MachineOptions["onCpu"];
  /** What its root may do; undefined: everything. */
  readonly capabilities: MachineOptions["capabilities"];
  private readonly options: MachineOptions;
  private readonly table = new Map<number, KernelProcess>();
  private nextPid: number;

  constructor(kernel: Kernel, options: MachineOptions) {
    this.kernel = kernel;
    this.options = options;
    this.id = options.id;
    this.onCpu = options.onCpu?.bind(options);
    this.hostname = options.hostname;
    this.fs = options.fs;
    this.network = options.network;
    this.programs = options.programs;
    this.background = options.background;
    this.user = options.user;
    this.capabilities = options.capabilities;
    this.protectsInit = options.protectsInit ?? false;
    this.nextPid = options.firstPid ?? 1;
  }

  /** How many cores its processes may keep busy. */
  get cores(): number {
    return this.options.cores?.() ?? Infinity;
  }

  get confinement(): Confinement | undefined {
    return this.options.confinement?.();
  }

  processes(): Process[] {
    return [...this.table.values()];
  }

  start(options: StartOptions): Process {
    const env = { ...this.options.env, ...options.env };
    const cwd = options.cwd ?? "/";
    const found: Executable =
      options.program !== undefined
        ? { program: options.program, argv: options.argv }
        : this.executable(options.argv, this, { env, cwd });
    const tty = terminalOf(options.stdio);
    const process = this.create({
      found,
      parent: undefined,
      group: undefined,
      env,
      cwd,
      terminal: tty,
      user: options.user,
      onExit: options.onExit,
    });
    const stdin = inputOf(options.stdio.stdin);
    process.stdin = stdin;
    const stdout = outputOf(options.stdio.stdout);
    const stderr = options.stdio.stderr === options.stdio.stdout ? stdout : outputOf(options.stdio.stderr);
    process.replaceDescriptors([stdin, stdout, stderr]);
    tty?.attach(process);
    this.kernel.launch(process);
    return process;
  }

  /** A new process, not yet running and without descriptors. */
  create(options: {
    found: Executable;
    parent: KernelProcess | undefined;
    /** Undefined: a group of its own. */
    group: number | undefined;
    env: Record<string, string>;
    cwd: string;
    terminal: Tty | undefined;
    user?: User | undefined;
    onExit?: StartOptions["onExit"];
  }): KernelProcess {
    if (this.table.size >= LIMITS.processes) throw new SystemError("ENOSPC", "too many processes");
    if (options.parent !== undefined && this.options.mayFork?.() === false) throw new SystemError("EAGAIN", "fork");
    const pid = this.options.nextPid?.() ?? this.nextPid++;
    this.nextPid = Math.max(this.nextPid, this.options.othersFrom ?? 0);
    const { found, parent } = options;
    const process = new KernelProcess(this.kernel, this, {
      pid,
      parent,
      group: options.group ?? pid,
      argv: found.argv,
      env: options.env,
      cwd: options.cwd,
      terminal: options.terminal,
      user: options.user ?? parent?.user ?? this.user,
      ...(options.onExit === undefined ? {} : { onExit: options.onExit }),
    });
    this.load(process, found);
    this.table.set(pid, process);
    parent?.children.set(pid, process);
    return process;
  }

  /** Puts a program at the bottom of the process' stack (start, spawn, exec). */
  load(process: KernelProcess, found: Executable): void {
    process.argv = found.argv;
    process.frames.length = 0;
    process.context = this.contextOf(process);
    process.frames.push({ code: found.program(process.context, found.argv) });
  }

  /** What runs for these words. ENOENT or EACCES when nothing does. */
  executable(argv: readonly string[], place: Place, how: Surroundings): Executable {
    const name = argv[0] ?? "";
    const path = how.env["PATH"] ?? DEFAULT_PATH;
    const { programs, fs } = place;
    if (name.includes("/")) {
      const full = resolvePath(how.cwd, name);
      const found = programs.find(full, path);
      if (found !== undefined) return { program: found.program, argv };
      return script(place, { file: full, argv, path });
    }
    const found = programs.find(name, path);
    if (found !== undefined) return { program: found.program, argv };
    const file = fileOnPath(fs, name, path);
    if (file === undefined) throw new SystemError("ENOENT", name);
    return script(place, { file, argv, path });
  }

  /** The full path of a program or an executable file of that name. */
  which({ fs, programs }: Place, name: string, path: string): string | undefined {
    if (name.includes("/")) return fs.exists(name) ? name : undefined;
    return programs.find(name, path)?.path ?? fileOnPath(fs, name, path);
  }

  /** Where a process is that enters a folder or namespaces; undefined: nothing can be run there. EPERM, ESRCH. */
  enter(process: KernelProcess, into: Entry): Place | undefined {
    const { options } = this;
    if ("root" in into) {
      if (options.root === undefined) throw new SystemError("EPERM", into.root);
      return into.root === "/" ? process.place : process.place === this ? options.root(into.root) : undefined;
    }
    const target = this.table.get(into.pid)?.place ?? this.neighbour(into.pid)?.place?.();
    if (target === undefined) throw new SystemError("ESRCH", String(into.pid));
    if (options.joins !== true) throw new SystemError("EPERM", String(into.pid));
    const { place } = process;
    const files = into.namespaces.includes("mnt") ? target : place;
    return {
      fs: files.fs,
      programs: files.programs,
      hostname: (into.namespaces.includes("uts") ? target : place).hostname,
      network: (into.namespaces.includes("net") ? target : place).network,
    };
  }

  private contextOf(process: KernelProcess): ProgramContext {
    const { kernel } = this;
    const { place } = process;
    let stream: RandomStream | undefined;
    const path = (): string => process.env["PATH"] ?? DEFAULT_PATH;
    return {
      pid: process.pid,
      get argv() {
        return process.argv;
      },
      env: process.env,
      get cwd() {
        return process.cwd;
      },
      set cwd(value: string) {
        process.cwd = value;
      },
      fs: this.filesFor(process),
      hostname: place.hostname,
      user: process.user,
      now: () => kernel.sim.now,
      random: (bound) => {
        stream ??= kernel.sim.random(`process/${this.id}/${process.pid}`);
        return stream.int(bound);
      },
      tty(fd) {
        const description = process.openDescription(fd);
        return description instanceof TtyStream
          ? { columns: description.tty.columns, rows: description.tty.rows }
          : undefined;
      },
      which: (name) => this.which(place, name, path()),
      programNames: () => place.programs.names(),
      processes: () => this.visible(),
    };
  }

  /** The tree of files as the process' user may use it. */
  private filesFor(process: KernelProcess): FileSystem {
    const { place, user } = process;
    if (this.options.permissions !== true || user.uid === 0) return new ProcessFileSystem(place.fs, process);
    const { uid, gid, groups = [] } = user;
    return new ProcessFileSystem(new UserFileSystem(place.fs, { uid, gid, groups }), process);
  }

  /** Its own processes and its neighbours', by number. */
  visible(): Neighbour[] {
    const own = [...this.table.values()].flatMap((process): readonly Neighbour[] => {
      const { pid, ppid, argv, startedAt } = process;
      const user = process.user.name || String(process.user.uid);
      const row: Neighbour = {
        ...{ pid, ppid, argv, startedAt, user },
        kill: (signal) => process.signal(signal),
        sockets: () => process.sockets(),
        facts: () => process.facts(),
        ...(this.capabilities !== undefined && { capabilities: this.capabilities }),
      };
      return this.options.shown?.(row) ?? [row];
    });
    return [...(this.options.neighbours?.() ?? []), ...own].sort((a, b) => a.pid - b.pid);
  }

  neighbour(pid: number): Neighbour | undefined {
    return this.visible().find((each) => each.pid === pid);
  }

  process(pid: number): KernelProcess | undefined {
    return this.table.get(pid);
  }

  forget(process: KernelProcess): void {
    this.table.delete(process.pid);
  }

  /** False when there is no process in the group. */
  signalGroup(group: number, signal: Signal): boolean {
    let any = false;
    for (const process of [...this.table.values()]) {
      if (process.group !== group) continue;
      any = true;
      process.signal(signal);
    }
    return any;
  }

  /** The terminal's leader is gone: what hangs on it gets SIGHUP. */
  hangUp(tty: Tty): void {
    for (const process of [...this.table.values()]) if (process.terminal === tty) process.signal("SIGHUP");
  }

  destroy(): void {
    for (const process of [...this.table.values()]) process.finishBySignal("SIGKILL");
    this.kernel.forget(this);
    this.kernel.settle();
  }
}

function terminalOf(stdio: ProcessStdio): Tty | undefined {
  for (const end of [stdio.stdin, stdio.stdout, stdio.stderr]) if (end instanceof Tty) return end;
  return undefined;
}

function inputOf(stdin: ProcessStdio["stdin"]): Description {
  if (stdin === "none") return new NullStream();
  if (stdin === "open") return new FedStream();
  return outputOf(stdin);
}

function outputOf(end: OutputSink | TerminalDevice): Description {
  if (end instanceof Tty) return new TtyStream(end);
  if ("write" in end) return new SinkStream(end);
  throw new Error("a terminal that is not a Tty");
}

function fileOnPath(fs: FileSystem, name: string, path: string): string | undefined {
  for (const directory of path.split(":")) {
    const file = resolvePath("/", `${directory}/${name}`);
    if (!fs.exists(file)) continue;
    const stat = fs.stat(file);
    if (stat.type === "file" && (stat.mode & 0o111) !== 0) return file;
  }
  return undefined;
}

function script(
  { fs, programs }: Place,
  { file, argv, path }: { file: string; argv: readonly string[]; path: string },
): Executable {
  const stat = fs.stat(file);
  if (stat.type === "directory") throw new SystemError("EISDIR", argv[0]);
  if ((stat.mode & 0o111) === 0) throw new SystemError("EACCES", argv[0]);
  const text = fs.readFile(file);
  const shebang = /^#!\s*(\S+)[ \t]*(.*)/.exec(text);
  const words =
    shebang === null
      ? ["/bin/sh"]
      : [shebang[1] as string, ...(shebang[2] === "" ? [] : [(shebang[2] as string).trim()])];
  if (words[0]?.endsWith("/env") && words[1] !== undefined) words.shift();
  const interpreter = words[0] as string;
  const found = programs.find(interpreter, path);
  if (found === undefined) throw new SystemError("ENOENT", `${argv[0]}: ${interpreter}`);
  return { program: found.program, argv: [...words, file, ...argv.slice(1)] };
}
