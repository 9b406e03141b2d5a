/** RESP2, the protocol of Redis (its documentation, "Redis serialization protocol specification"), inline commands too. */
import { utf8Length } from "../../runtime/file-nodes.ts";

export type Reply =
  | { readonly simple: string }
  | { readonly error: string }
  | number
  | string
  | null
  | readonly Reply[];

export const OK: Reply = { simple: "OK" };

export function encode(reply: Reply): string {
  if (reply === null) return "$-1\r\n";
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (typeof reply === "string") return `$${utf8Length(reply)}\r\n${reply}\r\n`;
  if ("simple" in reply) return `+${reply.simple}\r\n`;
  if ("error" in reply) return `-${reply.error}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join("")}`;
}

/** Takes text as it comes and gives whole values; a line that begins with no mark of the protocol is an inline command. */
export class RespReader {
  private buffer = "";

  feed(text: string): void {
    this.buffer += text;
  }

  /** What is whole with this piece. */
  *read(text: string): Generator<Reply> {
    this.feed(text);
    for (let value = this.next(); value !== undefined; value = this.next()) yield value;
  }

  /** undefined: the rest has not come yet. */
  next(): Reply | undefined {
    const parsed = parse(this.buffer, 0);
    if (parsed === undefined) return undefined;
    this.buffer = this.buffer.slice(parsed.end);
    return parsed.value;
  }
}

interface Parsed {
  value: Reply;
  end: number;
}

function parse(text: string, from: number): Parsed | undefined {
  const newline = text.indexOf("\n", from);
  if (newline < 0) return undefined;
  const line = text.slice(from, text[newline - 1] === "\r" ? newline - 1 : newline);
  const end = newline + 1;
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
      return { value: { simple: rest }, end };
    case "-":
      return { value: { error: rest }, end };
    case ":":
      return { value: Number(rest), end };
    case "$":
      return Number(rest) < 0 ? { value: null, end } : parseBulk(text, end, Number(rest));
    case "*":
      return parseArray(text, end, Number(rest));
    default:
      return { value: splitWords(line) ?? [], end };
  }
}

/** `bytes` of UTF-8 and a line end. */
function parseBulk(text: string, from: number, bytes: number): Parsed | undefined {
  let end = from;
  let seen = 0;
  while (seen < bytes && end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end) as number);
    seen += utf8Length(character);
    end += character.length;
  }
  return seen < bytes || text.length < end + 2 ? undefined : { value: text.slice(from, end), end: end + 2 };
}

function parseArray(text: string, from: number, length: number): Parsed | undefined {
  const values: Reply[] = [];
  let end = from;
  for (let i = 0; i < length; i++) {
    const element = parse(text, end);
    if (element === undefined) return undefined;
    values.push(element.value);
    ({ end } = element);
  }
  return { value: values, end };
}

/** Words as redis-cli and inline commands have them: between blanks, or quoted. undefined: a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\')*)'|([^\s"']+))(?=\s|$)/gy;
  let at = 0;
  for (;;) {
    if (line.slice(at).trim() === "") return words;
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match === null) return undefined;
    const [, double, single, plain] = match;
    words.push(
      double !== undefined
        ? double.replace(/\\(.)/g, (_all, letter: string) => ({ n: "\n", r: "\r", t: "\t" })[letter] ?? letter)
        : (single?.replaceAll("\\'", "'") ?? plain ?? ""),
    );
    at = pattern.lastIndex;
  }
}
