import type { FileStat } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { inColumns } from "../../runtime/text-width.ts";
import { groupName, userName } from "../account-names.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { formatDate } from "../date-format.ts";
import { modeText } from "../modes.ts";
import { humanSize } from "../sizes.ts";

const SIX_MONTHS = 182 * 86_400_000;

export const ls = defineCommand({
  name: "ls",
  usage: `
Usage: ls [OPTION]... [FILE]...
List information about the FILEs (the current directory by default).

  -a  do not ignore entries starting with .    -A  same, without . and ..
  -l  long listing                             -h  with -l, sizes like 1K 234M
  -1  one file per line                        -d  directories themselves
  -r  reverse order      -t  by time           -S  by size
  -R  subdirectories recursively               -F  append indicator (one of */@)
  -L  what links lead to                       -n, -p  as in GNU ls`,
  options: {
    flags: "aAlh1drtSRFpnCL",
    long: {
      all: "a",
      "almost-all": "A",
      "human-readable": "h",
      directory: "d",
      reverse: "r",
      recursive: "R",
      "color=?": "color",
      classify: "F",
      dereference: "L",
    },
  },
  badUsageStatus: 2,
  *run(io) {
    const names = io.operands.length === 0 ? ["."] : io.operands;
    const files: Entry[] = [];
    const directories: string[] = [];
    let status = 0;
    for (const name of names) {
      try {
        const stat = io.has("l") || io.has("d") ? linkStat(io, name) : io.ctx.fs.stat(io.path(name));
        if (stat.type === "directory" && !io.has("d")) directories.push(name);
        else files.push({ name, path: io.path(name), stat });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* io.failed(io.flavour === "debian" ? `cannot access '${name}'` : name, error);
        status = io.flavour === "debian" ? 2 : 1;
      }
    }
    yield* show(io, sort(io, files), false);
    const titled = names.length > 1 || io.has("R");
    let first = files.length === 0;
    for (const name of directories.sort()) {
      if (!(yield* listDirectory(io, name, { titled, first }))) status = io.flavour === "debian" ? 2 : 1;
      first = false;
    }
    return status;
  },
});

interface Entry {
  name: string;
  path: string;
  stat: FileStat;
}

/** A link to a directory is followed when it is named, unless -l or -d. */
function linkStat(io: CommandIo, name: string): FileStat {
  const path = io.path(name);
  const own = io.ctx.fs.lstat(path);
  return own.type === "symlink" && (name.endsWith("/") || io.has("L")) ? io.ctx.fs.stat(path) : own;
}

