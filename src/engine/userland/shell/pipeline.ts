/** Pipelines: each stage is a process of its own, so they stream, and the last one's end reaches the first as SIGPIPE. */
import type { CommandNode, Pipeline } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { close, pipe } from "../../base/syscalls.ts";
import type { Shell } from "./shell.ts";
import { spawnSubshell } from "./subshell.ts";

export function* runPipeline(shell: Shell, node: Pipeline): Call<number> {
  const timed = node.prefixes.some((prefix) => prefix.type === "Time");
  const startedAt = shell.ctx.now();
  let status: number;
  if (node.commands.length === 1) status = yield* shell.interpreter.runCommand(shell, node.commands[0] as CommandNode);
  else status = yield* runStages(shell, node);
  if (timed) yield* shell.err(timeReport(shell.ctx.now() - startedAt));
  return status;
}

function* runStages(shell: Shell, node: Pipeline): Call<number> {
  const pids = yield* startStages(shell, node, false);
  const statuses: number[] = [];
  for (const pid of pids) statuses.push(yield* shell.interpreter.waitForeground(shell, pid));
  shell.pipeStatus = statuses;
  const last = statuses.at(-1) ?? 0;
  if (!shell.options.pipefail) return last;
  return statuses.findLast((status) => status !== 0) ?? 0;
}

/** Starts all stages and answers with their pids. */
export function* startStages(shell: Shell, node: Pipeline, newGroup: boolean): Call<number[]> {
  const pids: number[] = [];
  let input: number | undefined = shell.io[0];
  let inherited = true;
  const last = node.commands.length - 1;
  for (let at = 0; at <= last; at++) {
    const command = node.commands[at] as CommandNode;
    const next = at < last ? yield* pipe() : undefined;
    const output = next === undefined ? shell.io[1] : next[1];
    const stdio = [input, output, node.operators[at] === "|&" ? output : shell.io[2]];
    const pid = yield* spawnSubshell(shell, {
      stdio,
      newGroup,
      *body(child) {
        return yield* child.interpreter.runCommand(child, command, { tail: true });
      },
    });
    pids.push(pid);
    if (!inherited && input !== undefined) yield* close(input);
    if (next !== undefined) {
      yield* close(next[1]);
      input = next[0];
      inherited = false;
    }
  }
  return pids;
}

/** bash's own format. Simplified: user and system time are zero, as the engine takes no time. */
function timeReport(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3);
  return `\nreal\t${minutes}m${seconds}s\nuser\t0m0.000s\nsys\t0m0.000s\n`;
}
