/** How full file systems are. Upstream: coreutils src/df.c, busybox coreutils/df.c. */
import type { FileSystemSpace, MountPoint } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { errorText } from "../errors.ts";
import { humanSize, tenthsSize } from "../sizes.ts";

/**
 * **Simplified:** of several mounts of one device the GNU tool shows the one with the shortest path, whatever part of the
 * device it is.
 */
export const df = defineCommand({
  name: "df",
  usage: `
Usage: df [OPTION]... [FILE]...
Show information about the file system on which each FILE resides,
or all file systems by default.

  -a  those without blocks too     -h  sizes like 1K 234M 2G
  -i  inodes instead of blocks     -k  in 1 KiB    -m  in 1 MiB
  -P  POSIX output format          -T  file system type
  -t TYPE  only of that type       -x TYPE  none of that type`,
  options: {
    flags: "ahikmPT",
    values: "tx",
    long: {
      ...{ all: "a", "human-readable": "h", inodes: "i", portability: "P", "print-type": "T" },
      ...{ "type=": "t", "exclude-type=": "x" },
    },
  },
  *run(io) {
    const table = io.ctx.fs.mountTable?.() ?? [];
    if (table.length === 0) {
      const why = io.flavour === "debian" ? "cannot read table of mounted file systems" : "/proc/mounts";
      yield* io.complain(`${why}: No such file or directory`);
      return 1;
    }
    const { points, status } =
      io.operands.length === 0 ? { points: all(io, table), status: 0 } : yield* named(io, table);
    const [types, without] = [io.values("t"), io.values("x")];
    const shown = points.filter(({ type }) => (types.length === 0 || types.includes(type)) && !without.includes(type));
    const rows = shown.map((point) => rowOf(io, point));
    if (io.flavour === "busybox") {
      yield* io.out([busyboxHeader(io), ...rows.map((row) => busyboxLine(io, row))].join(""));
      return status;
    }
    if (rows.length > 0) yield* io.out(gnuTable(io, rows));
    else if (status === 0) yield* io.complain("no file systems processed");
    return rows.length > 0 ? status : 1;
  },
});

const NO_BLOCKS: FileSystemSpace = { capacity: 0, used: 0 };

/** Those that have blocks; the GNU tool shows each device once. */
function all(io: CommandIo, table: readonly MountPoint[]): MountPoint[] {
  if (io.has("a")) return [...table];
  const sized = table.filter(({ space }) => space !== undefined);
  if (io.flavour === "busybox") return sized;
  const shortest = new Map<string, MountPoint>();
  for (const point of sized) {
    if (!point.source.includes("/")) continue;
    const known = shortest.get(point.source);
    if (known === undefined || point.path.length < known.path.length) shortest.set(point.source, point);
  }
  return sized.filter((point) => !point.source.includes("/") || shortest.get(point.source) === point);
}

/** The file system of each operand: a path in it, or its device. */
function* named(io: CommandIo, table: readonly MountPoint[]): Call<{ points: MountPoint[]; status: number }> {
  const points: MountPoint[] = [];
  let status = 0;
  for (const name of io.operands) {
    const path = io.path(name);
    const device = table.find(({ source }) => source === name);
    const mounted = table.some((point) => point.path === path);
    try {
      if (device === undefined && !mounted) io.ctx.fs.stat(path);
      points.push(device ?? mountOf(table, path));
    } catch (error) {
      const why = errorText(error);
      yield* io.complain(io.flavour === "debian" ? `${name}: ${why}` : `${name}: can't find mount point`);
      status = 1;
    }
  }
  return { points, status };
}

/** The mount that a path is in: the last of the longest. */
function mountOf(table: readonly MountPoint[], path: string): MountPoint {
  const covering = table.filter((at) => at.path === "/" || path === at.path || path.startsWith(`${at.path}/`));
  return covering.reduce((best, point) => (point.path.length >= best.path.length ? point : best));
}

interface Row {
  readonly source: string;
  readonly type: string;
  readonly path: string;
  readonly total: string;
  readonly used: string;
  readonly free: string;
  readonly percent: string;
}

function rowOf(io: CommandIo, { source, type, path, space }: MountPoint): Row {
  const blocks = space?.() ?? NO_BLOCKS;
  const { capacity, used } = io.has("i") ? (blocks.inodes ?? NO_BLOCKS) : { ...blocks, used: inBlocks(blocks.used) };
  const free = Math.max(0, capacity - used);
  const size = (amount: number): string => {
    if (io.has("h")) return io.flavour === "debian" ? humanSize(amount) : tenthsSize(amount);
    return String(io.has("i") ? amount : Math.ceil(amount / (io.has("m") ? 1024 ** 2 : 1024)));
  };
  const share = (used * 100) / (used + free);
  const debian = io.flavour === "debian";
  const none = debian ? "-" : "0%";
  const percent = used + free === 0 ? none : `${debian ? Math.ceil(share) : Math.round(share)}%`;
  return { source, type, path, total: size(capacity), used: size(used), free: size(free), percent };
}

/** Files take whole blocks, and so does their sum. */
function inBlocks(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}

/** What the columns of numbers are called by GNU's. */
function gnuNames(io: CommandIo): [total: string, used: string, free: string, percent: string] {
  if (io.has("i")) return ["Inodes", "IUsed", "IFree", "IUse%"];
  const percent = io.has("P") ? "Capacity" : "Use%";
  if (io.has("h")) return ["Size", "Used", "Avail", percent];
  return [io.has("m") ? "1M-blocks" : io.has("P") ? "1024-blocks" : "1K-blocks", "Used", "Available", percent];
}

/** Columns as wide as what is in them. */
function gnuTable(io: CommandIo, rows: readonly Row[]): string {
  const typed = io.has("T");
  const head = ["Filesystem", ...(typed ? ["Type"] : []), ...gnuNames(io), "Mounted on"];
  const lines = rows.map(({ source, type, total, used, free, percent, path }) => [
    ...[source, ...(typed ? [type] : []), total, used, free, percent, path],
  ]);
  const least = typed ? [14, 4, 5, 5, 5, 4] : [14, 5, 5, 5, 4];
  const widths = least.map((width, at) =>
    Math.max(width, ...[head, ...lines].map((cells) => (cells[at] ?? "").length)),
  );
  const left = typed ? 2 : 1;
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(" ");
  return [head, ...lines].map((cells) => `${line(cells)}\n`).join("");
}

function busyboxHeader(io: CommandIo): string {
  const type = io.has("T") ? "Type       " : "";
  const size = io.has("i")
    ? "   Inodes"
    : io.has("h")
      ? "     Size"
      : io.has("m")
        ? "1M-blocks"
        : io.has("P")
          ? "1024-blocks"
          : "1K-blocks";
  return `Filesystem           ${type}${size.padEnd(15)}Used Available ${io.has("P") ? "Capacity" : "Use%"} Mounted on\n`;
}

/** A name that is too long has a line of its own. */
function busyboxLine(io: CommandIo, { source, type, total, used, free, percent, path }: Row): string {
  const name = source.length > 20 && !io.has("P") ? `${source}\n${" ".repeat(20)}` : source.padEnd(20);
  const numbers = [total, used, free].map((cell) => cell.padStart(9)).join(" ");
  return `${name} ${io.has("T") ? `${type.padEnd(10)} ` : ""}${numbers} ${percent.padStart(4)} ${path}\n`;
}