/** False after a message: somebody may not look into it. */
function* listDirectory(io: CommandIo, name: string, how: { titled: boolean; first: boolean }): Call<boolean> {
  const { fs } = io.ctx;
  const path = io.path(name);
  let inside: string[];
  try {
    inside = fs.readdir(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.failed(io.flavour === "debian" ? `cannot open directory '${name}'` : `can't open '${name}'`, error);
    return false;
  }
  if (how.titled) yield* io.out(`${how.first ? "" : "\n"}${name}:\n`);
  const all = io.has("a") ? [".", "..", ...inside] : inside;
  const shown = all.filter((entry) => !entry.startsWith(".") || io.has("a") || io.has("A"));
  const entries = shown.map((entry) => {
    const full = entry === ".." ? io.path(`${name}/..`) : entry === "." ? path : `${path === "/" ? "" : path}/${entry}`;
    const through = entry === "." || entry === ".." || (io.has("L") && fs.exists(full));
    return { name: entry, path: full, stat: through ? fs.stat(full) : fs.lstat(full) };
  });
  yield* show(io, sort(io, entries), true);
  if (!io.has("R")) return true;
  let whole = true;
  for (const entry of entries) {
    if (entry.stat.type !== "directory" || entry.name === "." || entry.name === "..") continue;
    const listed = yield* listDirectory(io, name.endsWith("/") ? name + entry.name : `${name}/${entry.name}`, {
      titled: true,
      first: false,
    });
    if (!listed) whole = false;
  }
  return whole;
}

function sort(io: CommandIo, entries: Entry[]): Entry[] {
  const key = (name: string): string => (io.flavour === "debian" ? name : name);
  const sorted = entries.sort((a, b) => {
    if (io.has("t") && a.stat.mtime !== b.stat.mtime) return b.stat.mtime - a.stat.mtime;
    if (io.has("S") && a.stat.size !== b.stat.size) return b.stat.size - a.stat.size;
    return key(a.name) < key(b.name) ? -1 : 1;
  });
  return io.has("r") ? sorted.reverse() : sorted;
}

function* show(io: CommandIo, entries: Entry[], total: boolean): Call<void> {
  if (io.has("l") || io.has("n")) {
    const blocks = entries.reduce((sum, { stat }) => sum + Math.ceil(stat.size / 4096) * 4, 0);
    if (total) yield* io.out(`total ${io.has("h") ? humanSize(blocks * 1024) : blocks}\n`);
    yield* io.out(longLines(io, entries));
    return;
  }
  if (entries.length === 0) return;
  const terminal = io.ctx.tty(1);
  const names = entries.map((entry) => display(io, entry));
  if (terminal === undefined || io.has("1")) yield* io.out(names.map((name) => `${name}\n`).join(""));
  else {
    const line = names.join("  ");
    yield* io.out(
      entries.map((entry) => entry.name).join("  ").length < terminal.columns
        ? `${line}\n`
        : inColumns(names, terminal.columns),
    );
  }
}

function display(io: CommandIo, entry: Entry): string {
  const mark = io.has("F") || io.has("p") ? indicator(entry.stat, io.has("F")) : "";
  const when = io.value("color");
  const coloured =
    io.has("color") && (when === "always" || when === "" || (when === "auto" && io.ctx.tty(1) !== undefined));
  if (!coloured) return entry.name + mark;
  const { type, mode } = entry.stat;
  const colour =
    type === "directory"
      ? "01;34"
      : type === "symlink"
        ? "01;36"
        : type === "device" || type === "block"
          ? "40;33;01"
          : (mode & 0o111) !== 0
            ? "01;32"
            : "";
  return `${colour === "" ? entry.name : `\u001b[${colour}m${entry.name}\u001b[0m`}${mark}`;
}

function indicator(stat: FileStat, all: boolean): string {
  if (stat.type === "directory") return "/";
  if (!all) return "";
  return stat.type === "symlink" ? "@" : stat.type === "file" && (stat.mode & 0o111) !== 0 ? "*" : "";
}

function longLines(io: CommandIo, entries: Entry[]): string {
  const shown = (name: typeof userName, id: number): string =>
    (io.has("n") ? undefined : name(io.ctx, id)) ?? String(id);
  const rows = entries.map((entry) => {
    const { stat } = entry;
    const links = stat.type === "directory" ? "2" : "1";
    const age = io.ctx.now() - stat.mtime;
    const recent = age < SIX_MONTHS && age >= -60_000;
    const size = io.has("h") ? humanSize(stat.size) : String(stat.size);
    const target = stat.type === "symlink" ? ` -> ${io.ctx.fs.readlink(entry.path)}` : "";
    return [
      modeText(stat),
      links,
      shown(userName, stat.uid),
      shown(groupName, stat.gid),
      size,
      formatDate(stat.mtime, recent ? "%b %e %H:%M" : "%b %e  %Y"),
      display(io, entry) + target,
    ];
  });
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] as string).length));
  const widths = [0, 1, 2, 3, 4].map(width);
  return rows
    .map((row) => {
      const [mode, links, user, group, size, time, name] = row as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
      return `${mode} ${links.padStart(widths[1] ?? 0)} ${user.padEnd(widths[2] ?? 0)} ${group.padEnd(widths[3] ?? 0)} ${size.padStart(widths[4] ?? 0)} ${time} ${name}\n`;
    })
    .join("");
}
