/**
 * `minikube ssh`: a shell on the node, or one command there. Upstream: kubernetes/minikube cmd/minikube/cmd/ssh.go.
 *
 * **Simplified:** the node gets a terminal only when this side has one on both ends; upstream's always does.
 */
import { SystemError } from "../engine/base/program.ts";
import type { ProgramContext } from "../engine/base/program.ts";
import { joinStreams } from "../engine/base/remote-streams.ts";
import type { RemoteEnd } from "../engine/base/remote-streams.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { write } from "../engine/base/syscalls.ts";
import { ask, missing, unknownFlag } from "./minikube-state.ts";
import { nodeShell } from "./ssh.ts";

/** What golang.org/x/crypto/ssh says when a connection breaks. */
const BROKEN = "wait: remote command exited without exit status or exit signal";

/** ssh [-n NODE] [--] [COMMAND…] */
export function* ssh(ctx: ProgramContext, args: string[]): Call<number> {
  const words = [...args];
  const command: string[] = [];
  let node = "";
  while (words.length > 0) {
    const word = words.shift() as string;
    if (word === "--") command.push(...words.splice(0));
    else if (word === "-n" || word === "--node") node = words.shift() ?? "";
    else if (word.startsWith("--node=")) node = word.slice("--node=".length);
    else if (yield* unknownFlag([word], ["--native-ssh"])) return 64;
    else if (!word.startsWith("-")) command.push(word);
  }
  const state = yield* ask("state");
  const none = yield* missing(state, true);
  if (none !== undefined) return none;
  const host = node === "" ? state.ip : node;
  try {
    const end = yield* connect(ctx, host, command.join(" "));
    return yield* report(end);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return yield* unreachable(error, host);
  }
}

function* connect(ctx: ProgramContext, host: string, command: string): Call<RemoteEnd> {
  const tty = ctx.tty(0) !== undefined && ctx.tty(1) !== undefined;
  return yield* joinStreams(ctx, yield* nodeShell(host, { line: command, tty }), { stdin: true, tty });
}

/** Upstream tells how the command ended and exits with 1 whatever that was. */
function* report(end: RemoteEnd): Call<number> {
  if ("code" in end && end.code === 0) return 0;
  yield* write(2, `ssh: ${"code" in end ? `Process exited with status ${end.code}` : end.problem}\n`);
  return 1;
}

function* unreachable({ errno }: SystemError, host: string): Call<number> {
  if (errno === "ENOTFOUND" || errno === "ECONNREFUSED") {
    yield* write(2, `\n❌  Exiting due to GUEST_NODE_RETRIEVE: Node ${host} does not exist.\n\n`);
    return 85;
  }
  const off = errno === "EHOSTUNREACH";
  yield* write(2, `ssh: ${off ? `${JSON.stringify(host)} is not running` : BROKEN}\n`);
  return 1;
}
