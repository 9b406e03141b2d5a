/**
 * Columns from tab-separated cells: a column is a run of neighbouring lines that have a cell there.
 * Upstream: Go text/tabwriter, and liggitt/tabwriter (widths remembered between flushes).
 */
export interface TabWriterOptions {
  minWidth: number;
  tabWidth?: number;
  padding: number;
  /** Columns never become narrower than in an earlier flush. */
  rememberWidths?: boolean;
}

/** `kubectl get` */
export const TABLE_TABS: TabWriterOptions = { minWidth: 6, padding: 3, rememberWidths: true };
/** `kubectl describe` */
export const DESCRIBE_TABS: TabWriterOptions = { minWidth: 0, padding: 2 };

export class TabWriter {
  private readonly options: TabWriterOptions;
  private readonly remembered: number[] = [];
  private text = "";

  constructor(options: TabWriterOptions) {
    this.options = options;
  }

  write(text: string): void {
    this.text += text;
  }

  /** The aligned text of what was written since the last flush. */
  flush(): string {
    if (this.text === "") return "";
    const lines = this.text.split("\n").map((line) => line.split("\t"));
    this.text = "";
    const widths: number[] = [];
    const out: string[] = [];
    this.format(lines, { from: 0, to: lines.length }, { widths, out });
    return out.join("\n");
  }

  private format(
    lines: readonly string[][],
    range: { from: number; to: number },
    state: { widths: number[]; out: string[] },
  ): void {
    const column = state.widths.length;
    const hasCell = (index: number): boolean => column < (lines[index]?.length ?? 0) - 1;
    let done = range.from;
    for (let index = range.from; index < range.to; index++) {
      if (!hasCell(index)) continue;
      emit(lines, { from: done, to: index }, state);
      done = index;
      let width = Math.max(
        this.options.minWidth,
        this.options.rememberWidths === true ? (this.remembered[column] ?? 0) : 0,
      );
      for (; index < range.to && hasCell(index); index++) {
        width = Math.max(width, lengthOf(lines[index]?.[column] ?? "") + this.options.padding);
      }
      if (this.options.rememberWidths === true) this.remembered[column] = width;
      state.widths.push(width);
      this.format(lines, { from: done, to: index }, state);
      state.widths.pop();
      done = index;
      index--;
    }
    emit(lines, { from: done, to: range.to }, state);
  }
}

function emit(
  lines: readonly string[][],
  range: { from: number; to: number },
  state: { widths: readonly number[]; out: string[] },
): void {
  for (let index = range.from; index < range.to; index++) {
    const cells = lines[index] ?? [];
    let line = "";
    cells.forEach((cell, column) => {
      const width = state.widths[column];
      line += width === undefined ? cell : cell + " ".repeat(Math.max(0, width - lengthOf(cell)));
    });
    state.out.push(line);
  }
}

function lengthOf(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return [...text].length;
  return text.length;
}

/** Rows with equal padding, as one text. */
export function aligned(rows: readonly (readonly string[])[], options: TabWriterOptions): string {
  const writer = new TabWriter(options);
  for (const row of rows) writer.write(`${row.join("\t")}\n`);
  return writer.flush();
}
