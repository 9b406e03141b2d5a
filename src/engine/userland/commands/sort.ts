import { write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";

export const sort = defineCommand({
  name: "sort",
  usage: `
Usage: sort [OPTION]... [FILE]...
Write sorted concatenation of all FILE(s) to standard output.

  -n numeric   -h human numbers (2K 1G)   -V versions   -f fold case   -b ignore leading blanks
  -r reverse   -u unique   -s stable   -c check   -o FILE output
  -k KEYDEF    sort by a key: F[.C][OPTS][,F[.C][OPTS]]
  -t SEP       field separator`,
  options: {
    flags: "nhVfbrusdigMc",
    values: "kto",
    long: {
      "numeric-sort": "n",
      "human-numeric-sort": "h",
      "version-sort": "V",
      "ignore-case": "f",
      reverse: "r",
      unique: "u",
      stable: "s",
      "key=": "k",
      "field-separator=": "t",
      "output=": "o",
      check: "c",
    },
  },
  badUsageStatus: 2,
  *run(io) {
    const lines: string[] = [];
    const status = yield* io.eachInput(function* (fd) {
      for (const line of yield* new LineReader(fd).all()) lines.push(line);
    });
    if (status !== 0) return 2;
    const compare = comparison(io);
    if (typeof compare === "string") {
      yield* io.complain(compare);
      return 2;
    }
    if (io.has("c")) {
      const at = lines.findIndex((line, index) => index > 0 && compare.keys(lines[index - 1] as string, line) > 0);
      if (at < 0) return 0;
      yield* io.complain(`${io.operands[0] ?? "-"}:${at + 1}: disorder: ${lines[at]}`);
      return 1;
    }
    let sorted = lines.sort(compare.full);
    if (io.has("u"))
      sorted = sorted.filter((line, at) => at === 0 || compare.keys(sorted[at - 1] as string, line) !== 0);
    const text = sorted.map((line) => `${line}\n`).join("");
    const target = io.value("o");
    if (target === undefined) yield* io.out(text);
    else {
      const fd = (yield { call: "open", path: target, mode: "write" }) as number;
      yield* write(fd, text);
    }
    return 0;
  },
});

interface Key {
  from: number;
  fromChar: number;
  to: number;
  toChar: number;
  flags: string;
}

type Compare = (a: string, b: string) => number;

function comparison(io: CommandIo): { keys: Compare; full: Compare } | string {
  const separator = io.value("t");
  if (separator !== undefined && separator.length !== 1 && separator !== "\\0")
    return `multi-character tab '${separator}'`;
  const global = ["n", "h", "V", "f", "b", "r", "d", "g", "M"].filter((flag) => io.has(flag)).join("");
  const keys: Key[] = [];
  for (const text of io.values("k")) {
    const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?$/.exec(text);
    if (match === null || match[1] === "0") return `invalid number at field start: invalid count at start of '${text}'`;
    const own = (match[3] ?? "") + (match[6] ?? "");
    keys.push({
      from: Number(match[1]) - 1,
      fromChar: Number(match[2] ?? 1) - 1,
      to: match[4] === undefined ? Number.POSITIVE_INFINITY : Number(match[4]) - 1,
      toChar: Number(match[5] ?? 0),
      flags: own === "" ? global : own,
    });
  }
  const plain = byFlags(global);
  const byKeys: Compare =
    keys.length === 0
      ? plain
      : (a, b) => {
          for (const key of keys) {
            const order = byFlags(key.flags)(extract(a, key, separator), extract(b, key, separator));
            if (order !== 0) return order;
          }
          return 0;
        };
  const reverse = io.has("r") ? -1 : 1;
  const full: Compare = (a, b) =>
    byKeys(a, b) || (io.has("s") || io.has("u") ? 0 : reverse * (a < b ? -1 : a > b ? 1 : 0));
  return { keys: byKeys, full };
}

function byFlags(flags: string): Compare {
  const sign = flags.includes("r") ? -1 : 1;
  const clean = (text: string): string => {
    let result = flags.includes("b") ? text.trimStart() : text;
    if (flags.includes("d")) result = result.replace(/[^\w\s]|_/g, "");
    return flags.includes("f") ? result.toUpperCase() : result;
  };
  if (/[ng]/.test(flags)) return (a, b) => sign * (number(a) - number(b));
  if (flags.includes("h")) return (a, b) => sign * (human(a) - human(b));
  if (flags.includes("V")) return (a, b) => sign * versions(a, b);
  if (flags.includes("M")) return (a, b) => sign * (month(a) - month(b));
  return (a, b) => {
    const [left, right] = [clean(a), clean(b)];
    return sign * (left < right ? -1 : left > right ? 1 : 0);
  };
}

function extract(line: string, key: Key, separator: string | undefined): string {
  const fields = separator === undefined ? (line.match(/\s*\S+|\s+$/g) ?? []) : line.split(separator);
  const picked = fields.slice(key.from, key.to + 1);
  if (key.toChar > 0 && picked.length === key.to - key.from + 1) {
    const last = picked.length - 1;
    picked[last] = (picked[last] as string).slice(0, key.toChar);
  }
  return picked.join(separator ?? "").slice(key.fromChar);
}

function number(text: string): number {
  return Number(/^\s*-?\d*\.?\d+/.exec(text)?.[0] ?? 0);
}

function human(text: string): number {
  const match = /^\s*(-?\d*\.?\d+)([KMGTPE]?)/i.exec(text);
  return match === null
    ? 0
    : Number(match[1]) * 1024 ** ("KMGTPE".indexOf((match[2] as string).toUpperCase() || "-") + 1);
}

function month(text: string): number {
  return ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"].indexOf(
    text.trim().slice(0, 3).toUpperCase(),
  );
}

function versions(a: string, b: string): number {
  const pieces = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [pieces(a), pieces(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x, y] = [left[at] ?? "", right[at] ?? ""];
    const order = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : x < y ? -1 : x > y ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}
