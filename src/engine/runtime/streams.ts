/** The kinds of open descriptions that are streams: pipes, buffers fed by the host, sinks, null. */
import { SystemError } from "../base/program.ts";
import { BLOCKED, Description, WaitList } from "./description.ts";
import { LIMITS } from "./limits.ts";
import type { OutputSink } from "./machine.ts";

/** Chunks in order with their length in characters. */
class Chunks {
  length = 0;
  private items: string[] = [];

  push(text: string): void {
    if (text === "") return;
    this.items.push(text);
    this.length += text.length;
  }

  /** Takes characters out, at most one read's worth. */
  take(line: boolean | undefined): string {
    if (line !== true && this.length <= LIMITS.readCharacters) {
      const all = this.items.length === 1 ? (this.items[0] as string) : this.items.join("");
      this.items = [];
      this.length = 0;
      return all;
    }
    const all = this.items.join("");
    const length = readLength(all, line);
    this.items = length === all.length ? [] : [all.slice(length)];
    this.length = all.length - length;
    return all.slice(0, length);
  }
}

/** How much of `text` a read takes. */
export function readLength(text: string, line: boolean | undefined): number {
  const newline = line === true ? text.indexOf("\n") : -1;
  const length = newline < 0 ? text.length : newline + 1;
  return Math.min(length, LIMITS.readCharacters);
}

class PipeBuffer {
  readonly chunks = new Chunks();
  readers = true;
  writers = true;
}

class PipeReader extends Description {
  private readonly buffer: PipeBuffer;
  /** Woken when room or the reader's end changes; belongs to the writing side. */
  private readonly writable: WaitList;

  constructor(buffer: PipeBuffer, writable: WaitList) {
    super();
    this.buffer = buffer;
    this.writable = writable;
  }

  override read(line?: boolean): string | null | typeof BLOCKED {
    const { chunks } = this.buffer;
    if (chunks.length === 0) return this.buffer.writers ? BLOCKED : null;
    const text = chunks.take(line);
    this.writable.wake();
    return text;
  }

  override get readable(): boolean {
    return this.buffer.chunks.length > 0 || !this.buffer.writers;
  }

  protected override released(): void {
    this.buffer.readers = false;
    this.writable.wake();
  }
}

class PipeWriter extends Description {
  private readonly buffer: PipeBuffer;
  private readonly reader: { changed: WaitList };

  constructor(buffer: PipeBuffer, reader: { changed: WaitList }) {
    super();
    this.buffer = buffer;
    this.reader = reader;
  }

  override write(data: string): number {
    if (!this.buffer.readers) throw new SystemError("EPIPE");
    const room = LIMITS.pipeCharacters - this.buffer.chunks.length;
    if (room <= 0) return 0;
    this.buffer.chunks.push(data.length <= room ? data : data.slice(0, room));
    this.reader.changed.wake();
    return Math.min(room, data.length);
  }

  protected override released(): void {
    this.buffer.writers = false;
    this.reader.changed.wake();
  }
}

/** A pipe: the writer waits when it is full and gets EPIPE when nobody can read any more. */
export function createPipe(): { reader: Description; writer: Description } {
  const buffer = new PipeBuffer();
  const readerSide = { changed: new WaitList() };
  const writer = new PipeWriter(buffer, readerSide);
  const reader = new PipeReader(buffer, writer.changed);
  readerSide.changed = reader.changed;
  return { reader, writer };
}

/** A stream that the host fills: a process' open stdin, a response body. `onRelease` runs when no one can read it. */
export class FedStream extends Description {
  private readonly chunks = new Chunks();
  private ended = false;
  private failure: SystemError | undefined;
  private readonly onRelease: (() => unknown) | undefined;

  constructor(onRelease?: () => unknown) {
    super();
    this.onRelease = onRelease;
  }

  /** Characters that wait to be read. */
  get waiting(): number {
    return this.chunks.length;
  }

  push(text: string): void {
    if (this.ended) return;
    this.chunks.push(text);
    this.changed.wake();
  }

  end(): void {
    this.ended = true;
    this.changed.wake();
  }

  /** The next read after what is buffered throws `error`. */
  fail(error: SystemError): void {
    this.failure ??= error;
    this.end();
  }

  override read(line?: boolean): string | null | typeof BLOCKED {
    if (this.chunks.length > 0) return this.chunks.take(line);
    if (!this.ended) return BLOCKED;
    if (this.failure !== undefined) throw this.failure;
    return null;
  }

  override get readable(): boolean {
    return this.chunks.length > 0 || this.ended;
  }

  protected override released(): void {
    this.onRelease?.();
  }
}

/** Output that leaves the machine at once: a container's log, an exec's stdout, a channel's stdin. */
export class SinkStream extends Description {
  private readonly sink: OutputSink;
  private readonly onRelease: (() => unknown) | undefined;

  constructor(sink: OutputSink, onRelease?: () => unknown) {
    super();
    this.sink = sink;
    this.onRelease = onRelease;
  }

  override write(data: string): number {
    this.sink.write(data);
    return data.length;
  }

  protected override released(): void {
    this.onRelease?.();
  }
}

/** /dev/null, and the input of a process that has none. */
export class NullStream extends Description {
  override read(): null {
    return null;
  }

  override write(data: string): number {
    return data.length;
  }
}

/** /dev/urandom and /dev/random. Simplified: text of letters and digits, since streams carry text. */
export class RandomDevice extends Description {
  private readonly random: (bound: number) => number;

  constructor(random: (bound: number) => number) {
    super();
    this.random = random;
  }

  override read(): string {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = "";
    for (let i = 0; i < 256; i++) text += alphabet[this.random(alphabet.length)];
    return text;
  }

  override write(data: string): number {
    return data.length;
  }
}

/** /dev/zero. */
export class ZeroDevice extends Description {
  override read(): string {
    return "\0".repeat(4096);
  }

  override write(data: string): number {
    return data.length;
  }
}
