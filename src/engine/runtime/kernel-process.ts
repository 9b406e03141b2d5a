/**
 * One process: a stack of generators, descriptors, signal dispositions, children. The kernel decides when it runs; this
 * class knows what it waits for and how it ends.
 */
import type { ExitCode, ProgramContext, Signal, SysCall, User } from "../base/program.ts";
import { Killed, SIGNAL_NUMBERS, SystemError } from "../base/program.ts";
import type { Description, WaitList, Waiter } from "./description.ts";
import { BLOCKED, WaitList as Waiting } from "./description.ts";
import { CpuAccount } from "./cpu-account.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelMachine } from "./kernel-machine.ts";
import { FedStream, NullStream } from "./streams.ts";
import type { Process } from "./machine.ts";
import { OpenFile } from "./open-file.ts";
import type { Place } from "./place.ts";
import type { ProcessFacts } from "./process-facts.ts";
import type { HeldSocket } from "./socket-holders.ts";
import { TtyStream } from "./tty.ts";
import type { Tty } from "./tty.ts";

export type Code = Generator<SysCall, unknown, unknown>;

/** What a generator is resumed with. */
export type Answer = { value: unknown } | { error: unknown };

/** A generator on the process' stack; `done` takes its result, the bottom one's result is the exit code. */
interface Frame {
  code: Code;
  done?: (result: Answer) => void;
}

/** What a process waits for: `attempt` is tried at each wake; without one only `answer` ends the wait. */
interface Wait {
  attempt: (() => unknown) | undefined;
  cancel: () => void;
  /** True iff a queued signal ends this wait early, with `interrupted` as its answer. */
  interrupted: { value: unknown } | undefined;
}

/** Of pipes and sockets. */
const FIRST_INODE = 20_000;
const IGNORED_BY_DEFAULT: ReadonlySet<Signal> = new Set<Signal>(["SIGWINCH"]);

export class KernelProcess implements Process, Waiter {
  readonly pid: number;
  readonly ppid: number;
  readonly group: number;
  argv: readonly string[];
  readonly startedAt: number;
  readonly machine: KernelMachine;
  readonly env: Record<string, string>;
  cwd: string;
  place: Place;
  /** Its parent's, or the machine's, until it becomes another's (exec). */
  user: User;
  /** The terminal whose hang-up reaches this process. */
  terminal: Tty | undefined;
  context: ProgramContext | undefined;
  /** "dying" iff a deadly signal was delivered and its `finally` blocks still run. */
  state: "running" | "dying" | "ended" = "running";
  code: ExitCode = 0;
  endSignal: Signal | undefined;
  readonly children = new Map<number, KernelProcess>();
  /** Woken when a child ends. */
  readonly childEnded = new Waiting();
  readonly parent: KernelProcess | undefined;
  /** Shared with its parent and children. */
  readonly account: CpuAccount;
  dyingCalls = 0;
  /** A call that waits for CPU time. */
  putOff: SysCall | undefined;
  readonly frames: Frame[] = [];
  private readonly kernel: Kernel;
  private readonly descriptors: (Description | undefined)[] = [];
  private readonly dispositions = new Map<Signal, "ignore" | "queue">();
  private signals: Signal[] = [];
  private wait: Wait | undefined;
  private next: Answer | undefined = { value: undefined };
  private readonly onExit: ((code: ExitCode, signal: Signal | undefined) => void) | undefined;
  private queued = false;

  constructor(
    kernel: Kernel,
    machine: KernelMachine,
    options: {
      pid: number;
      parent: KernelProcess | undefined;
      group: number;
      argv: readonly string[];
      env: Record<string, string>;
      cwd: string;
      terminal: Tty | undefined;
      user: User;
      onExit?: (code: ExitCode, signal: Signal | undefined) => void;
    },
  ) {
    this.kernel = kernel;
    this.machine = machine;
    this.pid = options.pid;
    this.parent = options.parent;
    this.ppid = options.parent?.pid ?? 0;
    this.group = options.group;
    this.argv = options.argv;
    this.env = options.env;
    this.cwd = options.cwd;
    this.place = options.parent?.place ?? machine;
    this.user = options.user;
    this.terminal = options.terminal;
    this.startedAt = kernel.sim.now;
    this.account = options.parent?.account ?? new CpuAccount(kernel.sim.now);
    this.onExit = options.onExit;
    if (options.parent !== undefined) {
      for (const [signal, action] of options.parent.dispositions) {
        if (action === "ignore") this.dispositions.set(signal, action);
      }
    }
  }

