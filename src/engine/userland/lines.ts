import type { Call } from "../base/syscalls.ts";
import { read, write } from "../base/syscalls.ts";

/** A stream by lines, one batch for each piece that arrives, so that a filter stays both quick and live. */
export class LineReader {
  private readonly fd: number;
  private rest = "";
  private ended = false;
  /** True iff the last line of the stream had no newline. */
  unterminated = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** The next lines, without newlines (at least one), or null at the end. */
  *batch(): Call<string[] | null> {
    while (!this.ended) {
      const piece = yield* read(this.fd);
      if (piece === null) {
        this.ended = true;
        if (this.rest === "") return null;
        this.unterminated = true;
        return [this.rest];
      }
      const text = this.rest + piece;
      const end = text.lastIndexOf("\n");
      if (end < 0) {
        this.rest = text;
        continue;
      }
      this.rest = text.slice(end + 1);
      return text.slice(0, end).split("\n");
    }
    return null;
  }

  /** All remaining lines. */
  *all(): Call<string[]> {
    const lines: string[] = [];
    for (let batch = yield* this.batch(); batch !== null; batch = yield* this.batch())
      for (const line of batch) lines.push(line);
    return lines;
  }
}

/** Writes what `change` makes of each line of `fd`; undefined drops the line. */
export function* mapLines(fd: number, change: (line: string) => string | undefined): Call<void> {
  const reader = new LineReader(fd);
  for (let batch = yield* reader.batch(); batch !== null; batch = yield* reader.batch()) {
    let text = "";
    for (const line of batch) {
      const changed = change(line);
      if (changed !== undefined) text += `${changed}\n`;
    }
    yield* write(1, text);
  }
}
