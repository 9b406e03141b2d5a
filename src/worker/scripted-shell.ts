/** A shell that a script is typed into: keys come from the caller, output and errors are kept apart. */
import { Tty } from "../engine/index.ts";
import { stripEscapes } from "../engine/runtime/text-width.ts";
import type { Machine, Process } from "../engine/runtime/machine.ts";

/** Wide enough that tables and messages are not folded. */
const SIZE = { columns: 200, rows: 50 };
/** The prompt tells the status of the line before; it goes to the terminal, which nobody sees. */
export const INTERRUPT = "\u0003";
const PROMPT = "PS1='<drydock:$?>' PS2=''";

export class ScriptedShell {
  private readonly tty: Tty;
  private readonly process: Process;
  private shown = "";
  private stdout = "";
  private stderr = "";
  private exitCode: number | undefined;

  private readonly typed: (text: string) => void;

  /** `typed` hears what is entered, before it is. */
  constructor(machine: Machine, cwd: string, typed: (text: string) => void = () => {}) {
    this.typed = () => {};
    this.tty = new Tty({ ...SIZE, output: (text) => void (this.shown += text) });
    this.process = machine.start({
      argv: ["bash", "-i"],
      cwd,
      stdio: {
        stdin: this.tty,
        stdout: { write: (text) => void (this.stdout += text) },
        stderr: { write: (text) => void (this.stderr += text) },
      },
      onExit: (code) => void (this.exitCode = code),
    });
    this.enter(PROMPT);
    this.take();
    this.typed = typed;
  }

  /** True when the command has ended. */
  get idle(): boolean {
    return this.ended || this.tty.atPrompt;
  }

  get ended(): boolean {
    return !this.process.running;
  }

  /** True while a program on this terminal waits for keys: `kubectl exec -it` and the like. */
  get takesKeys(): boolean {
    return !this.idle && this.tty.takesKeys;
  }

  /** True when that program has shown a prompt: what it printed last is not the end of a line. */
  get prompted(): boolean {
    return this.takesKeys && /[^\n]$/.test(stripEscapes(this.stdout));
  }

  /** How much has been printed since the last `take`. */
  get printed(): number {
    return this.stdout.length + this.stderr.length;
  }

  /** Exit status of the last command. */
  get status(): number {
    return this.exitCode ?? Number([...this.shown.matchAll(/<drydock:(\d+)>/g)].at(-1)?.[1] ?? 0);
  }

  /** Types a command, for the program that waits for keys if one does; one of several lines is typed line by line. */
  enter(command: string): void {
    this.shown = "";
    this.typed(command);
    if (this.takesKeys) {
      for (const line of command.split("\n")) this.press(`${line}\r`);
      return;
    }
    for (const line of command.split("\n")) this.tty.replay("line", line);
  }

  press(keys: string): void {
    this.tty.input(keys);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.typed(INTERRUPT);
    this.tty.input(INTERRUPT);
  }

  /** What has been printed since the last call. */
  take(): { stdout: string; stderr: string } {
    const { stdout, stderr } = this;
    this.stdout = "";
    this.stderr = "";
    return { stdout, stderr };
  }
}
