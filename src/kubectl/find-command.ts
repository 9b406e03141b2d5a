/** Which command a line names, and the flags it takes. Upstream: spf13/cobra command.go (Find, stripFlags). */
import { type Command, GLOBAL_FLAGS } from "./command.ts";
import type { Flag } from "./flags.ts";
import { COMMANDS } from "./registry.ts";

interface Found {
  command: Command | undefined;
  path: string;
  rest: string[];
  /** The first argument that is no command of the last one found. */
  unknown: string | undefined;
}

/** Follows command names through the words, skipping flags and their values. */
export function findCommand(words: readonly string[]): Found {
  let commands = COMMANDS;
  let command: Command | undefined;
  let path = "kubectl";
  let rest = [...words];
  for (;;) {
    const at = firstArgument(rest, command);
    const word = at < 0 ? undefined : rest[at];
    const next = commands.find((entry) => entry.name === word || entry.aliases?.includes(word ?? "") === true);
    if (next === undefined) return { command, path, rest, unknown: word };
    command = next;
    path += ` ${next.name}`;
    rest = rest.filter((_, index) => index !== at);
    commands = next.subcommands ?? [];
    if (commands.length === 0) return { command, path, rest, unknown: undefined };
  }
}

export function flagsOf(command: Command | undefined): Flag[] {
  const help: Flag = { name: "help", short: "h", type: "bool" };
  const own = command?.flags ?? [];
  const names = new Set(own.flatMap((flag) => [flag.name, ...(flag.short === undefined ? [] : [`-${flag.short}`])]));
  const global = GLOBAL_FLAGS.filter((flag) => !names.has(flag.name)).map((flag) => {
    if (flag.short === undefined || !names.has(`-${flag.short}`)) return flag;
    const { short: _, ...rest } = flag;
    return rest;
  });
  return [...own, ...global, help];
}

function firstArgument(words: readonly string[], command: Command | undefined): number {
  const flags = flagsOf(command);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return -1;
    if (!word.startsWith("-") || word === "-") return i;
    if (word.includes("=")) continue;
    const flag = word.startsWith("--")
      ? flags.find((entry) => entry.name === word.slice(2))
      : word.length === 2
        ? flags.find((entry) => entry.short === word[1])
        : undefined;
    const alone = flag !== undefined && (flag.type === "bool" || flag.bare !== undefined);
    const clustered = !word.startsWith("--") && word.length > 2;
    if (!alone && !clustered) i++;
  }
  return -1;
}
