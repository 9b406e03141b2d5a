/** One shell process' state. A subshell is a copy of it in a process of its own. */
import type {
  AndOr,
  CommandNode,
  CompoundList,
  Function as FunctionNode,
  PipelineNode,
  Redirection,
  Statement,
  Word,
  WordPart,
} from "unbash";
import type { ProgramContext, Signal, SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { signals, write } from "../../base/syscalls.ts";
import { evaluate } from "./arithmetic.ts";
import { Interrupted, ShellError } from "./control.ts";
import type { Variables } from "./variables.ts";

/** Whose error texts: bash, Debian's dash, busybox' ash. */
export type Dialect = "bash" | "dash" | "busybox";

export interface ShellOptions {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  pipefail: boolean;
  noglob: boolean;
  noclobber: boolean;
  noexec: boolean;
  verbose: boolean;
  allexport: boolean;
}

export interface Job {
  id: number;
  pid: number;
  /** All processes of the pipeline. */
  text: string;
  state: "running" | "done";
  status: number;
}

/** A function's code with the text that its positions refer to. */
export interface FunctionBody {
  node: FunctionNode;
  source: string;
}

/** `tail`: this is the last thing that the process does, so a program may take its place instead of becoming a child. */
export interface RunOptions {
  tail?: boolean;
}

/** A command that runs inside the shell's own process. `name` is the word that called it. */
export type Builtin = (shell: Shell, args: string[], name: string) => Call<number>;

/** The interpreter's parts, for each other: they call in a circle (a word holds commands, a command holds words). */
export interface Interpreter {
  readonly builtins: ReadonlyMap<string, Builtin>;
  runSource(shell: Shell, source: string, options?: RunOptions): Call<number>;
  runList(shell: Shell, statements: readonly Statement[], options?: RunOptions): Call<number>;
  runBlock(shell: Shell, list: CompoundList, options?: RunOptions): Call<number>;
  runCondition(shell: Shell, list: CompoundList): Call<number>;
  runNode(shell: Shell, node: PipelineNode | AndOr, options?: RunOptions): Call<number>;
  runCommand(shell: Shell, node: CommandNode, options?: RunOptions): Call<number>;
  waitForeground(shell: Shell, pid: number): Call<number>;
  withRedirects(shell: Shell, redirects: readonly Redirection[], run: () => Call<number>): Call<number>;
  invoke(shell: Shell, words: readonly string[], options?: RunOptions & { plain?: boolean }): Call<number>;
  cannotRun(shell: Shell, name: string, error: SystemError): Call<number>;
  expandParts(shell: Shell, parts: readonly WordPart[], target: FieldTarget): Call<void>;
  expandWord(shell: Shell, word: Word): Call<string>;
  expandPattern(shell: Shell, word: Word): Call<string>;
  expandArithmetic(shell: Shell, text: string): Call<number>;
}

/** Words being built. */
export interface FieldSink {
  readonly splits: boolean;
  /** True iff the word being built has nothing in it yet. */
  readonly empty: boolean;
  add(text: string, quoted: boolean): void;
  addPattern(text: string, pattern: string): void;
  addSplit(text: string): void;
  finish(): void;
}

/** Where an expansion's text goes. `splits`: what is not quoted is split into fields. */
export interface FieldTarget {
  fields: FieldSink;
  quoted: boolean;
}

/** Options of `shopt` that are obeyed. */
export interface ShoptOptions {
  nullglob: boolean;
  dotglob: boolean;
  nocasematch: boolean;
  failglob: boolean;
}

export class Shell {
  readonly ctx: ProgramContext;
  readonly dialect: Dialect;
  readonly interpreter: Interpreter;
  variables: Variables;
  functions: Map<string, FunctionBody>;
  aliases: Map<string, string>;
  /** Words that are completed as a program's line, each with that program's name. */
  readonly completions = new Map<string, string>();
  options: ShellOptions;
  shopt: ShoptOptions;
  positional: string[];
  /** $0 and what error messages begin with. */
  name: string;
  /** Process descriptors of the shell's own 0, 1, 2 …, undefined where closed. */
  io: (number | undefined)[];
  status = 0;
  pipeStatus: number[] = [0];
  lastBackground = 0;
  /** Above zero where a failure is an answer (`if`, `&&`, `!`) and `set -e` looks away. */
  conditional = 0;
  callDepth = 0;
  loopDepth = 0;
  callStack: string[] = [];
  jobs: Job[] = [];
  traps: Map<string, string>;
  /** Source text that positions of running nodes refer to. */
  source = "";
  /** Position of the command that runs, for line numbers. */
  position = 0;
  /** Lines before the present source (an interactive session counts on). */
  readonly interactive: boolean;
  isSubshell = false;
  history: string[] = [];
  directories: string[] = [];
  /** `$$`: the first shell's pid, also in subshells. */
  shellPid: number;
  /** "-c": messages carry `line N:`; "script" and "interactive" as bash does. */
  mode: "command" | "script" | "interactive" | "stdin";
  /** Command substitution status for assignments. */
  substitutionStatus: number | undefined;
  startedAt: number;
  getoptsOffset = 0;
  /** True while a file is sourced: `return` may leave it. */
  sourcing = false;

  constructor(
    ctx: ProgramContext,
    options: {
      interpreter: Interpreter;
      dialect: Dialect;
      name: string;
      mode: Shell["mode"];
      interactive: boolean;
      variables: Variables;
    },
  ) {
    this.ctx = ctx;
    this.dialect = options.dialect;
    this.interpreter = options.interpreter;
    this.name = options.name;
    this.mode = options.mode;
    this.interactive = options.interactive;
    this.variables = options.variables;
    this.functions = new Map();
    this.aliases = new Map();
    this.traps = new Map();
    this.positional = [];
    this.io = [0, 1, 2];
    this.shellPid = ctx.pid;
    this.startedAt = ctx.now();
    this.options = {
      errexit: false,
      nounset: false,
      xtrace: false,
      pipefail: false,
      noglob: false,
      noclobber: false,
      noexec: false,
      verbose: false,
      allexport: false,
    };
    this.shopt = { nullglob: false, dotglob: false, nocasematch: false, failglob: false };
  }

  /** The state for a subshell that runs as the process of `ctx`. Its descriptors are 0, 1 and 2. */
  fork(ctx: ProgramContext): Shell {
    const { interpreter, dialect, name, mode } = this;
    const child = new Shell(ctx, {
      interpreter,
      dialect,
      name,
      mode,
      interactive: false,
      variables: this.variables.copy(),
    });
    child.functions = new Map(this.functions);
    child.aliases = this.aliases;
    child.options = { ...this.options };
    child.shopt = { ...this.shopt };
    child.positional = this.positional;
    child.status = this.status;
    child.pipeStatus = this.pipeStatus;
    child.lastBackground = this.lastBackground;
    child.conditional = this.conditional;
    child.callDepth = this.callDepth;
    child.callStack = this.callStack;
    child.shellPid = this.shellPid;
    child.startedAt = this.startedAt;
    child.source = this.source;
    child.position = this.position;
    child.history = this.history;
    child.directories = [...this.directories];
    child.isSubshell = true;
    // Traps are reset in a subshell, ignored signals stay ignored.
    for (const [signal, action] of this.traps) if (action === "" && signal !== "EXIT") child.traps.set(signal, action);
    return child;
  }

  *out(text: string): Call<void> {
    const fd = this.io[1];
    if (fd !== undefined) yield* write(fd, text);
  }

  *err(text: string): Call<void> {
    const fd = this.io[2];
    if (fd !== undefined) yield* write(fd, text);
  }

  /** An error message with this shell's prefix. */
  *complain(message: string): Call<void> {
    yield* this.err(`${this.prefix()}${message}\n`);
  }

  prefix(): string {
    if (this.dialect === "busybox") return `${this.mode === "script" ? this.name : "sh"}: ${this.lineForBusybox()}`;
    if (this.mode === "interactive") return `${this.dialect === "dash" ? `sh: ${this.line()}` : "bash"}: `;
    if (this.dialect === "dash") return `${this.mode === "script" ? this.name : "sh"}: ${this.line()}: `;
    return `${this.name}: line ${this.line()}: `;
  }

  private lineForBusybox(): string {
    return this.mode === "script" || this.mode === "command"
      ? this.mode === "script"
        ? `line ${this.line()}: `
        : ""
      : "";
  }

  line(): number {
    let line = 1;
    for (let at = this.source.indexOf("\n"); at >= 0 && at < this.position; at = this.source.indexOf("\n", at + 1))
      line++;
    return line;
  }

  /** A parameter's value: a variable or one of bash's specials. */
  parameter(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === "0" ? this.name : this.positional[Number(name) - 1];
    switch (name) {
      case "?":
        return String(this.status);
      case "$":
        return String(this.shellPid);
      case "!":
        return this.lastBackground === 0 ? "" : String(this.lastBackground);
      case "#":
        return String(this.positional.length);
      case "-":
        return this.flagLetters();
      case "@":
        return this.positional.join(" ");
      case "*":
        return this.positional.join((this.variables.get("IFS") ?? " ").slice(0, 1));
      case "RANDOM":
        return String(this.ctx.random(32768));
      case "SECONDS":
        return String(Math.floor((this.ctx.now() - this.startedAt) / 1000));
      case "EPOCHSECONDS":
        return String(Math.floor(this.ctx.now() / 1000));
      case "LINENO":
        return String(this.line());
      case "PPID":
        return String(this.ctx.processes().find((process) => process.pid === this.ctx.pid)?.ppid ?? 0);
      case "BASHPID":
        return String(this.ctx.pid);
      case "FUNCNAME":
        return this.callStack.at(-1);
      case "PIPESTATUS":
        return String(this.pipeStatus[0] ?? 0);
      default:
        return this.variables.get(name);
    }
  }

  private flagLetters(): string {
    const { options } = this;
    const set: [boolean, string][] = [
      [options.allexport, "a"],
      [options.errexit, "e"],
      [options.noglob, "f"],
      [true, "h"],
      [this.interactive, "i"],
      [options.nounset, "u"],
      [options.xtrace, "x"],
      [true, "B"],
      [this.mode === "command", "c"],
    ];
    return set.map(([on, letter]) => (on ? letter : "")).join("");
  }

  /** Sets a variable as an assignment does: integers are evaluated, `set -a` exports. */
  assign(name: string, value: string): void {
    const integer = this.variables.find(name)?.integer === true;
    this.variables.set(name, integer ? String(this.arithmetic(value)) : value);
    if (this.options.allexport) this.variables.mark(name, { exported: true });
  }

  arithmetic(text: string): number {
    return evaluate(text, {
      get: (name, index) => {
        if (index !== undefined) return this.variables.element(name, this.elementKey(name, index)) ?? "";
        const value = this.parameter(name);
        if (value === undefined && this.options.nounset) {
          throw new ShellError(`${name}: unbound variable`, { fatal: true });
        }
        return value ?? "";
      },
      set: (name, index, value) => {
        if (index === undefined) this.variables.set(name, value);
        else this.variables.setElement(name, this.elementKey(name, index), value);
      },
    });
  }

  /** An index text as the array's key: the text itself, or a number that counts from the end when negative. */
  elementKey(name: string, index: string): string {
    if (this.variables.isAssociative(name)) return index;
    const number = this.arithmetic(index);
    if (number >= 0) return String(number);
    const last = Number(this.variables.elements(name).at(-1)?.[0] ?? -1);
    if (last + 1 + number < 0) throw new ShellError(`${name}: bad array subscript`);
    return String(last + 1 + number);
  }

  /** The full path of a program, by this shell's PATH. */
  which(name: string): string | undefined {
    const path = this.variables.get("PATH");
    if (path === undefined) delete this.ctx.env["PATH"];
    else this.ctx.env["PATH"] = path;
    return this.ctx.which(name);
  }

  /** Asks for signals: runs traps, and leaves for the prompt after Ctrl-C. Loops call it, so that they can be stopped. */
  *checkpoint(runTrap: (shell: Shell, action: string) => Call<void>): Call<void> {
    for (const signal of yield* signals()) {
      const action = this.traps.get(signal);
      if (action !== undefined && action !== "") yield* runTrap(this, action);
      else if (signal === "SIGINT" && this.interactive) throw new Interrupted();
    }
  }

  /** True iff some signal has a trap action. */
  get trapsSignals(): boolean {
    for (const [signal, action] of this.traps) if (signal !== "EXIT" && signal !== "ERR" && action !== "") return true;
    return false;
  }
}

/** Signals as `trap` and `kill` name them, without SIG. */
export function signalName(text: string): Signal | "EXIT" | "ERR" | undefined {
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (name === "EXIT" || name === "0") return "EXIT";
  if (name === "ERR") return "ERR";
  const byNumber: Readonly<Record<string, Signal>> = {
    "1": "SIGHUP",
    "2": "SIGINT",
    "3": "SIGQUIT",
    "9": "SIGKILL",
    "10": "SIGUSR1",
    "12": "SIGUSR2",
    "13": "SIGPIPE",
    "14": "SIGALRM",
    "15": "SIGTERM",
    "28": "SIGWINCH",
  };
  if (byNumber[name] !== undefined) return byNumber[name];
  return Object.values(byNumber).find((signal) => signal === `SIG${name}`);
}
