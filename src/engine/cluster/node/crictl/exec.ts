/**
 * `crictl exec`. Upstream: cri-tools cmd/crictl/exec.go.
 * **Simplified:** in one container, by its id; ps goes on to show the processes of who asks.
 */
import { SystemError } from "../../../base/program.ts";
import type { ProgramContext } from "../../../base/program.ts";
import { close, exec as execute, pipe, spawn, wait } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { execFailure } from "../../../kubelet/exec-session.ts";
import type { Container } from "../../../runtime/containers/container.ts";
import type { NodeHost } from "../node-host.ts";
import { containerOf, missing } from "./containers.ts";
import { fatal, isAllowed, readOptions } from "./options.ts";

/** crictl exec [-i] [-t] CONTAINER-ID COMMAND [ARG…] */
export function* exec(host: NodeHost, ctx: ProgramContext, words: readonly string[]): Call<number> {
  const options = yield* readOptions(words, {
    switches: { i: "stdin", interactive: "stdin", t: "tty", tty: "tty", it: "both", ti: "both" },
    stopAfter: 1,
  });
  if (options === undefined) return 1;
  const [id, ...command] = options.operands;
  if (id === undefined || command.length === 0) return yield* fatal("a container's ID and a command are needed");
  if (!(yield* isAllowed(ctx))) return 1;
  const failed = (why: string): Call<number> => fatal(`execing command in container ${id}: ${why}`);
  const container = containerOf(host, id);
  if (container === undefined) return yield* failed(missing("container", id));
  if (!container.running)
    return yield* failed("rpc error: code = Unknown desc = container is in CONTAINER_EXITED state");
  const { switches } = options;
  const both = switches.has("both");
  const stdin = both || switches.has("stdin");
  if (both || switches.has("tty")) {
    if (!stdin) return yield* failed("tty=true must be specified with interactive=true");
    if (ctx.tty(0) === undefined) return yield* failed("input is not a terminal");
  }
  const outcome = yield* run(container, { command, stdin, pid: host.runtime.processes.mainPid(container) ?? 0 });
  return outcome === "" ? 0 : yield* failed(outcome);
}

/** Why it failed; "" when it didn't. */
function* run(
  container: Container,
  { command, stdin, pid }: { command: string[]; stdin: boolean; pid: number },
): Call<string> {
  let failure: SystemError | undefined;
  const nobody = yield* pipe();
  const child = yield* spawn({
    argv: command,
    env: {},
    cwd: "/",
    stdio: [stdin ? 0 : nobody[0], 1, 2],
    *program() {
      try {
        const { environment: env, workingDir: cwd, user } = container;
        const into = { pid, namespaces: ["mnt", "uts", "net"] as const };
        return yield* execute({ argv: command, env, cwd, stdio: [0, 1, 2], into, user });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        failure = error;
        return 1;
      }
    },
  });
  for (const fd of nobody) yield* close(fd);
  const code = yield* wait(child);
  if (failure !== undefined) return execFailure(container, command, failure);
  return code === 0 ? "" : `command terminated with exit code ${code}`;
}
