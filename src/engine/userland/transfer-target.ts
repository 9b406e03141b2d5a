import { baseName } from "../runtime/paths.ts";
import type { CommandIo } from "./command.ts";

/** Where cp, mv and ln put each source: into the last operand when it is a directory. */
export function targetFor(io: CommandIo, source: string, target: string): string {
  const path = io.path(target);
  const { fs } = io.ctx;
  const into = fs.exists(path) && fs.stat(path).type === "directory";
  return into ? io.path(`${target}/${baseName(source.replace(/\/+$/, ""))}`) : path;
}

/** Sources and target of a call, or the message about what is missing. */
export function sourcesAndTarget(io: CommandIo): { sources: string[]; target: string } | string {
  const given = io.value("t");
  const sources = given === undefined ? io.operands.slice(0, -1) : io.operands;
  const target = given ?? io.operands.at(-1);
  if (io.operands.length === 0 || target === undefined) return "missing file operand";
  if (sources.length === 0) return `missing destination file operand after '${io.operands[0]}'`;
  const path = io.path(target);
  const directory = io.ctx.fs.exists(path) && io.ctx.fs.stat(path).type === "directory";
  if (sources.length > 1 && !directory) return `target '${target}': No such file or directory`;
  return { sources, target };
}
