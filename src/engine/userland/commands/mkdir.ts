import { SystemError } from "../../base/program.ts";
import { defineCommand } from "../command.ts";
import { errorText } from "../errors.ts";
import { applyMode } from "../modes.ts";

export const mkdir = defineCommand({
  name: "mkdir",
  usage:
    "Usage: mkdir [OPTION]... DIRECTORY...\nCreate the DIRECTORY(ies), if they do not already exist.\n\n  -m MODE  set file mode\n  -p       no error if existing, make parent directories as needed\n  -v       print a message for each created directory",
  options: { flags: "pv", values: "m", long: { parents: "p", verbose: "v", "mode=": "m" } },
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand");
    const mode = applyMode(io.value("m") ?? "755", 0o755, true);
    if (mode === undefined) {
      yield* io.complain(`invalid mode '${io.value("m")}'`);
      return 1;
    }
    let status = 0;
    for (const name of io.operands) {
      try {
        io.ctx.fs.mkdir(io.path(name), { recursive: io.has("p"), mode });
        if (io.has("v")) yield* io.out(`mkdir: created directory '${name}'\n`);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        yield* io.complain(
          `${io.flavour === "debian" ? "cannot create directory" : "can't create directory"} ${io.flavour === "debian" ? `‘${name}’` : `'${name}'`}: ${errorText(error)}`,
        );
        status = 1;
      }
    }
    return status;
  },
});
