import { defineCommand } from "../command.ts";
import { formatDate } from "../date-format.ts";
import { commandName } from "../process-names.ts";

interface Row {
  pid: number;
  ppid: number;
  user: string;
  argv: readonly string[];
  startedAt: number;
}

const commandOf = ({ argv }: Row): string => argv.join(" ");

/** What `-o` can show: heading, width (negative: to the left), value. */
const COLUMNS: Readonly<Record<string, [string, number, (row: Row, now: number) => string]>> = {
  pid: ["PID", 7, ({ pid }) => String(pid)],
  ppid: ["PPID", 7, ({ ppid }) => String(ppid)],
  user: ["USER", -8, ({ user }) => user],
  uname: ["USER", -8, ({ user }) => user],
  euser: ["EUSER", -8, ({ user }) => user],
  stat: ["STAT", -4, () => "S"],
  s: ["S", 1, () => "S"],
  tty: ["TT", -8, () => "?"],
  time: ["TIME", 8, () => "00:00:00"],
  etime: ["ELAPSED", 11, ({ startedAt }, now) => elapsed(now - startedAt)],
  stime: ["STIME", 5, ({ startedAt }) => formatDate(startedAt, "%H:%M")],
  comm: ["COMMAND", -15, commandName],
  args: ["COMMAND", -27, commandOf],
  cmd: ["CMD", -27, commandOf],
  command: ["COMMAND", -27, commandOf],
};

function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${two(hours)}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
}

/** Columns of eight letters end with a plus where the name goes on. */
function shortened(user: string): string {
  return user.length > 8 ? `${user.slice(0, 7)}+` : user.padEnd(8);
}

/** Simplified: processor time and memory are not measured by process, and nobody's terminal is known. */
export const ps = defineCommand({
  name: "ps",
  usage: "Usage: ps [aux] [-e] [-f] [-o COLUMN,...]\nReport a snapshot of the current processes.",
  options: { none: true },
  *run(io) {
    const words = [...io.operands];
    const at = words.findIndex((word) => /^-?[aefuxwlA]*o/.test(word));
    const wanted = at < 0 ? [] : words.splice(at).map((word, i) => (i === 0 ? word.replace(/^-?\w*?o/, "") : word));
    const letters = words.join(" ");
    const columns = wanted
      .join(",")
      .split(/[,\s]+/)
      .filter((name) => name !== "");
    const unknown = columns.find((name) => !Object.hasOwn(COLUMNS, name));
    if (!words.every((word) => /^-?[aefuxwlA]+$/.test(word))) {
      yield* io.complain(`unsupported option: ${letters}`);
      return 1;
    }
    if (unknown !== undefined || (at >= 0 && columns.length === 0)) {
      yield* io.complain(
        io.flavour === "busybox"
          ? `bad -o argument '${unknown ?? ""}'`
          : `error: unknown user-defined format specifier "${unknown ?? ""}"`,
      );
      return 1;
    }
    const long = /^-\w*l/m.test(words.join("\n"));
    if (long && !letters.includes("f") && columns.length === 0 && io.flavour !== "busybox") {
      yield* io.complain("-l without -f is not simulated");
      return 1;
    }
    const now = io.ctx.now();
    const line = (row: Row): string => {
      const { pid, ppid, user, startedAt } = row;
      const [id, parent] = [String(pid).padStart(7), String(ppid).padStart(7)];
      if (columns.length > 0) return laidOut(columns, ([, , value]) => value(row, now));
      if (io.flavour === "busybox") return `${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${commandOf(row)}`;
      const start = formatDate(startedAt, "%H:%M");
      const who = shortened(user);
      if (letters.includes("u"))
        return `${who} ${id}  0.0  0.0      0     0 ?        S    ${start}   0:00 ${commandOf(row)}`;
      if (long)
        return `4 S ${who} ${id} ${parent}  0  80   0 -     0 -      ${start} ?        00:00:00 ${commandOf(row)}`;
      if (letters.includes("f")) return `${who} ${id} ${parent}  0 ${start} ?        00:00:00 ${commandOf(row)}`;
      return `${id} ?        00:00:00 ${commandName(row)}`;
    };
    const heading = (): string => {
      if (columns.length > 0) return laidOut(columns, ([title]) => title);
      if (io.flavour === "busybox") return "PID   USER     TIME  COMMAND";
      if (letters.includes("u")) return "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND";
      if (long) return "F S UID          PID    PPID  C PRI  NI ADDR SZ WCHAN  STIME TTY          TIME CMD";
      return letters.includes("f")
        ? "UID          PID    PPID  C STIME TTY          TIME CMD"
        : "    PID TTY          TIME CMD";
    };
    yield* io.out([heading(), ...io.ctx.processes().map(line)].map((text) => `${text}\n`).join(""));
    return 0;
  },
});

/** The last column takes the room that it needs. */
function laidOut(names: readonly string[], cell: (column: (typeof COLUMNS)[string]) => string): string {
  return names
    .map((name, at) => {
      const column = COLUMNS[name] as (typeof COLUMNS)[string];
      const [, width] = column;
      const text = cell(column);
      if (width > 0) return text.padStart(width);
      return at === names.length - 1 ? text : text.padEnd(-width);
    })
    .join(" ");
}
