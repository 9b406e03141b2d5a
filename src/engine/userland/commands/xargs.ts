import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { open, readAll, spawn, wait, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";

export const xargs = defineCommand({
  name: "xargs",
  usage: `
Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...
Run COMMAND with arguments INITIAL-ARGS and more arguments read from input.

  -0  items are separated by a null        -d CHAR  items are separated by CHAR
  -I R  replace R in the arguments by names read from input; -i is -I {}
  -L N, -n N  at most N lines, arguments per command line
  -P N  accepted up to 1: commands run one after another
  -r  don't run when there is no input     -t  print commands before running them`,
  options: {
    flags: "0irt",
    values: "dILnP",
    stopAtOperand: true,
    long: {
      null: "0",
      "no-run-if-empty": "r",
      verbose: "t",
      "max-args=": "n",
      "max-lines=": "L",
      "replace=": "I",
      "delimiter=": "d",
      "max-procs=": "P",
    },
  },
  *run(io) {
    const input = yield* readAll(0);
    const replace = io.value("I") ?? (io.has("i") ? "{}" : undefined);
    const items = splitItems(io, input, replace !== undefined);
    const command = io.operands.length === 0 ? ["echo"] : io.operands;
    const lines: string[][] = [];
    if (replace !== undefined)
      for (const item of items) lines.push(command.map((word) => word.replaceAll(replace, item)));
    else {
      const size = Number(io.value("n") ?? io.value("L") ?? Number.POSITIVE_INFINITY);
      if (items.length === 0 && !io.has("r") && io.flavour === "debian") lines.push(command);
      for (let at = 0; at < items.length; at += size) {
        lines.push([...command, ...items.slice(at, at + size)]);
        if (size === Number.POSITIVE_INFINITY) break;
      }
    }
    const nothing = yield* open("/dev/null", "read");
    let status = 0;
    for (const argv of lines) {
      const code = yield* runOne(io, argv, nothing);
      if (code === 127 || code === 126 || code === 124) return code;
      if (code !== 0) status = 123;
    }
    return status;
  },
});

function* runOne(io: CommandIo, argv: string[], stdin: number): Call<number> {
  if (io.has("t")) yield* write(2, `${argv.join(" ")}\n`);
  let pid: number;
  try {
    pid = yield* spawn({ argv, env: io.ctx.env, cwd: io.ctx.cwd, stdio: [stdin, 1, 2] });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.complain(`${argv[0]}: ${errorText(error)}`);
    return error.errno === "ENOENT" ? 127 : 126;
  }
  const code = yield* wait(pid);
  if (code !== 255) return code;
  yield* io.complain(`${argv[0]}: exited with status 255; aborting`);
  return 124;
}

function splitItems(io: CommandIo, input: string, byLine: boolean): string[] {
  const delimiter = io.has("0") ? "\0" : io.value("d")?.replace("\\n", "\n").replace("\\t", "\t");
  if (delimiter !== undefined)
    return input
      .replace(delimiter === "\0" ? /\0$/ : /$^/, "")
      .split(delimiter)
      .filter((item, at, all) => item !== "" || at < all.length - 1);
  if (byLine)
    return input
      .split("\n")
      .map((line) => line.trimStart())
      .filter((line) => line !== "");
  const items: string[] = [];
  for (const [word] of input.matchAll(/(?:[^\s"'\\]|\\[^]|"[^"\n]*"|'[^'\n]*')+/g)) {
    items.push(
      word.replace(
        /\\([^])|"([^"]*)"|'([^']*)'/g,
        (_, escaped?: string, double?: string, single?: string) => escaped ?? double ?? single ?? "",
      ),
    );
  }
  return items;
}
