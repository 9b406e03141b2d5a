import { read } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { expandEscapes } from "../echo-text.ts";

export const tr = defineCommand({
  name: "tr",
  usage: `
Usage: tr [OPTION]... SET1 [SET2]
Translate, squeeze, or delete characters from standard input, writing to standard output.

  -c, -C  use the complement of SET1    -d  delete    -s  squeeze repeats    -t  truncate SET1`,
  options: {
    flags: "cCdst",
    long: { complement: "c", delete: "d", "squeeze-repeats": "s", "truncate-set1": "t" },
    stopAtOperand: true,
  },
  *run(io) {
    const [first, second] = io.operands;
    if (first === undefined) return yield* io.misuse("missing operand");
    if (second === undefined && !io.has("d") && !io.has("s")) {
      yield* io.complain(`missing operand after '${first}'`);
      return yield* io.misuse("Two strings must be given when translating.");
    }
    const set = expandSet(first);
    const complement = io.has("c") || io.has("C");
    const members = new Set(set);
    const inSet = (char: string): boolean => members.has(char) !== complement;
    const target = second === undefined ? [] : expandSet(second);
    const map = new Map<string, string>();
    if (!io.has("d") && second !== undefined) {
      if (target.length === 0) return yield* io.misuse("when not truncating set1, string2 must be non-empty");
      set.forEach((char, at) => {
        if (!map.has(char)) map.set(char, target[Math.min(at, target.length - 1)] as string);
      });
    }
    const squeezed = new Set(second === undefined || io.has("d") ? (second === undefined ? set : target) : target);
    const squeezes = (char: string): boolean => (second === undefined ? inSet(char) : squeezed.has(char));
    let last = "";
    for (let piece = yield* read(0); piece !== null; piece = yield* read(0)) {
      let text = "";
      for (const char of piece) {
        if (io.has("d") && inSet(char)) continue;
        const out =
          second === undefined || io.has("d")
            ? char
            : complement
              ? inSet(char)
                ? (target.at(-1) as string)
                : char
              : (map.get(char) ?? char);
        if (io.has("s") && out === last && squeezes(out)) continue;
        text += out;
        last = out;
      }
      yield* io.out(text);
    }
    return 0;
  },
});

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[\t-\r ]/,
  blank: /[\t ]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  cntrl: /[\u0000-\u001f\u007f]/,
  xdigit: /[0-9A-Fa-f]/,
};

function expandSet(text: string): string[] {
  const withClasses = text.replace(/\[:(\w+):\]/g, (all, name: string) => {
    const members = CLASSES[name];
    if (members === undefined) return all;
    let chars = "";
    for (let code = 0; code < 128; code++)
      if (members.test(String.fromCharCode(code))) chars += String.fromCharCode(code).replace(/[\\-]/, "\\$&");
    return chars;
  });
  const chars: { char: string; quoted: boolean }[] = [];
  for (const [piece] of withClasses.matchAll(/\\[0-7]{1,3}|\\?[^]/gu)) {
    if (piece.length > 1 && piece.startsWith("\\")) {
      const escaped = expandEscapes(piece, false).text;
      chars.push({ char: escaped.length > 1 ? escaped.slice(1) : escaped, quoted: true });
    } else chars.push({ char: piece, quoted: false });
  }
  const set: string[] = [];
  for (let at = 0; at < chars.length; at++) {
    const { char } = chars[at] as { char: string };
    const end = chars[at + 2];
    if (chars[at + 1]?.char === "-" && chars[at + 1]?.quoted === false && end !== undefined) {
      for (let code = char.codePointAt(0) as number; code <= (end.char.codePointAt(0) as number); code++)
        set.push(String.fromCodePoint(code));
      at += 2;
    } else set.push(char);
  }
  return set;
}
