import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { LineReader } from "../lines.ts";

/** More numbers than that are drawn one by one. */
const MOST = 1_000_000;

/** `1-100`; undefined when it is no range. */
function range(text: string): { first: number; size: number } | undefined {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (first === undefined || Number(first) > Number(last)) return undefined;
  return { first: Number(first), size: Number(last) - Number(first) + 1 };
}

/** The first `count` of a random order of `size` things. */
function drawn(io: CommandIo, size: number, count: number): number[] {
  const moved = new Map<number, number>();
  const result: number[] = [];
  for (let at = 0; at < Math.min(size, count); at++) {
    const from = at + io.ctx.random(size - at);
    result.push(moved.get(from) ?? from);
    moved.set(from, moved.get(at) ?? at);
  }
  return result;
}

export const shuf = defineCommand({
  name: "shuf",
  usage:
    "Usage: shuf [OPTION]... [FILE]\n  or:  shuf -e [OPTION]... [ARG]...\n  or:  shuf -i LO-HI [OPTION]...\nWrite a random permutation of the input lines to standard output.\n\n  -e  treat each ARG as an input line\n  -i LO-HI  treat each number LO through HI as an input line\n  -n COUNT  output at most COUNT lines\n  -r  output lines can be repeated",
  options: {
    flags: "er",
    values: "in",
    long: { echo: "e", repeat: "r", "input-range=": "i", "head-count=": "n" },
  },
  *run(io) {
    const between = io.value("i");
    const numbers = between === undefined ? undefined : range(between);
    if (between !== undefined && numbers === undefined) {
      yield* io.complain(io.flavour === "debian" ? `invalid input range: ‘${between}’` : `bad range '${between}'`);
      return 1;
    }
    let lines = io.has("e") ? io.operands : [];
    if (numbers === undefined && !io.has("e")) {
      const fd = yield* io.input(io.operands[0] ?? "-");
      if (fd === undefined) return 1;
      lines = yield* new LineReader(fd).all();
    }
    const size = numbers?.size ?? lines.length;
    const count = Number(io.value("n") ?? (io.has("r") ? Infinity : size));
    const text = (at: number): string => `${numbers === undefined ? lines[at] : numbers.first + at}\n`;
    if (!io.has("r")) {
      if (Math.min(count, size) > MOST) {
        yield* io.complain("memory exhausted");
        return 1;
      }
      yield* io.out(drawn(io, size, count).map(text).join(""));
      return 0;
    }
    for (let left = size === 0 ? 0 : count; left > 0; left--) yield* io.out(text(io.ctx.random(size)));
    return 0;
  },
});
