/**
 * The log file of one container. Upstream: the CRI log format and rotation (pkg/kubelet/logs/container_log_manager.go).
 *
 * **Simplified:** bounded by lines instead of bytes (upstream rotates at 10 MiB), the oldest fall away one by one;
 * text without a newline reaches the log when its line ends or the process does.
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

const MAX_LINES = 4000;
const MAX_BYTES = 5 * 10 * 1024 * 1024;
/** Time, stream and tag before each line; and what a line is taken for that nobody has read. */
const LINE_HEAD = 40;
const LAZY_LENGTH = 100;

export class ContainerLog {
  /** Rings once they hold MAX_LINES: line number n is at n % MAX_LINES. Apart, because numbers then need no objects. */
  private readonly times: number[] = [];
  private readonly texts: (string | LazyLine)[] = [];
  private readonly streams: LogStream[] = [];
  private written = 0;
  private readonly partial: Record<LogStream, string> = { stdout: "", stderr: "" };
  private listeners: Set<() => void> | undefined;
  private closed = false;
  /** Bytes in the log's files, rotated ones and all; upstream keeps five of ten mebibytes. */
  private size = 0;

  get bytes(): number {
    return Math.min(this.size, MAX_BYTES);
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
    const at = this.written % MAX_LINES;
    this.times[at] = time;
    this.texts[at] = text;
    this.streams[at] = stream;
    this.written++;
    this.size += LINE_HEAD + (typeof text === "string" ? text.length : LAZY_LENGTH);
    if (this.listeners !== undefined) for (const listener of this.listeners) listener();
  }

  write(time: number, stream: LogStream, text: string): void {
    const pieces = (this.partial[stream] + text).split("\n");
    this.partial[stream] = pieces.pop() ?? "";
    for (const piece of pieces) this.line(time, stream, piece);
  }

  end(time: number): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.partial[stream] !== "") this.line(time, stream, this.partial[stream]);
      this.partial[stream] = "";
    }
    this.closed = true;
    if (this.listeners !== undefined) for (const listener of this.listeners) listener();
  }

  /** Kept lines from number `from` on, oldest first. */
  since(from: number): LogLine[] {
    const lines: LogLine[] = [];
    for (let n = Math.max(from, this.written - MAX_LINES); n < this.written; n++) {
      const at = n % MAX_LINES;
      const time = this.times[at] as number;
      const text = this.texts[at] as string | LazyLine;
      lines.push({
        time,
        stream: this.streams[at] as LogStream,
        text: typeof text === "function" ? text(time) : text,
      });
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

  /** Calls `listener` after each new line and at the end, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => void this.listeners?.delete(listener);
  }
}
