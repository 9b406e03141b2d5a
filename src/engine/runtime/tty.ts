/**
 * A terminal: between what a person types and sees, and the processes on it. It models the Linux tty line discipline and,
 * for the `read-line` call, owns a line editor.
 *
 * Input goes to whoever reads: a pending `read-line` (keys to the editor), a reader in raw mode (as it comes), a reader in
 * cooked mode (lines, with echo). Until somebody reads, it waits; only Ctrl-C and Ctrl-\ act at once. Simplified: what is
 * typed ahead is echoed when it is read, not when it is typed; Ctrl-Z is ignored.
 */
import type { Completion, Signal, SysCall, TtyMode } from "../base/program.ts";
import { BLOCKED, Description, WaitList } from "./description.ts";
import type { KernelProcess } from "./kernel-process.ts";
import { LineEditor } from "./line-editor.ts";
import type { TerminalDevice } from "./machine.ts";

/** A line that was entered at a prompt, or text that a program got in another way (keys, lines, Ctrl-C). */
export interface TtyInput {
  kind: "line" | "data";
  text: string;
}

export interface TtyOptions {
  columns?: number;
  rows?: number;
  /** Text for the screen, `\r\n` at line ends. */
  output: (text: string) => void;
  /** Told of all input when it is used; feeding it back with `replay` in the same order gives the same run. */
  onInput?: (input: TtyInput) => void;
}

/** The process that the terminal was opened for. */
interface Session {
  readonly pid: number;
  kill(signal: Signal, group?: boolean): void;
  settle(): void;
}

interface Reading {
  process: KernelProcess;
  call: Extract<SysCall, { call: "read-line" }>;
  editor: LineEditor;
  /** True iff a completer runs; keys wait meanwhile. */
  completing: boolean;
}

export class Tty implements TerminalDevice {
  columns: number;
  rows: number;
  /** The process whose end hangs the terminal up for its other processes. */
  leader: number | undefined;
  /** Woken when a reader may find something. */
  readonly changed = new WaitList();
  private readonly output: (text: string) => void;
  private readonly onInput: ((input: TtyInput) => void) | undefined;
  private session: Session | undefined;
  private mode: TtyMode = "cooked";
  /** Typed and not yet used; its first `quiet` characters were replayed and are not reported again. */
  private pending = "";
  private quiet = 0;
  /** Ready for readers. */
  private ready: string[] = [];
  private line = "";
  private endOfInput = false;
  private hungUp = false;
  private reading: Reading | undefined;
  private replayedLines: string[] = [];

  constructor(options: TtyOptions) {
    this.columns = options.columns ?? 80;
    this.rows = options.rows ?? 24;
    this.output = options.output;
    this.onInput = options.onInput;
  }

  /** True while a program waits for a line at its prompt: whoever types now types a command. */
  get atPrompt(): boolean {
    return this.reading !== undefined && this.reading.process.running;
  }

  /** True while a program waits for keys as they are pressed: a shell elsewhere, an editor. */
  get takesKeys(): boolean {
    return this.mode === "raw" && this.changed.waiting;
  }

  attach(session: Session): void {
    this.session = session;
    this.leader = session.pid;
  }

  /* From the person */

  input(text: string): void {
    if (text === "" || this.hungUp) return;
    this.feed(text);
    this.session?.settle();
  }

  /** Feeds recorded input back. A "line" is what the pending (or next) `read-line` returns. */
  replay(kind: TtyInput["kind"], text: string): void {
    if (kind === "data") {
      this.quiet += text.length;
      this.feed(text);
    } else {
      this.replayedLines.push(text);
      const { reading } = this;
      if (reading !== undefined && !reading.completing) this.answerReplayed(reading);
    }
    this.session?.settle();
  }

  resize(columns: number, rows: number): void {
    if (columns === this.columns && rows === this.rows) return;
    this.columns = columns;
    this.rows = rows;
    if (this.reading !== undefined) this.output(this.reading.editor.resize(columns));
    this.session?.kill("SIGWINCH", true);
  }

  hangUp(): void {
    if (this.hungUp) return;
    this.hungUp = true;
    const { reading } = this;
    if (reading !== undefined) this.finish(reading, null);
    this.changed.wake();
    this.session?.kill("SIGHUP", true);
  }

  private feed(text: string): void {
    if (this.reading !== undefined && !this.reading.process.running) this.reading = undefined;
    if (this.reading !== undefined) {
      if (this.reading.completing && text.includes("\u0003")) {
        this.reading.process.interruptInterlude();
        return;
      }
      this.pending += text;
      this.pumpEditor();
      return;
    }
    this.pending += text;
    if (this.mode === "raw") {
      const all = this.take(this.pending.length);
      this.ready.push(all);
      this.changed.wake();
      return;
    }
    this.signalKeys();
    if (this.changed.waiting) this.pumpCooked();
  }

  /** Ctrl-C and Ctrl-\ act at once and throw away what was typed before them. */
  private signalKeys(): void {
    const at = Math.max(this.pending.lastIndexOf("\u0003"), this.pending.lastIndexOf("\u001c"));
    if (at < 0) return;
    const key = this.pending[at] as string;
    this.discard(at);
    this.line = "";
    this.take(1);
    this.output(key === "\u0003" ? "^C" : "^\\");
    this.session?.kill(key === "\u0003" ? "SIGINT" : "SIGQUIT", true);
  }

  private discard(length: number): void {
    this.pending = this.pending.slice(length);
    this.quiet = Math.max(0, this.quiet - length);
  }

