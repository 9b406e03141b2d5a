import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { applyMode } from "../modes.ts";

export const chmod = defineCommand({
  name: "chmod",
  usage:
    "Usage: chmod [OPTION]... MODE[,MODE]... FILE...\nChange the mode of each FILE to MODE.\n\n  -R  change files and directories recursively",
  options: { none: true },
  *run(io) {
    const words = [...io.operands];
    const recursive = words[0] === "-R" || words[0] === "--recursive";
    if (recursive) words.shift();
    const [mode, ...files] = words;
    if (mode === undefined) return yield* io.misuse("missing operand");
    if (files.length === 0) return yield* io.misuse(`missing operand after '${mode}'`);
    if (applyMode(mode, 0, false) === undefined) return yield* io.misuse(`invalid mode: '${mode}'`);
    let status = 0;
    for (const name of files) if (!(yield* change(io, { name, mode, recursive }))) status = 1;
    return status;
  },
});

function* change(io: CommandIo, what: { name: string; mode: string; recursive: boolean }): Call<boolean> {
  const { fs } = io.ctx;
  const path = io.path(what.name);
  try {
    const stat = fs.stat(path);
    fs.chmod(path, applyMode(what.mode, stat.mode, stat.type === "directory") as number);
    if (!what.recursive || stat.type !== "directory") return true;
  } catch (error) {
    return yield* io.failed(io.flavour === "debian" ? `cannot access '${what.name}'` : what.name, error);
  }
  let ok = true;
  for (const entry of fs.readdir(path)) ok = (yield* change(io, { ...what, name: `${what.name}/${entry}` })) && ok;
  return ok;
}
