import { structuredPatch } from "diff";
import type { Call } from "../../base/syscalls.ts";
import { close, readAll } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { formatDate } from "../date-format.ts";

export const diff = defineCommand({
  name: "diff",
  usage:
    "Usage: diff [OPTION]... FILE1 FILE2\nCompare files line by line.\n\n  -u, -U NUM  unified context (3 lines, NUM)\n  -q  only whether they differ\n  -i, -w, -b  ignore case, white space\n  -N  absent files are empty",
  options: { flags: "uqiwbNr", values: "U", long: { unified: "u", brief: "q", "ignore-case": "i", "new-file": "N" } },
  badUsageStatus: 2,
  *run(io) {
    const [left, right] = io.operands;
    if (left === undefined || right === undefined)
      return yield* io.misuse(
        left === undefined ? "missing operand after 'diff'" : `missing operand after '${left}'`,
        2,
      );
    const before = yield* content(io, left);
    const after = yield* content(io, right);
    if (before === undefined || after === undefined) return 2;
    if (before === after) return 0;
    if (io.has("q")) {
      yield* io.out(`Files ${left} and ${right} differ\n`);
      return 1;
    }
    const unified = io.has("u") || io.has("U");
    const patch = structuredPatch(left, right, before, after, "", "", {
      context: unified ? Number(io.value("U") ?? 3) : 0,
      ignoreWhitespace: io.has("w") || io.has("b"),
    });
    if (patch.hunks.length === 0) return 0;
    if (unified) yield* io.out(`--- ${left}\t${stamp(io, left)}\n+++ ${right}\t${stamp(io, right)}\n`);
    for (const hunk of patch.hunks) yield* io.out(unified ? unifiedHunk(hunk) : normalHunk(hunk));
    return 1;
  },
});

function* content(io: CommandIo, name: string): Call<string | undefined> {
  if (io.has("N") && name !== "-" && !io.ctx.fs.exists(io.path(name))) return "";
  const fd = yield* io.input(name);
  if (fd === undefined) return undefined;
  const text = yield* readAll(fd);
  if (fd !== 0) yield* close(fd);
  return io.has("i") ? text.toLowerCase() : text;
}

function stamp(io: CommandIo, name: string): string {
  const path = io.path(name);
  return formatDate(io.ctx.fs.exists(path) ? io.ctx.fs.stat(path).mtime : io.ctx.now(), "%Y-%m-%d %H:%M:%S.%N %z");
}

interface Hunk {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: string[];
}

function unifiedHunk(hunk: Hunk): string {
  const range = (start: number, lines: number): string => (lines === 1 ? `${start}` : `${start},${lines}`);
  return `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${hunk.lines.map((line) => `${line}\n`).join("")}`;
}

function normalHunk(hunk: Hunk): string {
  const removed = hunk.lines.filter((line) => line.startsWith("-"));
  const added = hunk.lines.filter((line) => line.startsWith("+"));
  const range = (start: number, count: number): string => (count <= 1 ? `${start}` : `${start},${start + count - 1}`);
  const kind = removed.length === 0 ? "a" : added.length === 0 ? "d" : "c";
  const from = removed.length === 0 ? hunk.oldStart - (hunk.oldLines === 0 ? 0 : 1) : hunk.oldStart;
  const to = added.length === 0 ? hunk.newStart - (hunk.newLines === 0 ? 0 : 1) : hunk.newStart;
  const note = (line: string): string =>
    line.startsWith("\\") ? line : `${line[0] === "-" ? "<" : ">"} ${line.slice(1)}`;
  return `${range(from, removed.length)}${kind}${range(to, added.length)}\n${removed.map((line) => `${note(line)}\n`).join("")}${kind === "c" ? "---\n" : ""}${added.map((line) => `${note(line)}\n`).join("")}`;
}
