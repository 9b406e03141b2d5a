/** cmp and comm: two files, byte by byte or line by line. */
import { readAll } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";

/** Both texts, or undefined after a message. */
function* both(io: CommandIo): Call<[string, string] | undefined> {
  const texts: string[] = [];
  for (const name of [io.operands[0] ?? "-", io.operands[1] ?? "-"]) {
    const fd = yield* io.input(name);
    if (fd === undefined) return undefined;
    texts.push(yield* readAll(fd));
  }
  return texts as [string, string];
}

export const cmp = defineCommand({
  name: "cmp",
  usage: "Usage: cmp [-s] FILE1 [FILE2]\nCompare two files byte by byte.\n\n  -s  quiet",
  options: { flags: "sl", long: { silent: "s", quiet: "s" } },
  badUsageStatus: 2,
  *run(io) {
    const [first, second = "-"] = io.operands;
    if (first === undefined) return yield* io.misuse("missing operand after 'cmp'", 2);
    const texts = yield* both(io);
    if (texts === undefined) return 2;
    const [a, b] = texts;
    if (a === b) return 0;
    if (io.has("s")) return 1;
    let at = 0;
    while (at < a.length && at < b.length && a[at] === b[at]) at++;
    const line = 1 + (a.slice(0, at).match(/\n/g)?.length ?? 0);
    if (at === a.length || at === b.length) {
      const shorter = at === a.length ? first : second;
      yield* io.complain(
        io.flavour === "debian" ? `EOF on ${shorter} after byte ${at}, line ${line}` : `EOF on ${shorter}`,
      );
    } else
      yield* io.out(
        `${first} ${second} differ: ${io.flavour === "debian" ? "byte" : "char"} ${at + 1}, line ${line}\n`,
      );
    return 1;
  },
});

export const comm = defineCommand({
  name: "comm",
  usage:
    "Usage: comm [-123] FILE1 FILE2\nCompare sorted files line by line.\n\n  -1  suppress lines unique to FILE1\n  -2  suppress lines unique to FILE2\n  -3  suppress lines that appear in both",
  options: { flags: "123" },
  *run(io) {
    if (io.operands.length < 2) return yield* io.misuse("missing operand");
    const texts = yield* both(io);
    if (texts === undefined) return 1;
    const [left, right] = texts.map((text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n")));
    const [a, b] = [left ?? [], right ?? []];
    const indent = [0, io.has("1") ? 0 : 1, (io.has("1") ? 0 : 1) + (io.has("2") ? 0 : 1)];
    let text = "";
    const tell = (column: number, line: string): void => {
      if (!io.has(String(column + 1))) text += `${"\t".repeat(indent[column] ?? 0)}${line}\n`;
    };
    for (let i = 0, j = 0; i < a.length || j < b.length;) {
      const [x, y] = [a[i], b[j]];
      if (y === undefined || (x !== undefined && x < y)) {
        tell(0, x ?? "");
        i++;
      } else if (x === undefined || y < x) {
        tell(1, y);
        j++;
      } else {
        tell(2, x);
        i++;
        j++;
      }
    }
    yield* io.out(text);
    return 0;
  },
});
