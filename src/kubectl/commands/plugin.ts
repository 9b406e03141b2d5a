/** `kubectl plugin list` and `kubectl alpha`. Upstream: kubectl pkg/cmd/plugin, pkg/cmd/cmd.go. Simplified: plugins are listed but not run. */
import { defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";

const list = defineCommand({
  name: "list",
  short: "List all visible plugin executables on a user's PATH",
  flags: [{ name: "name-only", type: "bool", usage: "Names without their folders." }],
  completes: "none",
  *run(call) {
    const found: string[] = [];
    for (const folder of (call.ctx.env["PATH"] ?? "").split(":").filter((part) => part !== "")) {
      const { fs } = call.ctx;
      if (!fs.exists(folder)) {
        yield* call.err(
          `Unable to read directory ${JSON.stringify(folder)} from your PATH: open ${folder}: no such file or directory. Skipping...\n`,
        );
        continue;
      }
      for (const name of fs.readdir(folder)) {
        if (name.startsWith("kubectl-")) found.push(call.flags.bool("name-only") ? name : `${folder}/${name}`);
      }
    }
    if (found.length === 0) throw new CommandError("unable to find any kubectl plugins in your PATH");
    yield* call.out(`The following compatible plugins are available:\n\n${found.map((name) => `${name}\n`).join("")}`);
  },
});

export const plugin = defineCommand({
  name: "plugin",
  group: "Other Commands",
  short: "Provides utilities for interacting with plugins",
  usage: "[flags]",
  helpToStderr: true,
  subcommands: [list],
});

export const alpha = defineCommand({
  name: "alpha",
  group: "Settings Commands",
  short: "Commands for features in alpha",
  hidden: true,
  completes: "none",
  *run(call) {
    yield* call.err("No alpha commands are available in this version of kubectl\n");
  },
});
