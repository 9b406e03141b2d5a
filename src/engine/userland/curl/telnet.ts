/**
 * `curl telnet://host:port`: a port by hand, and how many look whether one is open. Upstream: curl lib/telnet.c.
 * Simplified: no option is negotiated.
 */
import { SystemError, UNANSWERED } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, connect, poll, read, write } from "../../base/syscalls.ts";
import type { CommandIo } from "../command.ts";
import type { Url } from "../urls.ts";
import { fail, failureLines, failureOf } from "./failure.ts";
import { triedAddresses } from "./request.ts";
import { trying } from "./texts.ts";

export function* telnet(io: CommandIo, url: Url): Call<number> {
  const { host, port } = url;
  const began = io.ctx.now();
  const seconds = (name: string): number | undefined =>
    io.value(name) === undefined ? undefined : Number(io.value(name)) * 1000;
  const most = seconds("m");
  const limit = seconds("connect") ?? most;
  const { tried, told } = yield* triedAddresses(io, { url, host, port });
  const say = function* (lines: readonly string[]): Call<void> {
    if (io.has("v")) yield* write(2, lines.map((line) => `* ${line}\n`).join(""));
  };
  let received = 0;
  try {
    const { fd, remoteAddress } = yield* connect(tried.length === 1 ? (tried[0] ?? host) : host, port, {
      ...(limit !== undefined && { timeoutMs: Math.max(1, limit - (io.ctx.now() - began)) }),
    });
    yield* say([...told, trying(remoteAddress, port), `Connected to ${host} (${remoteAddress}) port ${port}`]);
    for (;;) {
      const left = most === undefined ? undefined : began + most - io.ctx.now();
      const ready = left !== undefined && left <= 0 ? [] : yield* poll([fd, 0], left);
      if (ready.length === 0) throw new SystemError("ETIMEDOUT", UNANSWERED);
      const from = ready.includes(fd) ? fd : 0;
      const text = yield* read(from);
      if (text === null) break;
      if (from === fd) received += text.length;
      yield* write(from === fd ? 1 : fd, text);
    }
    yield* close(fd);
    yield* say(["shutting down connection #0"]);
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const attempt = {
      host,
      port,
      proxy: false,
      error,
      ms: io.ctx.now() - began,
      limited: limit !== undefined,
      received,
    };
    yield* say([...(received > 0 || error.detail === UNANSWERED ? [] : told), ...failureLines(attempt, tried)]);
    const { code, message } = failureOf(attempt);
    return yield* fail(io, code, message);
  }
}
