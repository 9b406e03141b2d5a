import type { Signal } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { kill as killCall } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";
import { signalName } from "../shell/shell.ts";

export const kill = defineCommand({
  name: "kill",
  usage: "Usage: kill [-SIG] PID...\nSend a signal to processes.",
  options: { none: true },
  *run(io) {
    const words = [...io.operands];
    let signal: Signal = "SIGTERM";
    if (words[0]?.startsWith("-") === true) {
      const flag = words.shift() as string;
      const text = flag === "-s" ? (words.shift() ?? "") : flag.slice(1);
      const named = signalName(text);
      if (named === undefined || named === "EXIT" || named === "ERR") {
        yield* io.complain(`bad signal name '${text}'`);
        return 1;
      }
      signal = named;
    }
    if (words.length === 0) return yield* io.misuse("you need to specify whom to kill");
    let status = 0;
    for (const word of words) {
      try {
        if (!/^-?\d+$/.test(word)) throw new SystemError("EINVAL", word);
        yield* killCall(Number(word), signal);
      } catch (error) {
        yield* io.complain(`can't kill pid ${word}: ${errorText(error)}`);
        status = 1;
      }
    }
    return status;
  },
});
