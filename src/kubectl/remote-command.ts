/** Streams to and from a process in a container. Upstream: client-go tools/remotecommand. */
import type { ExitCode } from "../engine/base/program.ts";
import { converse, joinStreams, type RemoteChannel, type RemoteEnd } from "../engine/base/remote-streams.ts";
import type { Call } from "../engine/base/syscalls.ts";
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
  const { stdin, tty } = options;
  const channel = yield* open(call, options);
  const end = yield* joinStreams(call.ctx, channel, { stdin, tty });
  const code = exitCode(end);
  if (code !== 0) yield* call.err(`command terminated with exit code ${code}\n`);
  return code;
}

/** Runs a remote process with an input from memory, and hands its output on; its exit code. */
export function* remoteConversation(
  call: Invocation,
  options: Omit<RemoteOptions, "stdin" | "tty"> & Parameters<typeof converse>[1],
): Call<ExitCode> {
  const channel = yield* open(call, { ...options, stdin: options.input !== undefined, tty: false });
  return exitCode(yield* converse(channel, options));
}

function exitCode(end: RemoteEnd): ExitCode {
  if ("problem" in end) throw new CommandError(end.problem);
  return end.code;
}

function* open(call: Invocation, options: RemoteOptions): Call<RemoteChannel> {
  const { path, container, command, stdin, tty } = options;
  return yield* call.rest.upgrade({
    method: "POST",
    path,
    query: {
      command,
      container,
      stdin: stdin ? "true" : undefined,
      stdout: "true",
      stderr: tty ? undefined : "true",
      tty: tty ? "true" : undefined,
    },
  });
}
