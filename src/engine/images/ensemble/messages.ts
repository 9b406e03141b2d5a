/** What the members of an ensemble say to each other: one JSON object a line. */
import { isObject, parseJson } from "../../base/json.ts";
import type { Connection } from "../../runtime/connection.ts";

export type Role = "looking" | "candidate" | "leading" | "following";

/** How a member answers whoever looks for a leader. */
export interface Vote {
  id: number;
  role: Role;
  zxid: number;
  epoch: number;
  /** Higher wins among those that know as much; below 0: wants not to lead now. */
  rank: number;
}

/** Questions open a connection; the rest goes over one that a follower opened with `follow`. */
export type Message =
  /** `invitation`: what somebody who doesn't know the ensemble yet is to know of it. */
  | { say: "vote?"; id: number; invitation?: unknown }
  | { say: "vote"; vote: Vote }
  | { say: "follow"; id: number; zxid: number; epoch: number }
  | { say: "refused" }
  | { say: "sync"; epoch: number; zxid: number; snapshot: unknown }
  | { say: "ack"; zxid: number }
  | { say: "entry"; zxid: number; at: number; entry: unknown }
  | { say: "request"; number: number; entry: unknown }
  | { say: "done"; number: number; result?: unknown }
  | { say: "ping" }
  | { say: "pong" };

export function send(connection: Connection, message: Message): void {
  connection.write(`${JSON.stringify(message)}\n`);
}

/** Calls `take` for each whole message in the text that comes in pieces. */
export function messageReader(take: (message: Message) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    rest += text;
    for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n")) {
      const message = messageOf(rest.slice(0, at));
      rest = rest.slice(at + 1);
      if (message !== undefined) take(message);
    }
  };
}

/** undefined: it is none. */
export function messageOf(line: string): Message | undefined {
  const said = parseJson(line);
  return isObject(said) && typeof said["say"] === "string" ? (said as Message) : undefined;
}
