/** `kubectl plugin list` and `kubectl alpha`. Upstream: kubectl pkg/cmd/plugin, pkg/cmd/cmd.go. */
import { type Command, defineCommand } from "../command.ts";
import type { FileSystem } from "../../engine/base/program.ts";
import { CommandError } from "../errors.ts";

interface Plugin {
  path: string;
  name: string;
  /** The path of the same name that is found before it. */
  earlier: string | undefined;
  /** The command that is run in its place. */
  overwritten: string | undefined;
}

/** What keeps a plugin from being run. */
function warningsOf(fs: FileSystem, { path, name, earlier, overwritten }: Plugin): string[] {
  const warnings: string[] = [];
  if (!isExecutable(fs, path)) {
    warnings.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`);
  }
  if (earlier !== undefined) {
    warnings.push(`warning: ${path} is overshadowed by a similarly named plugin: ${earlier}`);
  }
  if (overwritten !== undefined) {
    warnings.push(`warning: ${name} overwrites existing command: ${JSON.stringify(overwritten)}`);
  }
  return warnings;
}

/** The path of the command that a plugin's name begins with. */
function commandOf(name: string, commands: readonly Command[]): string | undefined {
  const path = ["kubectl"];
  let known = commands;
  for (const word of name.split("-").slice(1)) {
    const next = known.find((command) => command.name === word || command.aliases?.includes(word) === true);
    if (next === undefined) break;
    path.push(next.name);
    known = next.subcommands ?? [];
  }
  return path.length === 1 ? undefined : path.join(" ");
}

function isExecutable(fs: FileSystem, path: string): boolean {
  const { type, mode } = fs.stat(path);
  return type !== "directory" && (mode & 0o111) !== 0;
}

const list = (commands: () => readonly Command[]): Command => ({
  name: "list",
  short: "List all visible plugin executables on a user's PATH",
  flags: [{ name: "name-only", type: "bool", usage: "Names without their folders." }],
  completes: "none",
  *run(call) {
    const seen = new Map<string, string>();
    let warnings = 0;
    for (const folder of new Set((call.ctx.env["PATH"] ?? "").split(":").filter((part) => part.trim() !== ""))) {
      const { fs } = call.ctx;
      if (!fs.exists(folder)) {
        yield* call.err(
          `Unable to read directory ${JSON.stringify(folder)} from your PATH: open ${folder}: no such file or directory. Skipping...\n`,
        );
        continue;
      }
      for (const name of fs.readdir(folder)) {
        const path = `${folder.replace(/\/$/, "")}/${name}`;
        if (!name.startsWith("kubectl-") || fs.lstat(path).type === "directory") continue;
        if (seen.size === 0) yield* call.out("The following compatible plugins are available:\n\n");
        yield* call.out(`${call.flags.bool("name-only") ? name : path}\n`);
        const overwritten = commandOf(name, commands());
        for (const warning of warningsOf(fs, { path, name, earlier: seen.get(name), overwritten })) {
          yield* call.err(`  - ${warning}\n`);
          warnings++;
        }
        if (!seen.has(name)) seen.set(name, path);
      }
    }
    if (seen.size === 0) throw new CommandError("unable to find any kubectl plugins in your PATH");
    if (warnings === 0) return;
    throw new CommandError(warnings === 1 ? "one plugin warning was found" : `${warnings} plugin warnings were found`);
  },
});

/** `commands`: all of them, which a plugin can't replace. */
export const plugin = (commands: () => readonly Command[]): Command => ({
  name: "plugin",
  group: "Other Commands",
  short: "Provides utilities for interacting with plugins",
  usage: "[flags]",
  helpToStderr: true,
  subcommands: [list(commands)],
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
