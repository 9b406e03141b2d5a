/** Where the edited line stands on the screen, and how to draw it anew over one or many rows. */
import { codePointWidth, stripEscapes } from "./text-width.ts";

export class LineScreen {
  private columns: number;
  /** Row of the cursor and of the text's end, counted from the row where the prompt begins. */
  private cursorRow = 0;
  private endRow = 0;
  private endColumn = 0;
  private drawn = false;

  constructor(columns: number) {
    this.columns = Math.max(1, columns);
  }

  resize(columns: number): string {
    const before = this.clear();
    this.columns = Math.max(1, columns);
    return before;
  }

  /** Forgets what was drawn (the screen was cleared). */
  forget(): string {
    this.drawn = false;
    return "";
  }

  /** Erases the old text and draws the new one with the cursor before `text[cursor]`. */
  draw(prompt: string, text: string, cursor: number): string {
    const shownPrompt = prompt.replace(/[\u0001\u0002]/g, "").replaceAll("\n", "\r\n");
    const plainPrompt = stripEscapes(prompt);
    const end = this.position(plainPrompt + text);
    const at = this.position(plainPrompt + text.slice(0, cursor));
    let output = this.clear() + shownPrompt + visible(text);
    // A full last row leaves a terminal's cursor hanging at the margin: go down for real.
    if (end.column === 0 && end.row > 0 && text !== "") output += "\r\n";
    if (cursor < text.length) {
      if (end.row > at.row) output += `\u001b[${end.row - at.row}A`;
      output += "\r";
      if (at.column > 0) output += `\u001b[${at.column}C`;
    }
    this.cursorRow = cursor < text.length ? at.row : end.row;
    this.endRow = end.row;
    this.endColumn = end.column;
    this.drawn = true;
    return output;
  }

  /** The cheap case: text typed at the end that stays on its row. Undefined when it must be drawn anew. */
  append(added: string): string | undefined {
    if (!this.drawn || this.cursorRow !== this.endRow) return undefined;
    let width = 0;
    for (const char of added) {
      if (char < " ") return undefined;
      width += codePointWidth(char.codePointAt(0) as number);
    }
    if (this.endColumn + width >= this.columns) return undefined;
    this.endColumn += width;
    return added;
  }

  /** Goes to the line after the text. */
  leave(): string {
    const down = this.endRow - this.cursorRow;
    const output = `${down > 0 ? `\u001b[${down}B` : ""}\r\n`;
    this.drawn = false;
    this.cursorRow = 0;
    this.endRow = 0;
    return output;
  }

  private clear(): string {
    if (!this.drawn) return "";
    const up = this.cursorRow > 0 ? `\u001b[${this.cursorRow}A` : "";
    this.drawn = false;
    return `${up}\r\u001b[J`;
  }

  private position(text: string): { row: number; column: number } {
    let row = 0;
    let column = 0;
    for (const char of text) {
      if (char === "\n") {
        row++;
        column = 0;
        continue;
      }
      const width = char < " " ? 2 : codePointWidth(char.codePointAt(0) as number);
      if (column + width > this.columns) {
        row++;
        column = 0;
      }
      column += width;
      if (column === this.columns) {
        row++;
        column = 0;
      }
    }
    return { row, column };
  }
}

/** Control characters shown as ^X. A tab is shown as ^I, which keeps the width of the line known. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f]/g, (char) =>
    char === "\n" ? "\r\n" : `^${String.fromCharCode(char.charCodeAt(0) + 64)}`,
  );
}
