/** A server's side of a connection that speaks RESP: commands come, answers go. */
import type { Connection, ConnectionEvents } from "../../runtime/connection.ts";
import { encode, RespReader } from "./resp.ts";
import type { Reply } from "./resp.ts";

/** `answer`: undefined where nothing, or nothing more, is to be said. */
export function respServer(
  connection: Connection,
  { answer, closed }: { answer(words: readonly string[]): Reply | undefined; closed(): void },
): ConnectionEvents {
  const reader = new RespReader();
  return {
    data: (text) => {
      for (const words of reader.read(text)) {
        if (!Array.isArray(words) || words.length === 0) continue;
        const reply = answer(words.map(String));
        if (reply !== undefined) connection.write(encode(reply));
      }
    },
    closed,
  };
}
