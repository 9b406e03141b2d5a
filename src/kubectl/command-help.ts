/** The help of one command, and of the flags that all take. Upstream: kubectl pkg/util/templates. Simplified: the words are ours. */
import { type Command, GLOBAL_FLAGS } from "./command.ts";
import type { Flag } from "./flags.ts";

/** cobra's minNamePadding. */
const MIN_NAME_WIDTH = 11;

export function optionsText(): string {
  const shown = GLOBAL_FLAGS.filter((flag) => flag.unsupported !== true);
  return `The following options can be passed to any command:\n\n${shown.map(flagText).join("\n")}`;
}

function flagText(flag: Flag): string {
  const empty = { bool: "false", string: "''", int: "0", duration: "0s", strings: "[]", array: "[]" }[flag.type];
  const value =
    flag.default === undefined
      ? empty
      : typeof flag.default === "string" && flag.type === "string"
        ? `'${flag.default}'`
        : String(flag.default);
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  return `    ${short}--${flag.name}=${value}:\n\t${flag.usage ?? ""}\n`;
}

export function helpText(command: Command, path: string): string {
  const parts = [`${command.short}.\n`];
  if (command.aliases !== undefined) parts.push(`Aliases:\n${[command.name, ...command.aliases].join(", ")}\n`);
  if (command.examples !== undefined) {
    parts.push(`Examples:\n${command.examples.map((line) => `  ${line}`).join("\n")}\n`);
  }
  if (command.subcommands !== undefined) {
    const width = Math.max(MIN_NAME_WIDTH, ...command.subcommands.map((entry) => entry.name.length)) + 3;
    const lines = command.subcommands.map((entry) => `  ${entry.name.padEnd(width)}${entry.short}`);
    parts.push(`Available Commands:\n${lines.join("\n")}\n`);
  }
  const flags = (command.flags ?? []).filter(
    (flag) => flag.unsupported !== true && flag.gate === undefined && flag.deprecated === undefined,
  );
  if (flags.length > 0) {
    parts.push(
      `Options:\n${[...flags]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(flagText)
        .join("\n")}`,
    );
  }
  parts.push(`Usage:\n  ${path}${command.usage === undefined ? "" : ` ${command.usage}`} [options]\n`);
  if (command.subcommands !== undefined) {
    parts.push(`Use "${path} <command> --help" for more information about a given command.`);
  }
  return `${parts.join("\n")}${command.subcommands === undefined ? "\n" : "\n"}Use "kubectl options" for a list of global command-line options (applies to all commands).\n`;
}
