import { groupName, userName } from "../account-names.ts";
import { defineCommand } from "../command.ts";
import { formatDate } from "../date-format.ts";
import { modeText } from "../modes.ts";

export const stat = defineCommand({
  name: "stat",
  usage:
    "Usage: stat [OPTION]... FILE...\nDisplay file status.\n\n  -c FORMAT  %n name, %s size, %a mode, %A mode text, %u uid, %g gid, %U user, %G group, %F type, %Y time, %y time text\n  -L  follow links",
  options: { flags: "L", values: "c", long: { "format=": "c", dereference: "L" } },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    let status = 0;
    for (const name of io.operands) {
      try {
        const about = io.has("L") ? io.ctx.fs.stat(io.path(name)) : io.ctx.fs.lstat(io.path(name));
        const type =
          about.type === "file" ? (about.size === 0 ? "regular empty file" : "regular file") : TYPES[about.type];
        const time = formatDate(about.mtime, "%Y-%m-%d %H:%M:%S.%N %z");
        const user = userName(io.ctx, about.uid) ?? "UNKNOWN";
        const group = groupName(io.ctx, about.gid) ?? "UNKNOWN";
        const mode = (about.mode & 0o7777).toString(8);
        const values: Readonly<Record<string, string>> = {
          n: name,
          s: String(about.size),
          a: mode,
          A: modeText(about),
          u: String(about.uid),
          g: String(about.gid),
          U: user,
          G: group,
          F: type,
          Y: String(Math.floor(about.mtime / 1000)),
          y: time,
        };
        const format = io.value("c");
        if (format !== undefined)
          yield* io.out(`${format.replace(/%([a-zA-Z])/g, (all, letter: string) => values[letter] ?? all)}\n`);
        else
          yield* io.out(
            `  File: ${name}\n  Size: ${about.size}\t\tBlocks: ${Math.ceil(about.size / 4096) * 8}\tIO Block: 4096   ${type}\nAccess: (${mode.padStart(4, "0")}/${modeText(about)})  Uid: (${String(about.uid).padStart(5)}/${user.padStart(8)})   Gid: (${String(about.gid).padStart(5)}/${group.padStart(8)})\nModify: ${time}\n`,
          );
      } catch (error) {
        yield* io.failed(io.flavour === "debian" ? `cannot statx '${name}'` : `can't stat '${name}'`, error);
        status = 1;
      }
    }
    return status;
  },
});

const TYPES = {
  directory: "directory",
  symlink: "symbolic link",
  device: "character special file",
  block: "block special file",
  socket: "socket",
} as const;
