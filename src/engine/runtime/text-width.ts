/** How wide text stands in a terminal, in cells. */

const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|[\u0001\u0002]/g;

/** `text` without colour sequences and readline's \[ \] marks. */
export function stripEscapes(text: string): string {
  return text.replace(ESCAPES, "");
}

/** Cells of one code point. Simplified: East Asian wide ranges and emoji are 2, combining marks 0, all else 1. */
export function codePointWidth(code: number): number {
  if (code < 0x300) return code < 0x20 || code === 0x7f ? 0 : 1;
  if (code <= 0x36f || code === 0x200d || (code >= 0xfe00 && code <= 0xfe0f)) return 0;
  if (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  ) {
    return 2;
  }
  return 1;
}

export function textWidth(text: string): number {
  let width = 0;
  for (const char of stripEscapes(text)) width += codePointWidth(char.codePointAt(0) as number);
  return width;
}

/** `names` in columns as `ls` and completion list them, filled downwards, each line without trailing blanks. */
export function inColumns(names: readonly string[], columns: number): string {
  const widest = Math.max(...names.map(textWidth), 0) + 2;
  const across = Math.max(1, Math.floor(columns / widest));
  const down = Math.ceil(names.length / across);
  let text = "";
  for (let row = 0; row < down; row++) {
    let line = "";
    for (let at = row; at < names.length; at += down) {
      const name = names[at] as string;
      line += name + " ".repeat(Math.max(0, widest - textWidth(name)));
    }
    text += `${line.trimEnd()}\n`;
  }
  return text;
}
