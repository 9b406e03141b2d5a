/**
 * How an application asks its back ends, by the names and ports that it was given, and makes its page of what came back.
 *
 * ```ts
 * page: (_request, ctx) =>
 *   whenAnswered(ctx, [askHttp(ctx, "http://catalogue/tags"), askTcp(ctx, "carts-db:27017")], ([tags, db]) => …)
 * ```
 *
 * **Simplified:** what one page needs is asked at once, where the real application often asks one after the other.
 */
import type { Errno } from "../../base/program.ts";
import type { ConnectionEvents } from "../../runtime/connection.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { Decision, Exchanged, ServedResponse } from "../../runtime/network-port.ts";
import type { ServerContext } from "../define-image.ts";

/** What one back end said; `status` is 0 where it doesn't speak HTTP. Without `errno` it was reached. */
export interface Reply {
  /** The host and port, as it was asked for. */
  readonly place: string;
  readonly errno?: Errno;
  readonly status: number;
  readonly body: string;
}

/** A question under way: its answer is known at once, or comes later. */
export interface Asking {
  readonly latencyMs: number;
  readonly reply?: Reply;
  readonly hops: readonly Decision[];
  /** There iff `reply` isn't. Answers how to give up. */
  readonly later?: (done: (reply: Reply) => void) => () => void;
}

/** What frameworks wait for a back end, more or less. */
const TIMEOUT_MS = 5000;

export function askHttp(
  ctx: ServerContext,
  url: string,
  how: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Asking {
  const place = /^\w+:\/\/([^/]+)/.exec(url)?.[1] ?? url;
  const request = {
    method: how.method ?? "GET",
    url,
    headers: how.headers ?? {},
    body: how.body ?? "",
    timeoutMs: TIMEOUT_MS,
  };
  const outcome: Exchanged = ctx.network.exchange?.(request) ?? UNPLUGGED;
  const { latencyMs, hops } = outcome;
  if (!outcome.ok) return { latencyMs, hops, reply: { place, errno: outcome.errno, status: 0, body: "" } };
  const { response } = outcome;
  const read = ({ status, body, resets }: ServedResponse): Reply =>
    resets === true ? { place, errno: "ECONNRESET", status: 0, body: "" } : { place, status, body };
  const { later } = response;
  if (later === undefined) return { latencyMs, hops, reply: read(response) };
  return { latencyMs, hops, later: (done) => later((late) => done(read(late))) };
}

const UNPLUGGED: Exchanged = { ok: false, errno: "ENETUNREACH", latencyMs: 0, hops: [] };

/** What a client of a protocol of bytes does once it is connected: `done` ends it with what it has heard. */
export type Talk = (connection: Connection, done: (heard: string, errno?: Errno) => void) => ConnectionEvents;

/** Opens a connection to `host:port` and talks; without `talk` it only sees whether there is somebody. */
export function askTcp(ctx: ServerContext, place: string, talk?: Talk): Asking {
  const [host = "", port = "0"] = place.split(":");
  return {
    latencyMs: 0,
    hops: [],
    later(done) {
      let open = true;
      let hangUp = (): void => {};
      const finish = (body: string, errno?: Errno): void => {
        if (!open) return;
        open = false;
        hangUp();
        done({ place, status: 0, body, ...(errno !== undefined && { errno }) });
      };
      const giveUp = ctx.network.connect(
        { host, port: Number(port), timeoutMs: TIMEOUT_MS },
        {
          opened(connection) {
            hangUp = () => connection.close();
            if (talk === undefined) {
              finish("");
              return {};
            }
            ctx.after(TIMEOUT_MS, () => finish("", "ETIMEDOUT"));
            return { closed: (errno) => finish("", errno ?? "ECONNRESET"), ...talk(connection, finish) };
          },
          fail: (errno) => finish("", errno),
        },
      );
      return () => {
        open = false;
        hangUp();
        giveUp();
      };
    },
  };
}

/** The page, once all of them are answered. It may ask again. */
export function whenAnswered(
  ctx: ServerContext,
  askings: readonly Asking[],
  page: (replies: readonly Reply[]) => ServedResponse,
): ServedResponse {
  const onward = (): Decision[] => askings.flatMap(({ hops }) => hops);
  const latencyMs = Math.max(0, ...askings.map((asking) => asking.latencyMs));
  const known = askings.flatMap(({ reply }) => (reply === undefined ? [] : [reply]));
  if (known.length === askings.length) {
    const answer = page(known);
    const all = (): Decision[] => [...onward(), ...(answer.onward?.() ?? [])];
    return { ...answer, delayMs: latencyMs + (answer.delayMs ?? 1), onward: all };
  }
  return {
    status: 0,
    body: "",
    delayMs: latencyMs,
    onward,
    later(answer) {
      const replies = askings.map(({ reply }) => reply);
      const ends: (() => void)[] = [];
      let missing = askings.length - known.length;
      askings.forEach(({ later }, index) => {
        const end = later?.((reply) => {
          replies[index] = reply;
          missing -= 1;
          if (missing === 0) ends.push(deliver(ctx, page(replies as Reply[]), answer));
        });
        if (end !== undefined) ends.push(end);
      });
      return () => ends.forEach((end) => end());
    },
  };
}

/** Gives an answer when its own time has passed. Answers how to give up. */
export function deliver(
  ctx: ServerContext,
  answer: ServedResponse,
  give: (response: ServedResponse) => void,
): () => void {
  let open = true;
  let end = (): void => {};
  ctx.after(answer.delayMs ?? 1, () => {
    if (!open) return;
    if (answer.later === undefined) give(answer);
    else end = answer.later(give);
  });
  return () => {
    open = false;
    end();
  };
}

/** `carts: connection refused`, of everything that could not be reached or that answered with a server's error. */
export function failures(replies: readonly Reply[]): string[] {
  return replies.flatMap(({ place, errno, status, body }) => {
    if (errno !== undefined) return [`${place}: ${WORDS[errno] ?? errno}`];
    return status >= 500 ? [`${place}: ${status} ${body.trim()}`] : [];
  });
}

const WORDS: Partial<Record<Errno, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "temporary failure in name resolution",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  ETIMEDOUT: "connection timed out",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
};
