import { readAll } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export const base64 = defineCommand({
  name: "base64",
  usage:
    "Usage: base64 [OPTION]... [FILE]\nBase64 encode or decode FILE, or standard input, to standard output.\n\n  -d  decode\n  -i  ignore other characters when decoding\n  -w COLS  wrap lines after COLS characters (76); 0 for no wrapping",
  options: { flags: "diD", values: "w", long: { decode: "d", "ignore-garbage": "i", "wrap=": "w" } },
  *run(io) {
    if (io.operands.length > 1) return yield* io.misuse(`extra operand '${io.operands[1]}'`);
    let failed = false;
    const status = yield* io.eachInput(function* (fd) {
      const text = yield* readAll(fd);
      if (!io.has("d")) return yield* io.out(wrap(encode(encodeUtf8(text)), Number(io.value("w") ?? 76)));
      const clean = text.replace(io.has("i") ? /[^A-Za-z0-9+/=]/g : /\n/g, "");
      const valid =
        /^[A-Za-z0-9+/]*={0,2}$/.test(clean) &&
        clean.length % 4 !== 1 &&
        (clean.length % 4 === 0 || !clean.includes("="));
      const body = /^[A-Za-z0-9+/]*/.exec(clean)?.[0] ?? "";
      yield* io.out(decodeUtf8(decode(body)));
      if (!valid || clean.length % 4 !== 0) {
        yield* io.complain(io.flavour === "debian" ? "invalid input" : "truncated input");
        failed = true;
      }
    });
    return failed ? 1 : status;
  },
});

function encode(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text +=
      (ALPHABET[word >> 18] as string) +
      ALPHABET[(word >> 12) & 63] +
      (b === undefined ? "=" : ALPHABET[(word >> 6) & 63]) +
      (c === undefined ? "=" : ALPHABET[word & 63]);
  }
  return text;
}

function decode(text: string): number[] {
  const bytes: number[] = [];
  let word = 0;
  let bits = 0;
  for (const char of text) {
    word = ((word << 6) | ALPHABET.indexOf(char)) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((word >> bits) & 255);
  }
  return bytes;
}

function wrap(text: string, columns: number): string {
  if (columns === 0) return text;
  return text === "" ? "" : `${text.match(new RegExp(`.{1,${columns}}`, "g"))?.join("\n") ?? ""}\n`;
}
