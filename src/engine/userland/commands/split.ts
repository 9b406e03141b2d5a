import { readAll } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { parseSize } from "../sizes.ts";

/** `aa`, `ab`, … or `00`, `01`, … */
function suffix(at: number, { digits, length }: { digits: boolean; length: number }): string {
  if (digits) return String(at).padStart(length, "0");
  let text = "";
  for (let left = at, place = 0; place < length; place++, left = Math.floor(left / 26))
    text = String.fromCharCode(97 + (left % 26)) + text;
  return text;
}

export const split = defineCommand({
  name: "split",
  usage:
    "Usage: split [OPTION]... [FILE [PREFIX]]\nOutput pieces of FILE to PREFIXaa, PREFIXab, ...\n\n  -l N  N lines a file (1000)\n  -b N  N bytes a file\n  -a N  suffixes of length N (2)\n  -d  numeric suffixes",
  options: {
    flags: "d",
    values: "lba",
    long: { "lines=": "l", "bytes=": "b", "suffix-length=": "a", "numeric-suffixes": "d" },
  },
  *run(io) {
    const [name = "-", prefix = "x"] = io.operands;
    const fd = yield* io.input(name);
    if (fd === undefined) return 1;
    const text = yield* readAll(fd);
    const bytes = io.value("b");
    const size = bytes === undefined ? Number(io.value("l") ?? 1000) : (parseSize(bytes) ?? 0);
    if (!(size >= 1))
      return yield* io.misuse(
        `invalid number of ${bytes === undefined ? "lines" : "bytes"}: '${bytes ?? io.value("l")}'`,
      );
    const all = bytes === undefined ? text.split(/(?<=\n)/) : [...text];
    const how = { digits: io.has("d"), length: Number(io.value("a") ?? 2) };
    for (let at = 0, piece = 0; at < all.length; at += size, piece++)
      io.ctx.fs.writeFile(io.path(`${prefix}${suffix(piece, how)}`), all.slice(at, at + size).join(""));
    return 0;
  },
});
