import { SystemError } from "../../base/program.ts";
import { resolve } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";

export const getent = defineCommand({
  name: "getent",
  usage: "Usage: getent database [key ...]\nGet entries from administrative database (hosts, ahosts, passwd, group).",
  *run(io) {
    const [database, ...keys] = io.operands;
    if (database === "passwd" || database === "group") {
      const path = `/etc/${database}`;
      const lines = (io.ctx.fs.exists(path) ? io.ctx.fs.readFile(path) : "").split("\n").filter((line) => line !== "");
      const found = lines.filter(
        (line) =>
          keys.length === 0 || keys.includes(line.split(":")[0] ?? "") || keys.includes(line.split(":")[2] ?? ""),
      );
      yield* io.out(found.map((line) => `${line}\n`).join(""));
      return keys.length > 0 && found.length === 0 ? 2 : 0;
    }
    if (database !== "hosts" && database !== "ahosts" && database !== "ahostsv4") {
      yield* io.complain(`unknown database: ${database ?? ""}`);
      return 1;
    }
    let status = 0;
    for (const host of keys) {
      try {
        for (const address of yield* resolve(host))
          yield* io.out(`${address.padEnd(15)} ${database === "hosts" ? host : `STREAM ${host}`}\n`);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        status = 2;
      }
    }
    return status;
  },
});
