import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, pipe, readAll, sleep, spawn, wait } from "../../base/syscalls.ts";
import { textWidth } from "../../runtime/text-width.ts";
import { defineCommand } from "../command.ts";
import type { CommandIo } from "../command.ts";
import { formatDate } from "../date-format.ts";

export const watch = defineCommand({
  name: "watch",
  usage:
    "Usage: watch [-n SEC] [-t] PROG ARGS\n\nRun PROG periodically\n\n  -n SEC  period (default 2)\n  -t      don't print header\n  -e      exit when the command fails\n  -g      exit when the output changes",
  options: {
    flags: "tegdcx",
    values: "n",
    stopAtOperand: true,
    long: {
      "interval=": "n",
      "no-title": "t",
      errexit: "e",
      chgexit: "g",
      "differences=?": "d",
      color: "c",
      exec: "x",
    },
  },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("a command is needed");
    const seconds = Number(io.value("n") ?? 2);
    if (!(seconds >= 0)) return yield* io.misuse(`failed to parse argument: '${io.value("n")}'`);
    const period = Math.max(100, Math.round(seconds * 1000));
    let before: string | undefined;
    for (;;) {
      const { text, code } = yield* capture(io);
      yield* io.out(screen(io, text, period));
      if (io.has("e") && code !== 0) return 8;
      if (io.has("g") && before !== undefined && before !== text) return 0;
      before = text;
      yield* sleep(period);
    }
  },
});

function* capture(io: CommandIo): Call<{ text: string; code: number }> {
  const [reader, writer] = yield* pipe();
  const argv = io.has("x") ? io.operands : ["sh", "-c", io.operands.join(" ")];
  let pid: number;
  try {
    pid = yield* spawn({ argv, env: io.ctx.env, cwd: io.ctx.cwd, stdio: [0, writer, writer] });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* close(writer);
    yield* close(reader);
    return { text: `sh: ${argv[0]}: not found\n`, code: 127 };
  }
  yield* close(writer);
  const text = yield* readAll(reader);
  yield* close(reader);
  return { text, code: yield* wait(pid) };
}

/** One screenful: header, then as many lines as fit. Without a terminal it is just the text. */
function screen(io: CommandIo, text: string, period: number): string {
  const terminal = io.ctx.tty(1);
  const left = `Every ${(period / 1000).toFixed(1)}s: ${io.operands.join(" ")}`;
  const right = `${io.ctx.hostname}: ${formatDate(io.ctx.now(), "%a %b %e %H:%M:%S %Y")}`;
  if (terminal === undefined) return `${io.has("t") ? "" : `${left}\n\n`}${text}`;
  const space = Math.max(1, terminal.columns - textWidth(left) - textWidth(right));
  const header = io.has("t") ? [] : [left + " ".repeat(space) + right, ""];
  const lines = [...header, ...text.replace(/\n$/, "").split("\n")].slice(0, terminal.rows - 1);
  return `\u001b[H\u001b[2J${lines.join("\n")}\n`;
}
