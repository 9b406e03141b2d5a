/**
 * The log files of one container: the one that is written, and those that were set aside when they got too large.
 * Upstream: the CRI log format and rotation (pkg/kubelet/logs/container_log_manager.go).
 *
 * **Simplified:** of all files together the last lines are kept, in numbers that no 10 MiB of usual lines have; files are
 * rotated whether the kubelet runs or not; text without a newline reaches the log when its line ends or the process does.
 */

export type LogStream = "stdout" | "stderr";

export interface LogLine {
  time: number;
  stream: LogStream;
  /** Without its newline. */
  text: string;
}

/** Makes a line's text when somebody reads it, from the time that it was written. */
export type LazyLine = (time: number) => string;

/** Lines that many logs begin with: one list for all of them. */
export type Greeting = readonly { readonly stream: LogStream; readonly text: string | LazyLine }[];

/** `containerLogMaxSize` and `containerLogMaxFiles`. The second counts the file that is written. */
export interface LogLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export const DEFAULT_LOG_LIMITS: LogLimits = { maxBytes: 10 * 1024 * 1024, maxFiles: 5 };

/** A file that was set aside: lines `from` up to `to`. All but the newest are compressed. */
export interface RotatedLog {
  at: number;
  from: number;
  to: number;
  bytes: number;
}

const MAX_LINES = 16_000;
/** `containerLogMonitorInterval`: sizes are looked at so often. */
const MONITOR_PERIOD = 10_000;
/** What text shrinks to under gzip. */
const COMPRESSION = 10;
/** Time, stream and tag before each line; and what a line is taken for that nobody has read. */
const LINE_HEAD = 40;
const LAZY_LENGTH = 100;

const NOTHING: Readonly<Record<LogStream, string>> = { stdout: "", stderr: "" };

export class ContainerLog {
  /**
   * Rings once they hold MAX_LINES: line number n after the greeting is at n % MAX_LINES. Apart, because numbers then need no objects; with
   * room for the few lines that most servers write, because a list that grows takes room for many.
   */
  private readonly times: number[] = [0, 0, 0, 0];
  private readonly texts: (string | LazyLine)[] = ["", "", "", ""];
  private readonly streams: LogStream[] = ["stdout", "stdout", "stdout", "stdout"];
  private written = 0;
  /** What it begins with: lines that are in no ring. */
  private greeting: Greeting = NO_GREETING;
  private greetedAt = 0;
  /** Lines that have no end yet. */
  private partial: Readonly<Record<LogStream, string>> = NOTHING;
  private listeners: Set<() => void> | undefined;
  private closed = false;
  private readonly clock: { readonly now: number };
  private readonly limits: () => LogLimits;
  /** The number of the first line of the file that is written, and its bytes. */
  private fileStart = 0;
  private fileBytes = 0;
  /** The file is too large, and rotated then. */
  private due: number | undefined;
  /** Oldest first. */
  private aside: RotatedLog[] | undefined;

  constructor(clock: { readonly now: number }, limits: () => LogLimits) {
    this.clock = clock;
    this.limits = limits;
  }

  /** Bytes in the log's files. */
  get bytes(): number {
    let bytes = this.fileBytes;
    for (const file of this.rotated) bytes += this.sizeOf(file);
    return bytes;
  }

  /** The files that were set aside, oldest first. */
  get rotated(): readonly RotatedLog[] {
    this.settle();
    return this.aside ?? NONE;
  }

  isCompressed(file: RotatedLog): boolean {
    return file !== this.rotated.at(-1);
  }

  /** Bytes of a file that was set aside. */
  sizeOf(file: RotatedLog): number {
    return this.isCompressed(file) ? Math.ceil(file.bytes / COMPRESSION) : file.bytes;
  }

  /** Lines written so far, kept or not. */
  get length(): number {
    return this.written;
  }

  /** True once the process has ended: no line will follow. */
  get ended(): boolean {
    return this.closed;
  }

