/** swapoff and swapon on a node, which has no swap, as the kubelet wants it. Upstream: util-linux' swapon(8). */
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../../userland/command.ts";
import type { Command, CommandIo } from "../../userland/command.ts";
import { isRoot } from "./is-root.ts";

function define(name: string, options: { flags: string; long: Readonly<Record<string, string>> }): Command {
  return defineCommand({
    name,
    directory: "/usr/sbin",
    usage: `Usage:\n ${name} [options] [<spec>]`,
    options,
    *run(io): Call<number> {
      if (name === "swapoff" && !isRoot(io.ctx)) return yield* failed(io, "Not superuser.");
      if (io.operands.length === 0) {
        if (io.has("a") || io.has("s")) return 0;
        return name === "swapon" ? 0 : yield* io.misuse("bad usage");
      }
      const [device = ""] = io.operands;
      const why = io.ctx.fs.exists(device) ? "Invalid argument" : "No such file or directory";
      return yield* failed(
        io,
        `${name === "swapon" && !io.ctx.fs.exists(device) ? "cannot open " : ""}${device}: ${name} failed: ${why}`,
      );
    },
  });
}

function* failed(io: CommandIo, message: string): Call<number> {
  yield* io.complain(message);
  return 1;
}

export const swapoff = define("swapoff", { flags: "av", long: { all: "a", verbose: "v" } });
export const swapon = define("swapon", { flags: "asv", long: { all: "a", show: "s", summary: "s", verbose: "v" } });
