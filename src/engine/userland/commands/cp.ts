import type { Call } from "../../base/syscalls.ts";
import { readLineOf, write } from "../../base/syscalls.ts";
import { SystemError } from "../../base/program.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { sourcesAndTarget, targetFor } from "../transfer-target.ts";

export const cp = defineCommand({
  name: "cp",
  usage:
    "Usage: cp [OPTION]... SOURCE DEST\n  or:  cp [OPTION]... SOURCE... DIRECTORY\nCopy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.\n\n  -a, -p  preserve times and modes\n  -f  accepted\n  -i  ask before overwriting\n  -n  do not overwrite\n  -r, -R  copy directories recursively\n  -v  explain what is being done",
  options: {
    flags: "afinprRvLPd",
    values: "t",
    long: {
      archive: "a",
      force: "f",
      interactive: "i",
      "no-clobber": "n",
      recursive: "r",
      verbose: "v",
      "target-directory=": "t",
    },
  },
  *run(io) {
    const what = sourcesAndTarget(io);
    if (typeof what === "string")
      return what.startsWith("target") ? (yield* io.complain(what), 1) : yield* io.misuse(what);
    let status = 0;
    for (const source of what.sources) {
      if (!(yield* copy(io, source, targetFor(io, source, what.target)))) status = 1;
    }
    return status;
  },
});

function* copy(io: CommandIo, name: string, target: string): Call<boolean> {
  const { fs } = io.ctx;
  const source = io.path(name);
  try {
    const stat = fs.stat(source);
    if (stat.type === "directory") {
      if (!io.has("r") && !io.has("R") && !io.has("a")) {
        yield* io.complain(
          io.flavour === "debian" ? `-r not specified; omitting directory '${name}'` : `omitting directory '${name}'`,
        );
        return false;
      }
      if (target === source || target.startsWith(`${source}/`)) {
        yield* io.complain(`cannot copy a directory, '${name}', into itself, '${target}'`);
        return false;
      }
      if (!fs.exists(target)) fs.mkdir(target, { mode: stat.mode });
      let ok = true;
      for (const entry of fs.readdir(source)) ok = (yield* copy(io, `${source}/${entry}`, `${target}/${entry}`)) && ok;
      return ok;
    }
    if (source === target) {
      yield* io.complain(`'${name}' and '${name}' are the same file`);
      return false;
    }
    if (io.has("n") && fs.exists(target)) return true;
    if (io.has("i") && fs.exists(target)) {
      yield* write(2, `${io.name}: overwrite '${target}'? `);
      if (!/^[yY]/.test((yield* readLineOf(0)) ?? "")) return false;
    }
    let text: string;
    try {
      text = fs.readFile(source);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== "EACCES") throw error;
      yield* io.complain(`cannot open '${name}' for reading: Permission denied`);
      return false;
    }
    fs.writeFile(target, text, { mode: stat.mode });
    if (io.has("p") || io.has("a")) fs.touch(target, stat.mtime);
    if (io.has("v")) yield* io.out(`'${name}' -> '${target}'\n`);
    return true;
  } catch (error) {
    return yield* io.failed(
      fs.exists(source)
        ? `cannot create regular file '${target}'`
        : io.flavour === "debian"
          ? `cannot stat '${name}'`
          : `can't stat '${name}'`,
      error,
    );
  }
}
