/**
 * awk, sed, jq and yq: run by the npm package just-bash, which the host loads when one is first used.
 *
 * Simplified: the tool runs to its end over all of its input before anything comes out, so it can't be the middle of a
 * pipe that never ends; files that it names are handed over with the call, and written back when it changed them (sed -i).
 */
import type { Program, ProgramContext } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import { external, readAll, write } from "../base/syscalls.ts";
import { resolvePath } from "../runtime/paths.ts";
import type { Command } from "./command.ts";

/** What the host's handler named `just-bash` gets. */
export interface JustBashCall {
  command: string;
  args: string[];
  stdin: string;
  cwd: string;
  env: Record<string, string>;
  /** Files that the arguments name, by absolute path. */
  files: Record<string, string>;
}

/** What it answers with. `files` holds the named files that it changed. */
export interface JustBashAnswer {
  stdout: string;
  stderr: string;
  exitCode: number;
  files: Record<string, string>;
}

export function justBashCommand(name: string): Command {
  return { name, path: `/usr/bin/${name}`, program: () => run(name) };
}

function run(name: string): Program {
  return function* (ctx, argv) {
    const args = argv.slice(1);
    const files = namedFiles(ctx, args);
    const reads = readsInput(name, args, Object.keys(files).length);
    const stdin = reads ? yield* readAll(0) : "";
    const call: JustBashCall = { command: name, args: [...args], stdin, cwd: ctx.cwd, env: { ...ctx.env }, files };
    let answer: JustBashAnswer;
    try {
      answer = (yield* external("just-bash", call)) as JustBashAnswer;
    } catch (error) {
      const why = error instanceof SystemError || !(error instanceof Error) ? "" : `: ${error.message}`;
      yield* write(2, `${name}: this tool is not available here${why}\n`);
      return 127;
    }
    yield* write(1, answer.stdout);
    yield* write(2, answer.stderr);
    for (const [path, text] of Object.entries(answer.files)) ctx.fs.writeFile(path, text);
    return answer.exitCode;
  };
}

function namedFiles(ctx: ProgramContext, args: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const arg of args) {
    if (arg.startsWith("-") || arg === "") continue;
    const path = resolvePath(ctx.cwd, arg);
    if (ctx.fs.exists(path) && ctx.fs.stat(path).type === "file") files[path] = ctx.fs.readFile(path);
  }
  return files;
}

/** False when the input is files, or none (`jq -n`, awk with only BEGIN). */
function readsInput(name: string, args: readonly string[], files: number): boolean {
  const operands = args.filter((arg) => !arg.startsWith("-") || arg === "-");
  if (args.includes("-")) return true;
  if ((name === "jq" || name === "yq") && args.some((arg) => /^-[a-z]*n/.test(arg) || arg === "--null-input"))
    return false;
  if (name === "awk" && operands.some((arg) => /^\s*BEGIN\s*\{[^]*\}\s*$/.test(arg) && !/\}\s*[^\s}]/.test(arg)))
    return false;
  return files === 0;
}
