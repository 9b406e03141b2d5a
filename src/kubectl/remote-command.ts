/** Streams to and from a process in a container. Upstream: client-go tools/remotecommand. */
import type { ExitCode } from "../engine/base/program.ts";
import { joinStreams } from "../engine/base/remote-streams.ts";
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
  const { path, container, command, stdin, tty } = options;
  const channel = yield* call.rest.upgrade({
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
  const end = yield* joinStreams(call.ctx, channel, { stdin, tty });
  if ("problem" in end) throw new CommandError(end.problem);
  if (end.code !== 0) yield* call.err(`command terminated with exit code ${end.code}\n`);
  return end.code;
}
