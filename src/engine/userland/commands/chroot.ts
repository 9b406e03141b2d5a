import { SystemError } from "../../base/program.ts";
import { exec } from "../../base/syscalls.ts";
import type { Call } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";

export const chroot = defineCommand({
  name: "chroot",
  directory: "/usr/sbin",
  usage: "Usage: chroot NEWROOT [PROG ARGS]\nRun PROG with root directory set to NEWROOT.",
  options: { stopAtOperand: true },
  badUsageStatus: 125,
  *run(io) {
    const [folder, ...words] = io.operands;
    if (folder === undefined) return yield* io.misuse("missing operand", 125);
    const busybox = io.flavour === "busybox";
    const root = io.path(folder);
    const argv = words.length > 0 ? words : [io.ctx.env["SHELL"] ?? "/bin/sh", "-i"];
    try {
      if (io.ctx.fs.stat(root).type !== "directory") throw new SystemError("ENOTDIR", root);
    } catch (error) {
      return yield* refused(error);
    }
    try {
      return yield* exec({ argv, env: io.ctx.env, cwd: "/", stdio: [0, 1, 2], into: { root } });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno === "EPERM") return yield* refused(error);
      const [name] = argv;
      const text = errorText(error);
      yield* io.complain(busybox ? `can't execute '${name}': ${text}` : `failed to run command ‘${name}’: ${text}`);
      return error.errno === "ENOENT" ? 127 : 126;
    }

    function* refused(error: unknown): Call<number> {
      if (!(error instanceof SystemError)) throw error;
      const text = errorText(error);
      yield* io.complain(
        busybox
          ? `can't change root directory to '${folder}': ${text}`
          : `cannot change root directory to '${folder}': ${text}`,
      );
      return busybox ? 1 : 125;
    }
  },
});