  get running(): boolean {
    return this.state !== "ended";
  }

  /* Descriptors */

  /** Puts `description` at the lowest free number. */
  install(description: Description): number {
    let fd = 0;
    while (this.descriptors[fd] !== undefined) fd++;
    this.descriptors[fd] = description.retain();
    return fd;
  }

  openDescription(fd: number): Description | undefined {
    return this.descriptors[fd];
  }

  /** The sockets among them. */
  sockets(): HeldSocket[] {
    return this.descriptors.flatMap((description, fd) => {
      const socket = description?.socket;
      return socket === undefined ? [] : [{ fd, ...socket }];
    });
  }

  facts(): ProcessFacts {
    const { place, machine, user, env, cwd, argv } = this;
    const exe = machine.which(place, argv[0] ?? "", env["PATH"] ?? "");
    const descriptors = this.descriptors.flatMap((description, fd) =>
      description === undefined ? [] : [{ fd, target: this.targetOf(description, fd) }],
    );
    const { uid, gid, groups = [gid] } = user;
    return { ...{ uid, gid, groups, env, cwd, exe, descriptors }, fs: place.fs, confinement: machine.confinement };
  }

  private targetOf(description: Description, fd: number): string {
    if (description instanceof OpenFile) return description.path;
    if (description instanceof TtyStream) return "/dev/pts/0";
    if (description instanceof NullStream) return "/dev/null";
    return `${description.socket === undefined ? "pipe" : "socket"}:[${FIRST_INODE + this.pid * 16 + fd}]`;
  }

  description(fd: number): Description {
    const description = this.descriptors[fd];
    if (description === undefined) throw new SystemError("EBADF", String(fd));
    return description;
  }

  closeDescriptor(fd: number): void {
    const description = this.description(fd);
    this.descriptors[fd] = undefined;
    description.release();
  }

  /** Replaces all descriptors by these three (exec). */
  replaceDescriptors(stdio: Description[]): void {
    for (const description of stdio) description.retain();
    this.closeAll();
    this.descriptors.length = 0;
    for (const description of stdio) this.descriptors.push(description);
  }

  private closeAll(): void {
    for (let fd = 0; fd < this.descriptors.length; fd++) {
      const description = this.descriptors[fd];
      this.descriptors[fd] = undefined;
      description?.release();
    }
  }

  /* Waiting */

  wake(): void {
    if (this.queued || this.state === "ended") return;
    this.queued = true;
    this.kernel.enqueue(this);
  }

  /** Tries `attempt` now and at each change of `lists`. Returns its value, or BLOCKED when it has to wait. */
  attempt(
    attempt: () => unknown,
    lists: readonly WaitList[],
    interrupted?: { value: unknown },
    cancelled?: () => void,
  ): unknown {
    const value = attempt();
    if (value !== BLOCKED) return value;
    for (const list of lists) list.add(this);
    this.wait = {
      attempt,
      interrupted,
      cancel: () => {
        for (const list of lists) list.remove(this);
        cancelled?.();
      },
    };
    return BLOCKED;
  }

  /** Waits until `answer`; `cancel` runs when the wait ends, however it ends. */
  park(cancel: () => void, interrupted?: { value: unknown }): typeof BLOCKED {
    this.wait = { attempt: undefined, interrupted, cancel };
    return BLOCKED;
  }

  /** Ends a wait from outside. */
  answer(answer: Answer): void {
    if (this.state === "ended") return;
    this.stopWaiting();
    this.next = answer;
    this.wake();
  }

  stopWaiting(): void {
    const { wait } = this;
    this.wait = undefined;
    wait?.cancel();
  }

  /** What a signal to itself put in place of its system call's answer. */
  takeOverride(): Answer | undefined {
    const { next } = this;
    this.next = undefined;
    return next;
  }

