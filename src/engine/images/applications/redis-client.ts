/** A client of Redis: one inline command a connection. Protocol: redis.io/docs/latest/develop/reference/protocol-spec. */
import type { ServerContext } from "../define-image.ts";
import { askTcp } from "./back-ends.ts";
import type { Asking, Reply } from "./back-ends.ts";

/** A command with its words. What comes back stands in the body as it came; `redisValue` reads it. */
export function askRedis(ctx: ServerContext, place: string, words: readonly string[]): Asking {
  return askTcp(ctx, place, (connection, done) => {
    let heard = "";
    connection.write(`${words.map(quoted).join(" ")}\r\n`);
    return {
      data(text) {
        heard += text;
        if (read(heard, 0) !== undefined) done(heard);
      },
      end: () => done(heard, "ECONNRESET"),
    };
  });
}

function quoted(word: string): string {
  return /^[\w.:/-]+$/.test(word) ? word : JSON.stringify(word);
}

export type RedisValue = string | number | null | RedisValue[];

/** A string, a number, null or a list; or what the server, or who stands in its place, said instead. */
export function redisValue(reply: Reply): { value: RedisValue } | { error: string } {
  if (reply.errno !== undefined) return { error: `Error connecting to ${reply.place}: ${reply.errno}.` };
  if (reply.body.startsWith("-")) return { error: reply.body.slice(1).trim() };
  const value = read(reply.body, 0)?.value;
  return value === undefined || value instanceof ProtocolError
    ? { error: `Protocol Error: ${reply.body.slice(0, 1)}` }
    : { value };
}

class ProtocolError {}

/** What stands at a place, and where the next begins; undefined while it isn't whole. */
function read(text: string, at: number): { value: RedisValue | ProtocolError; next: number } | undefined {
  const end = text.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const line = text.slice(at + 1, end);
  const next = end + 2;
  const length = Number(line);
  switch (text[at]) {
    case "+":
    case "-":
      return { value: line, next };
    case ":":
      return { value: length, next };
    case "$": {
      if (length < 0) return { value: null, next };
      const after = next + length + 2;
      return text.length < after ? undefined : { value: text.slice(next, next + length), next: after };
    }
    case "*": {
      const values: RedisValue[] = [];
      let place = next;
      for (let index = 0; index < length; index += 1) {
        const element = read(text, place);
        if (element === undefined) return undefined;
        if (element.value instanceof ProtocolError) return element;
        values.push(element.value);
        place = element.next;
      }
      return { value: values, next: place };
    }
    default:
      return { value: new ProtocolError(), next };
  }
}
