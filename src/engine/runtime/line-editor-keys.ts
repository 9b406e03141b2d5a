/** Turns what a terminal sends into keys. Sequences as xterm sends them, readline's emacs bindings for control keys. */

export type Key =
  | { type: "text"; text: string }
  | {
      type:
        | "enter"
        | "tab"
        | "interrupt"
        | "eof"
        | "paste-start"
        | "paste-end"
        | "left"
        | "right"
        | "home"
        | "end"
        | "word-left"
        | "word-right"
        | "backspace"
        | "delete"
        | "kill-end"
        | "kill-start"
        | "kill-blank-word"
        | "kill-word-left"
        | "kill-word-right"
        | "yank"
        | "transpose"
        | "up"
        | "down"
        | "first"
        | "last"
        | "last-word"
        | "clear"
        | "search"
        | "cancel"
        | "unknown";
    };

const CONTROL: Readonly<Record<string, Exclude<Key["type"], "text">>> = {
  "\u0001": "home",
  "\u0002": "left",
  "\u0003": "interrupt",
  "\u0004": "eof",
  "\u0005": "end",
  "\u0006": "right",
  "\u0007": "cancel",
  "\b": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\u000b": "kill-end",
  "\u000c": "clear",
  "\r": "enter",
  "\u000e": "down",
  "\u0010": "up",
  "\u0012": "search",
  "\u0014": "transpose",
  "\u0015": "kill-start",
  "\u0017": "kill-blank-word",
  "\u0019": "yank",
  "\u007f": "backspace",
};

const SEQUENCES: Readonly<Record<string, Exclude<Key["type"], "text">>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[7~": "home",
  "[4~": "end",
  "[8~": "end",
  "[3~": "delete",
  "[1;5C": "word-right",
  "[1;5D": "word-left",
  "[1;3C": "word-right",
  "[1;3D": "word-left",
  "[200~": "paste-start",
  "[201~": "paste-end",
  b: "word-left",
  f: "word-right",
  d: "kill-word-right",
  "\u007f": "kill-word-left",
  "\b": "kill-word-left",
  ".": "last-word",
  "<": "first",
  ">": "last",
};

export interface DecodedKeys {
  source: string;
  keys: { key: Key; from: number; to: number }[];
  /** The start of a sequence whose end hasn't come yet. */
  partial: string;
}

/** A run of printable characters is one key. `\r\n` is one Enter. */
export function decodeKeys(source: string): DecodedKeys {
  const keys: DecodedKeys["keys"] = [];
  let at = 0;
  while (at < source.length) {
    const from = at;
    const char = source[at] as string;
    if (char === "\u001b") {
      const sequence = /^\u001b(?:\[[0-9;?]*[A-Za-z~]|O[A-Za-z]|[^[O])/.exec(source.slice(at));
      if (sequence === null) {
        if (/^\u001b(?:\[[0-9;?]*|O)?$/.test(source.slice(at))) return { source, keys, partial: source.slice(at) };
        at++;
        keys.push({ key: { type: "unknown" }, from, to: at });
        continue;
      }
      at += sequence[0].length;
      keys.push({ key: { type: SEQUENCES[sequence[0].slice(1)] ?? "unknown" }, from, to: at });
      continue;
    }
    if (char < " " || char === "\u007f") {
      at += char === "\r" && source[at + 1] === "\n" ? 2 : 1;
      keys.push({ key: { type: CONTROL[char] ?? "unknown" }, from, to: at });
      continue;
    }
    while (at < source.length && (source[at] as string) >= " " && source[at] !== "\u007f") at++;
    keys.push({ key: { type: "text", text: source.slice(from, at) }, from, to: at });
  }
  return { source, keys, partial: "" };
}
