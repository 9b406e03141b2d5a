/**
 * The near end of a process that runs elsewhere: `kubectl exec`, `kubectl attach`, `minikube ssh`. Joins this process'
 * own streams to the channel of an upgraded connection. Upstream: client-go tools/remotecommand, kubectl pkg/util/term.
 */
import { isObject } from "./json.ts";
import type { HttpResponse, ProgramContext } from "./program.ts";
import { close, poll, read, setTtyMode, signals, trap, write } from "./syscalls.ts";
import type { Call } from "./syscalls.ts";

export type RemoteChannel = NonNullable<HttpResponse["channel"]>;

/** How a remote process ended: its exit code, or why there is none. */
export type RemoteEnd = { code: number } | { problem: string };

export interface StreamOptions {
  /** Whether this process' input goes to the remote one. */
  stdin: boolean;
  /** Whether the remote side has a terminal: this one then passes keys and its size on. */
  tty: boolean;
}

/** Runs until the remote process ends. A connection that breaks is a `SystemError`. */
export function* joinStreams(ctx: ProgramContext, channel: RemoteChannel, options: StreamOptions): Call<RemoteEnd> {
  if (!options.tty) return yield* pump(ctx, channel, options);
  yield* setTtyMode(0, "raw");
  yield* trap("SIGWINCH", "queue");
  try {
    yield* sendSize(ctx, channel.resize);
    return yield* pump(ctx, channel, options);
  } finally {
    yield* setTtyMode(0, "cooked");
    yield* trap("SIGWINCH", "default");
  }
}

function* pump(ctx: ProgramContext, channel: RemoteChannel, options: StreamOptions): Call<RemoteEnd> {
  const outputs = [channel.stdout, channel.stderr, channel.status];
  const open = new Set([...outputs, ...(options.stdin ? [0] : [])]);
  let status = "";
  while (outputs.some((fd) => open.has(fd))) {
    // A change of the terminal's size ends the wait early, with nothing ready.
    const ready = yield* poll([...open]);
    if (options.tty && (yield* signals()).includes("SIGWINCH")) yield* sendSize(ctx, channel.resize);
    for (const fd of ready) {
      const piece = yield* read(fd);
      if (piece === null) {
        open.delete(fd);
        if (fd === 0) yield* close(channel.stdin);
      } else if (fd === 0) yield* write(channel.stdin, piece);
      else if (fd === channel.stdout) yield* write(1, piece);
      else if (fd === channel.stderr) yield* write(2, piece);
      else status += piece;
    }
  }
  return remoteEnd(status);
}

/**
 * Gives the remote process an input from memory and its output to `stdout` and `stderr`, piece by piece: for programs
 * that talk to a remote tool themselves (`kubectl cp`).
 */
export function* converse(
  channel: RemoteChannel,
  ends: { input?: string; stdout: (text: string) => Call<void>; stderr: (text: string) => Call<void> },
): Call<RemoteEnd> {
  if (ends.input !== undefined) {
    yield* write(channel.stdin, ends.input);
    yield* close(channel.stdin);
  }
  const open = new Set([channel.stdout, channel.stderr, channel.status]);
  let status = "";
  while (open.size > 0) {
    for (const fd of yield* poll([...open])) {
      const piece = yield* read(fd);
      if (piece === null) open.delete(fd);
      else if (fd === channel.stdout) yield* ends.stdout(piece);
      else if (fd === channel.stderr) yield* ends.stderr(piece);
      else status += piece;
    }
  }
  return remoteEnd(status);
}

function* sendSize(ctx: ProgramContext, fd: number): Call<void> {
  const size = ctx.tty(0);
  if (size !== undefined) yield* write(fd, JSON.stringify({ Width: size.columns, Height: size.rows }));
}

/** What the final `Status` on channel 3 tells. */
function remoteEnd(text: string): RemoteEnd {
  if (text === "") return { code: 0 };
  const status: unknown = JSON.parse(text);
  if (!isObject(status) || status["status"] === "Success") return { code: 0 };
  const details = isObject(status["details"]) ? status["details"] : {};
  const causes = (details["causes"] ?? []) as { reason?: string; message?: string }[];
  const code = causes.find((cause) => cause.reason === "ExitCode")?.message;
  if (status["reason"] === "NonZeroExitCode" && code !== undefined) return { code: Number(code) };
  return { problem: String(status["message"] ?? "unknown error") };
}
