import type { FileStat } from "../base/program.ts";

/** `drwxr-xr-x` */
export function modeText(stat: FileStat): string {
  const type = { file: "-", directory: "d", symlink: "l", device: "c", block: "b", socket: "s" }[stat.type];
  let text = type;
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = (stat.mode >> shift) & 7;
    text += `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}`;
    const runs = (bits & 1) !== 0;
    if (shift === 3 && (stat.mode & 0o2000) !== 0) text += runs ? "s" : "S";
    else text += runs ? "x" : "-";
  }
  if (stat.mode & 0o1000) text = text.slice(0, -1) + (stat.mode & 1 ? "t" : "T");
  return text;
}

/** A mode as chmod takes it, applied to `before`: `644`, `u+x,go-w`, `a=r`. Undefined when it is none. */
export function applyMode(text: string, before: number, directory: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = before;
  for (const clause of text.split(",")) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (match === null) return undefined;
    const [, who = "", operator, what = ""] = match;
    let bits = 0;
    for (const letter of what) {
      if (letter === "X") bits |= directory || (before & 0o111) !== 0 ? 1 : 0;
      else bits |= { r: 4, w: 2, x: 1 }[letter] ?? 0;
    }
    for (const target of who === "" || who.includes("a") ? "ugo" : who) {
      const shift = { u: 6, g: 3, o: 0 }[target] as number;
      if (operator === "+") mode |= bits << shift;
      else if (operator === "-") mode &= ~(bits << shift);
      else mode = (mode & ~(7 << shift)) | (bits << shift);
    }
  }
  return mode;
}
