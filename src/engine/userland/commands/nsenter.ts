import type { NamespaceKind } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import { exec } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

const KINDS: Readonly<Record<string, NamespaceKind>> = { m: "mnt", u: "uts", n: "net" };

/** **Simplified:** all share one IPC and one cgroup namespace, and ps goes on to show the processes that it showed before. */
export const nsenter = defineCommand({
  name: "nsenter",
  usage:
    "Usage: nsenter [OPTIONS] [PROG ARGS]\nRun PROG in the namespaces of another process.\n\n  -t PID  target process\n  -a      all namespaces\n  -m -u -i -n -p -C  mount, UTS, IPC, network, PID, cgroup namespace\n  -F      don't fork",
  options: {
    flags: "amuinpCF",
    values: "t",
    stopAtOperand: true,
    long: {
      "target=": "t",
      ...{ all: "a", mount: "m", uts: "u", ipc: "i", net: "n", pid: "p", cgroup: "C", "no-fork": "F" },
    },
  },
  *run(io) {
    const pid = Number(io.value("t") ?? Number.NaN);
    if (!Number.isSafeInteger(pid)) {
      return yield* io.misuse(
        io.value("t") === undefined ? "no target PID specified" : `invalid number '${io.value("t")}'`,
      );
    }
    const all = io.has("a");
    const namespaces = Object.entries(KINDS).flatMap(([flag, kind]) => (all || io.has(flag) ? [kind] : []));
    const argv = io.operands.length > 0 ? io.operands : [io.ctx.env["SHELL"] ?? "/bin/sh"];
    const cwd = namespaces.includes("mnt") ? "/" : io.ctx.cwd;
    try {
      return yield* exec({ argv, env: io.ctx.env, cwd, stdio: [0, 1, 2], into: { pid, namespaces } });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      const busybox = io.flavour === "busybox";
      if (error.errno === "ESRCH" || error.errno === "EPERM") {
        const path = `/proc/${pid}/ns/${namespaces[0] ?? "ipc"}`;
        const why = error.errno === "ESRCH" ? "No such file or directory" : "Permission denied";
        yield* io.complain(busybox ? `can't open '${path}': ${why}` : `cannot open ${path}: ${why}`);
        return 1;
      }
      const text = errorText(error);
      yield* io.complain(busybox ? `can't execute '${argv[0]}': ${text}` : `failed to execute ${argv[0]}: ${text}`);
      return error.errno === "ENOENT" ? 127 : 126;
    }
  },
});