  line(time: number, stream: LogStream, text: string | LazyLine): void {
    if (this.due !== undefined && time >= this.due) this.rotate(this.due);
    const at = (this.written - this.greeting.length) % MAX_LINES;
    this.times[at] = time;
    this.texts[at] = text;
    this.streams[at] = stream;
    this.written++;
    this.fileBytes += bytesOf(text);
    if (this.due === undefined && this.fileBytes >= this.limits().maxBytes) {
      this.due = (Math.floor(time / MONITOR_PERIOD) + 1) * MONITOR_PERIOD;
    }
    if (this.listeners !== undefined) for (const listener of this.listeners) listener();
  }

  /** Lines of a list that other logs share. They cost no more than one where nothing was written before. */
  greet(time: number, lines: Greeting): void {
    if (this.written > 0) {
      for (const { stream, text } of lines) this.line(time, stream, text);
      return;
    }
    this.greeting = lines;
    this.greetedAt = time;
    this.written = lines.length;
    for (const { text } of lines) this.fileBytes += bytesOf(text);
    if (this.listeners !== undefined) for (const listener of this.listeners) listener();
  }

  write(time: number, stream: LogStream, text: string): void {
    const pieces = (this.partial[stream] + text).split("\n");
    this.partial = { ...this.partial, [stream]: pieces.pop() ?? "" };
    for (const piece of pieces) this.line(time, stream, piece);
  }

  end(time: number): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.partial[stream] !== "") this.line(time, stream, this.partial[stream]);
    }
    this.partial = NOTHING;
    // The files of containers that have ended stay as they are.
    if (this.due !== undefined && time >= this.due) this.rotate(this.due);
    this.due = undefined;
    this.closed = true;
    if (this.listeners !== undefined) for (const listener of this.listeners) listener();
  }

  /** Kept lines of the file that is written, from number `from` on, oldest first. */
  since(from: number): LogLine[] {
    this.settle();
    return this.lines(Math.max(from, this.fileStart), this.written);
  }

  /** Kept lines of a file that was set aside, or of any part of all files. */
  linesOf({ from, to }: Pick<RotatedLog, "from" | "to">): LogLine[] {
    return this.lines(from, to);
  }

  private lines(from: number, to: number): LogLine[] {
    const lines: LogLine[] = [];
    const { greeting, greetedAt } = this;
    for (let n = Math.max(from, this.written - MAX_LINES); n < to; n++) {
      const greeted = greeting[n];
      if (greeted !== undefined) lines.push(lineOf(greetedAt, greeted.stream, greeted.text));
      else {
        const at = (n - greeting.length) % MAX_LINES;
        lines.push(
          lineOf(this.times[at] as number, this.streams[at] as LogStream, this.texts[at] as string | LazyLine),
        );
      }
    }
    return lines;
  }

  /** The last `bytes` of standard output and error together, at most `lines` lines. */
  tail(lines: number, bytes: number): string {
    const text = this.since(Math.max(0, this.written - lines))
      .map((line) => `${line.text}\n`)
      .join("");
    return text.slice(Math.max(0, text.length - bytes));
  }

  private settle(): void {
    if (this.due !== undefined && this.clock.now >= this.due) this.rotate(this.due);
  }

  private rotate(at: number): void {
    this.due = undefined;
    this.aside ??= [];
    this.aside.push({ at, from: this.fileStart, to: this.written, bytes: this.fileBytes });
    while (this.aside.length >= this.limits().maxFiles) this.aside.shift();
    this.fileStart = this.written;
    this.fileBytes = 0;
  }

  /** Calls `listener` after each new line and at the end, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => void this.listeners?.delete(listener);
  }
}

const NONE: readonly RotatedLog[] = [];
const NO_GREETING: Greeting = [];

function bytesOf(text: string | LazyLine): number {
  return LINE_HEAD + (typeof text === "string" ? text.length : LAZY_LENGTH);
}

function lineOf(time: number, stream: LogStream, text: string | LazyLine): LogLine {
  return { time, stream, text: typeof text === "function" ? text(time) : text };
}