  /** What to resume with, or undefined when it goes on waiting. Called by the kernel when the process' turn comes. */
  takeTurn(): Answer | undefined {
    this.queued = false;
    const { next, wait } = this;
    if (next !== undefined) {
      this.next = undefined;
      return next;
    }
    if (wait?.attempt === undefined) return undefined;
    try {
      const value = wait.attempt();
      if (value === BLOCKED) return undefined;
      this.stopWaiting();
      return { value };
    } catch (error) {
      this.stopWaiting();
      return { error };
    }
  }

  /** Runs `code` on top of the generator that waits now; `done` is told how it went, then the wait goes on. */
  interlude(code: Code, done: (result: Answer) => void): void {
    const { wait } = this;
    this.wait = undefined;
    this.frames.push({
      code,
      done: (result) => {
        this.wait = wait;
        done(result);
      },
    });
    this.next = { value: undefined };
    this.wake();
  }

  /** Ends an interlude by Ctrl-C. */
  interruptInterlude(): void {
    if (this.frames.length > 1) this.answer({ error: new Killed("SIGINT") });
  }

  /* Signals */

  setDisposition(signal: Signal, action: "default" | "ignore" | "queue"): void {
    if (action === "default") this.dispositions.delete(signal);
    else this.dispositions.set(signal, action);
  }

  /** What exec does: handlers are gone, ignored signals stay ignored. */
  resetHandlers(): void {
    for (const [signal, action] of this.dispositions) if (action === "queue") this.dispositions.delete(signal);
    this.signals = [];
  }

  takeSignals(): Signal[] {
    const { signals } = this;
    if (signals.length > 0) this.signals = [];
    return signals;
  }

  kill(signal: Signal, group = false): void {
    if (group) this.machine.signalGroup(this.group, signal);
    else this.signal(signal);
    this.kernel.settle();
  }

  signal(signal: Signal): void {
    if (this.state === "ended") return;
    const action = this.dispositions.get(signal);
    if (signal !== "SIGKILL") {
      if (action === "ignore") return;
      if (action === "queue") {
        if (!this.signals.includes(signal)) this.signals.push(signal);
        if (this.wait?.interrupted !== undefined) this.answer(this.wait.interrupted);
        return;
      }
      if (IGNORED_BY_DEFAULT.has(signal)) return;
      if (this.machine.protectsInit && this.pid === 1) return;
      if (this.state === "dying") return;
    }
    this.state = "dying";
    this.endSignal = signal;
    this.putOff = undefined;
    while (this.frames.length > 1) this.frames.pop();
    this.answer({ error: new Killed(signal) });
  }

  /* Its end */

  settle(): void {
    this.kernel.settle();
  }

  exit(code: ExitCode): void {
    if (this.state === "ended") return;
    this.finish(code & 0xff, undefined);
    this.kernel.settle();
  }

  finishBySignal(signal: Signal): void {
    this.finish(128 + SIGNAL_NUMBERS[signal], signal);
  }

  finish(code: ExitCode, signal: Signal | undefined): void {
    if (this.state === "ended") return;
    this.stopWaiting();
    this.state = "ended";
    this.code = code;
    this.endSignal = signal;
    this.frames.length = 0;
    this.closeAll();
    this.machine.forget(this);
    for (const child of this.children.values()) if (child.state === "ended") this.children.delete(child.pid);
    if (this.terminal?.leader === this.pid) this.machine.hangUp(this.terminal);
    if (this.parent !== undefined && this.parent.state !== "ended") this.parent.childEnded.wake();
    this.kernel.reportExit(() => this.onExit?.(code, signal));
  }

  writeStdin(text: string): void {
    const stdin = this.stdin;
    if (stdin instanceof FedStream) stdin.push(text);
    this.kernel.settle();
  }

  closeStdin(): void {
    const stdin = this.stdin;
    if (stdin instanceof FedStream) stdin.end();
    this.kernel.settle();
  }

  /** Descriptor 0 at the start: the host goes on feeding it when the program moved its own. */
  stdin: Description | undefined;
}
