/**
 * What the machine is busy with: one look after the other on a terminal until `q`, or `-n` looks as text. Upstream: procps
 * src/top/top.c, busybox procps/top.c.
 *
 * **Simplified:** a container's use is shown with its first process, others take nothing; shares are of the present, TIME+
 * stays zero; of the keys only `q` counts.
 */
import type { ProcessRow } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { open, poll, read, setTtyMode, sleep } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { formatDate } from "../date-format.ts";
import { loadOf, memoryOf, processorsOf, upFor, uptimeOf } from "../machine-files.ts";
import type { Memory } from "../machine-files.ts";

const NONE: Memory = { total: 0, free: 0, available: 0, shared: 0, cached: 0, swap: 0, swapFree: 0 };

export const top = defineCommand({
  name: "top",
  usage:
    "Usage: top [-b] [-n LOOKS] [-d SECONDS]\nShow processes and what they use.\n\n  -b  as text, look after look    -n  so many looks    -d  seconds between them",
  options: { flags: "b", values: "nd", long: { "batch-mode": "b", "iterations=": "n", "delay=": "d" } },
  *run(io) {
    const looks = Number(io.value("n") ?? Infinity);
    const seconds = Number(io.value("d") ?? (io.flavour === "busybox" ? 5 : 3));
    if (!(looks >= 1) || !(seconds >= 0)) {
      yield* io.complain(`bad iterations or delay argument '${io.value(looks >= 1 ? "d" : "n") ?? ""}'`);
      return 1;
    }
    const terminal = io.has("b") ? undefined : io.ctx.tty(1);
    if (terminal === undefined && !io.has("b") && io.flavour === "debian") {
      yield* io.complain("failed tty get");
      return 1;
    }
    const period = Math.max(100, seconds * 1000);
    if (terminal !== undefined) return yield* watched(io, { looks, period });
    for (let look = 1; ; look++) {
      yield* io.out(`${screen(io).join("\n")}\n`);
      if (look >= looks) return 0;
      yield* io.out("\n");
      yield* sleep(period);
    }
  },
});

function* watched(io: CommandIo, { looks, period }: { looks: number; period: number }): Call<number> {
  const keys = yield* open("/dev/tty", "read");
  yield* setTtyMode(keys, "raw");
  try {
    for (let look = 1; ; look++) {
      const rows = (io.ctx.tty(1)?.rows ?? 25) - 1;
      yield* io.out(`\u001b[H\u001b[2J${screen(io).slice(0, rows).join("\r\n")}\r\n`);
      if (look >= looks) return 0;
      if ((yield* poll([keys], period)).length > 0 && /[q\u0003\u0004]/.test((yield* read(keys)) ?? "q")) return 0;
    }
  } finally {
    yield* setTtyMode(keys, "cooked");
  }
}

function screen(io: CommandIo): string[] {
  return io.flavour === "busybox" ? busyboxScreen(io) : procpsScreen(io);
}

interface Line extends ProcessRow {
  /** Of one core. */
  cpu: number;
  bytes: number;
}

/** Who takes most stands first. */
function linesOf(io: CommandIo): Line[] {
  return io.ctx
    .processes()
    .map((row) => {
      const { cpuMillicores = 0, memoryBytes = 0 } = row.use?.() ?? {};
      return { ...row, cpu: cpuMillicores / 1000, bytes: memoryBytes };
    })
    .sort((a, b) => b.cpu - a.cpu || a.pid - b.pid);
}

const percent = (share: number, digits: number): string => (100 * share).toFixed(digits);

function procpsScreen(io: CommandIo): string[] {
  const { fs, pid } = io.ctx;
  const lines = linesOf(io);
  const memory = memoryOf(fs) ?? NONE;
  const busy = busyShare(io);
  const one = (share: number): string => percent(share, 1).padStart(4);
  const mebi = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1).padStart(8);
  const [total, running] = [lines.length, lines.filter((each) => each.pid === pid || each.cpu > 0.5).length];
  const head = [
    `top - ${formatDate(io.ctx.now(), "%H:%M:%S")} up ${upFor(uptimeOf(fs) ?? 0)},  0 users,  load average: ${loadOf(fs).join(", ")}`,
    `Tasks: ${String(total).padStart(3)} total, ${String(running).padStart(3)} running, ${String(total - running).padStart(3)} sleeping,   0 stopped,   0 zombie`,
    `%Cpu(s): ${one(busy)} us,  0.0 sy,  0.0 ni, ${one(1 - busy)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st `,
    `MiB Mem : ${mebi(memory.total)} total, ${mebi(memory.free)} free, ${mebi(memory.total - memory.available)} used, ${mebi(memory.cached)} buff/cache     `,
    `MiB Swap: ${mebi(memory.swap)} total, ${mebi(memory.swapFree)} free, ${mebi(memory.swap - memory.swapFree)} used. ${mebi(memory.available)} avail Mem `,
    "",
    "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
  ];
  const rows = lines.map((line) => {
    const kibi = String(Math.round(line.bytes / 1024)).padStart(6);
    const state = line.pid === pid || line.cpu > 0.5 ? "R" : "S";
    const shares = `${percent(line.cpu, 1).padStart(5)} ${percent(line.bytes / (memory.total || 1), 1).padStart(5)}`;
    return `${String(line.pid).padStart(7)} ${line.user.slice(0, 8).padEnd(8)}  20   0 ${kibi.padStart(7)} ${kibi} ${"0".padStart(6)} ${state} ${shares}   0:00.00 ${nameOf(line)}`;
  });
  return [...head, ...rows];
}

function busyboxScreen(io: CommandIo): string[] {
  const { fs } = io.ctx;
  const { total, free, shared, cached } = memoryOf(fs) ?? NONE;
  const kibi = (bytes: number): string => `${Math.round(bytes / 1024)}K`;
  const busy = Math.round(100 * busyShare(io));
  const lines = linesOf(io);
  return [
    `Mem: ${kibi(total - free)} used, ${kibi(free)} free, ${kibi(shared)} shrd, 0K buff, ${kibi(cached)} cached`,
    `CPU: ${String(busy).padStart(3)}% usr   0% sys   0% nic ${String(100 - busy).padStart(3)}% idle   0% io   0% irq   0% sirq`,
    `Load average: ${loadOf(fs).join(" ")} 1/${lines.length} ${io.ctx.pid}`,
    "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND",
    ...lines.map(({ pid, ppid, user, bytes, cpu, argv }) => {
      const share = (value: number): string => `${Math.round(100 * value)}%`.padStart(4);
      const size = String(Math.round(bytes / 1024)).padStart(5);
      return `${String(pid).padStart(5)} ${String(ppid).padStart(5)} ${user.slice(0, 8).padEnd(8)} ${(pid === io.ctx.pid ? "R" : "S").padEnd(4)} ${size} ${share(bytes / (total || 1))}   0 ${share(cpu / processorsOf(fs))} ${argv.join(" ")}`;
    }),
  ];
}

/** Of all the machine's cores. */
function busyShare({ ctx: { fs } }: CommandIo): number {
  return Math.min(1, Number(loadOf(fs)[0]) / processorsOf(fs));
}

function nameOf({ argv }: ProcessRow): string {
  return (argv[0] ?? "").replace(/^.*\//, "").split(" ")[0] ?? "";
}
