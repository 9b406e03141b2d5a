/** od, hexdump and xxd: what a file holds, byte by byte. **Simplified:** the formats that people ask for. */
import { readAll } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { encodeUtf8 } from "../utf8.ts";

const ROW = 16;
const ESCAPES: Readonly<Record<number, string>> = {
  ...{ 0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r" },
};

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
const printable = (byte: number): string => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");

function* input(io: CommandIo): Call<number[] | undefined> {
  const bytes: number[] = [];
  const status = yield* io.eachInput(function* (fd) {
    for (const byte of encodeUtf8(yield* readAll(fd))) bytes.push(byte);
  });
  const most = io.value("N") ?? io.value("n") ?? io.value("l");
  return status === 0 ? bytes.slice(0, most === undefined ? undefined : Number(most)) : undefined;
}

function rows(bytes: readonly number[], size: number): { at: number; row: readonly number[] }[] {
  const found = [];
  for (let at = 0; at < bytes.length; at += size) found.push({ at, row: bytes.slice(at, at + size) });
  return found;
}

/** Two bytes as one number, the first one being the lower. */
function words(row: readonly number[]): number[] {
  return rows(row, 2).map(({ row: [low = 0, high = 0] }) => low + high * 256);
}

export const od = defineCommand({
  name: "od",
  usage:
    "Usage: od [-abcdox] [-A dnox] [-t TYPE] [-N SIZE] [FILE]...\nPrint FILEs unambiguously, as octal bytes by default.",
  options: { flags: "cxbov", values: "AtN", long: { "format=": "t", "address-radix=": "A", "read-bytes=": "N" } },
  *run(io) {
    const bytes = yield* input(io);
    if (bytes === undefined) return 1;
    const type = io.has("c")
      ? "c"
      : io.has("x")
        ? "x2"
        : io.has("b")
          ? "o1"
          : (io.value("t") ?? "o2").replace(/z$/, "");
    const base = io.value("A") ?? "o";
    const address = (at: number): string =>
      base === "n" ? "" : at.toString(base === "x" ? 16 : base === "d" ? 10 : 8).padStart(base === "x" ? 6 : 7, "0");
    const formats: Record<string, (row: readonly number[]) => string[]> = {
      c: (row) =>
        row.map((byte) =>
          (ESCAPES[byte] ?? (byte < 32 || byte > 126 ? byte.toString(8).padStart(3, "0") : printable(byte))).padStart(
            4,
          ),
        ),
      x1: (row) => row.map((byte) => ` ${hex(byte)}`),
      o1: (row) => row.map((byte) => ` ${byte.toString(8).padStart(3, "0")}`),
      u1: (row) => row.map((byte) => String(byte).padStart(4)),
      d1: (row) => row.map((byte) => String(byte < 128 ? byte : byte - 256).padStart(5)),
      x2: (row) => words(row).map((word) => ` ${word.toString(16).padStart(4, "0")}`),
      o2: (row) => words(row).map((word) => ` ${word.toString(8).padStart(6, "0")}`),
      u2: (row) => words(row).map((word) => String(word).padStart(6)),
    };
    const format = formats[type] ?? formats[`${type}2`];
    if (format === undefined) return yield* io.misuse(`invalid type string '${type}'`);
    const lines = rows(bytes, ROW).map(({ at, row }) => `${address(at)}${format(row).join("")}\n`);
    yield* io.out(`${lines.join("")}${base === "n" ? "" : `${address(bytes.length)}\n`}`);
    return 0;
  },
});

export const hexdump = defineCommand({
  name: "hexdump",
  usage: "Usage: hexdump [-Cv] [-n LEN] [FILE]...\nDisplay FILEs in hexadecimal.",
  options: { flags: "Cvx", values: "n" },
  *run(io) {
    const bytes = yield* input(io);
    if (bytes === undefined) return 1;
    const width = io.has("C") ? 8 : 7;
    const lines = rows(bytes, ROW).map(({ at, row }) => {
      const address = at.toString(16).padStart(width, "0");
      if (!io.has("C"))
        return `${address}${words(row)
          .map((word) => ` ${word.toString(16).padStart(4, "0")}`)
          .join("")}\n`;
      const [left, right] = [row.slice(0, 8), row.slice(8)].map((half) => half.map((byte) => ` ${hex(byte)}`).join(""));
      return `${address} ${`${left} ${right}`.padEnd(49)}  |${row.map(printable).join("")}|\n`;
    });
    yield* io.out(bytes.length === 0 ? "" : `${lines.join("")}${bytes.length.toString(16).padStart(width, "0")}\n`);
    return 0;
  },
});

export const xxd = defineCommand({
  name: "xxd",
  usage:
    "Usage: xxd [-p] [-l LEN] [FILE]\nHexdump FILE (or stdin).\n\n  -p  bare bytes\n  -l LEN  stop after LEN bytes",
  options: { flags: "p", values: "lc" },
  *run(io) {
    const bytes = yield* input(io);
    if (bytes === undefined) return 1;
    const size = Number(io.value("c") ?? (io.has("p") ? 30 : ROW));
    const lines = rows(bytes, size).map(({ at, row }) => {
      if (io.has("p")) return `${row.map(hex).join("")}\n`;
      const pairs = rows(row, 2).map(({ row: pair }) => pair.map(hex).join(""));
      return `${at.toString(16).padStart(8, "0")}: ${pairs.join(" ").padEnd((size / 2) * 5)} ${row.map(printable).join("")}\n`;
    });
    yield* io.out(lines.join(""));
    return 0;
  },
});
