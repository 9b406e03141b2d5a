/** Streams to and from a process in a container. Upstream: client-go tools/remotecommand, kubectl pkg/util/term. */
import type { ExitCode } from "../engine/base/program.ts";
import { type Call, close, poll, read, setTtyMode, signals, trap, write } from "../engine/base/syscalls.ts";
import { isObject } from "../engine/base/json.ts";
import { CommandError } from "./errors.ts";
import type { Invocation } from "./invocation.ts";

export interface RemoteOptions {
  path: string;
  container: string;
  /** Empty for attach. */
  command: readonly string[];
  stdin: boolean;
  tty: boolean;
}

/** Runs until the remote process ends; its exit code. */
export function* remoteCommand(call: Invocation, options: RemoteOptions): Call<ExitCode> {
  const channel = yield* call.rest.upgrade({
    method: "POST",
    path: options.path,
    query: {
      command: options.command,
      container: options.container,
      stdin: options.stdin ? "true" : undefined,
      stdout: "true",
      stderr: options.tty ? undefined : "true",
      tty: options.tty ? "true" : undefined,
    },
  });
  const size = new WindowSize(call, channel.resize);
  if (options.tty) {
    yield* setTtyMode(0, "raw");
    yield* trap("SIGWINCH", "queue");
    yield* size.send();
  }
  try {
    return yield* pump(call, { channel, size, options });
  } finally {
    if (options.tty) {
      yield* setTtyMode(0, "cooked");
      yield* trap("SIGWINCH", "default");
    }
  }
}

interface Streams {
  channel: { stdin: number; stdout: number; stderr: number; status: number };
  size: WindowSize;
  options: RemoteOptions;
}

function* pump(call: Invocation, { channel, size, options }: Streams): Call<ExitCode> {
  const open = new Set([channel.stdout, channel.stderr, channel.status, ...(options.stdin ? [0] : [])]);
  let status = "";
  while ([channel.stdout, channel.stderr, channel.status].some((fd) => open.has(fd))) {
    // A change of the terminal's size ends the wait early, with nothing ready.
    const ready = yield* poll([...open]);
    if (options.tty && (yield* signals()).includes("SIGWINCH")) yield* size.send();
    for (const fd of ready) {
      const piece = yield* read(fd);
      if (piece === null) {
        open.delete(fd);
        if (fd === 0) yield* close(channel.stdin);
      } else if (fd === 0) yield* write(channel.stdin, piece);
      else if (fd === channel.stdout) yield* call.out(piece);
      else if (fd === channel.stderr) yield* call.err(piece);
      else status += piece;
    }
  }
  return yield* exitCode(call, status);
}

/** The exit code that the final `Status` tells of. */
function* exitCode(call: Invocation, text: string): Call<ExitCode> {
  if (text === "") return 0;
  const status: unknown = JSON.parse(text);
  if (!isObject(status) || status["status"] === "Success") return 0;
  const details = isObject(status["details"]) ? status["details"] : {};
  const causes = (details["causes"] ?? []) as { reason?: string; message?: string }[];
  const code = causes.find((cause) => cause.reason === "ExitCode")?.message;
  if (status["reason"] === "NonZeroExitCode" && code !== undefined) {
    yield* call.err(`command terminated with exit code ${code}\n`);
    return Number(code);
  }
  throw new CommandError(String(status["message"] ?? "unknown error"));
}

class WindowSize {
  private readonly call: Invocation;
  private readonly fd: number;

  constructor(call: Invocation, fd: number) {
    this.call = call;
    this.fd = fd;
  }

  *send(): Call<void> {
    const size = this.call.ctx.tty(0);
    if (size !== undefined) yield* write(this.fd, JSON.stringify({ Width: size.columns, Height: size.rows }));
  }
}