  /** Uses up input and reports what was not replayed. */
  private take(length: number): string {
    const text = this.pending.slice(0, length);
    const fresh = text.slice(Math.min(this.quiet, length));
    this.discard(length);
    if (fresh !== "") this.onInput?.({ kind: "data", text: fresh });
    return text;
  }

  private report(input: TtyInput, replayed: boolean): void {
    if (!replayed) this.onInput?.(input);
  }

  /* To processes */

  write(text: string): void {
    this.output(this.mode === "cooked" ? text.replaceAll("\n", "\r\n") : text);
  }

  setMode(mode: TtyMode): void {
    this.mode = mode;
    if (mode === "raw" && this.pending !== "") {
      this.ready.push(this.take(this.pending.length));
      this.changed.wake();
    }
  }

  get readable(): boolean {
    if (this.mode === "cooked" && this.ready.length === 0) this.pumpCooked();
    return this.ready.length > 0 || this.endOfInput || this.hungUp;
  }

  read(line?: boolean): string | null | typeof BLOCKED {
    if (this.readable && this.ready.length > 0) {
      if (line === true) return this.ready.shift() as string;
      const text = this.ready.join("");
      this.ready = [];
      return text;
    }
    if (this.endOfInput) {
      this.endOfInput = false;
      return null;
    }
    return this.hungUp ? null : BLOCKED;
  }

  /** Cooked mode: echo, erase, whole lines. */
  private pumpCooked(): void {
    while (this.pending !== "" && !this.endOfInput) {
      const stop = /[\r\n\u0004]/.exec(this.pending);
      const length = stop === null ? this.pending.length : stop.index + 1;
      const piece = this.take(length).replace(/\u001b\[20[01]~/g, "");
      for (const char of piece) this.cookedKey(char);
    }
  }

  private cookedKey(char: string): void {
    if (char === "\r" || char === "\n") {
      this.output("\r\n");
      this.ready.push(`${this.line}\n`);
      this.line = "";
    } else if (char === "\u0004") {
      if (this.line === "") this.endOfInput = true;
      else this.ready.push(this.line);
      this.line = "";
    } else if (char === "\u007f" || char === "\b") {
      if (this.line !== "") this.output("\b \b");
      this.line = this.line.slice(0, -1);
    } else if (char === "\u0015") {
      this.output("\b \b".repeat(this.line.length));
      this.line = "";
    } else if (char >= " " || char === "\t") {
      this.line += char;
      this.output(char);
    }
    if (this.ready.length > 0 || this.endOfInput) this.changed.wake();
  }

  /* The read-line call */

  readLine(process: KernelProcess, call: Extract<SysCall, { call: "read-line" }>): unknown {
    if (this.hungUp) return null;
    const { prompt, history } = call;
    const reading: Reading = {
      process,
      call,
      editor: new LineEditor({ prompt, history, columns: this.columns }),
      completing: false,
    };
    this.mode = "cooked";
    this.reading = reading;
    process.park(
      () => {
        if (this.reading === reading) this.reading = undefined;
      },
      { value: "" },
    );
    this.output(`\u001b[?2004h${reading.editor.start()}`);
    if (this.replayedLines.length > 0) this.answerReplayed(reading);
    else this.pumpEditor();
    return BLOCKED;
  }

  private answerReplayed(reading: Reading): void {
    const line = this.replayedLines.shift() as string;
    this.output(reading.editor.enter(line));
    this.finish(reading, line);
  }

  private pumpEditor(): void {
    const { reading } = this;
    if (reading === undefined || reading.completing || this.pending === "") return;
    const fed = reading.editor.feed(this.pending);
    this.output(fed.output);
    const { event } = fed;
    const replayed = this.quiet > 0;
    this.discard(this.pending.length - fed.rest.length);
    switch (event?.type) {
      case "line":
        this.report({ kind: "line", text: event.line }, replayed);
        return this.finish(reading, event.line);
      case "eof":
        this.report({ kind: "data", text: "\u0004" }, replayed);
        return this.finish(reading, null);
      case "interrupt":
        this.report({ kind: "data", text: "\u0003" }, replayed);
        this.output("\u001b[?2004l");
        return this.session?.kill("SIGINT", true);
      case "complete":
        return this.complete(reading, event.line, event.cursor);
    }
  }

  private complete(reading: Reading, line: string, cursor: number): void {
    const completer = reading.call.complete;
    if (completer === undefined) {
      this.output(reading.editor.completed({ from: cursor, candidates: [] }));
      return this.pumpEditor();
    }
    reading.completing = true;
    reading.process.interlude(completer(line, cursor), (result) => {
      reading.completing = false;
      const completion = "value" in result ? (result.value as Completion) : { from: cursor, candidates: [] };
      this.output(reading.editor.completed(completion));
      if (this.replayedLines.length > 0) this.answerReplayed(reading);
      else this.pumpEditor();
    });
  }

  private finish(reading: Reading, line: string | null): void {
    this.reading = undefined;
    this.output("\u001b[?2004l");
    reading.process.answer({ value: line });
  }
}

/** A descriptor on a terminal. */
export class TtyStream extends Description {
  readonly tty: Tty;

  constructor(tty: Tty) {
    super(tty.changed);
    this.tty = tty;
  }

  override read(line?: boolean): string | null | typeof BLOCKED {
    return this.tty.read(line);
  }

  override write(data: string): number {
    this.tty.write(data);
    return data.length;
  }

  override get readable(): boolean {
    return this.tty.readable;
  }
}
