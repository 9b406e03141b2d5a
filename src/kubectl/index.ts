/** The command line client. Upstream: kubectl pkg/cmd/cmd.go and spf13/cobra's dispatch. */
import type { ExitCode, Program, ProgramContext } from "../engine/base/program.ts";
import { type Call, write } from "../engine/base/syscalls.ts";
import { type Command, GLOBAL_FLAGS } from "./command.ts";
import { errorText, exitCodeOf, ApiError, CommandError, ErrorList } from "./errors.ts";
import { FlagError, type Flag, parseFlags } from "./flags.ts";
import { helpText, optionsText, rootHelp } from "./help.ts";
import { Invocation } from "./invocation.ts";
import { COMMANDS } from "./registry.ts";
import { suggestionsFor } from "./suggestions.ts";

export { kubectlCompleter } from "./completer.ts";

/** `kubectl` as a program: REST over the `http` system call, kubeconfig from the file system. */
export const kubectl: Program = function* kubectl(ctx, argv) {
  const words = argv.slice(1);
  try {
    return yield* dispatch(ctx, words);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ApiError || error instanceof ErrorList)) throw error;
    const text = errorText(error);
    if (text !== "") yield* write(2, `${text}\n`);
    return exitCodeOf(error);
  }
};

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

function* dispatch(ctx: ProgramContext, words: readonly string[]): Call<ExitCode> {
  const { command, path, rest, unknown } = findCommand(words);
  if (command === undefined) return yield* rootCommand(rest, unknown);
  let parsed;
  try {
    parsed = parseFlags(flagsOf(command), rest);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new CommandError(`${error.message}\nSee '${path} --help' for usage.`);
  }
  if (parsed.values.bool("help")) {
    yield* write(1, helpText(command, path));
    return 0;
  }
  if (command.run === undefined) {
    if (unknown !== undefined) {
      throw new CommandError(
        `unknown command ${JSON.stringify(parsed.args.join(" "))}\nSee '${path} -h' for help and examples`,
      );
    }
    yield* write(1, helpText(command, path));
    return 1;
  }
  const missing = (command.flags ?? []).filter((flag) => flag.required === true && !parsed.values.changed(flag.name));
  if (missing.length > 0) {
    throw new CommandError(`required flag(s) ${missing.map((flag) => JSON.stringify(flag.name)).join(", ")} not set`);
  }
  const code = yield* command.run(new Invocation(ctx, command, { path, parsed, argv: words }));
  return code ?? 0;
}

function* rootCommand(words: readonly string[], unknown: string | undefined): Call<ExitCode> {
  if (unknown === "help" || unknown === undefined) {
    const topic = unknown === "help" ? words.slice(words.indexOf("help") + 1) : [];
    const found = findCommand(topic);
    if (unknown === undefined) {
      try {
        parseFlags(flagsOf(undefined), words);
      } catch (error) {
        if (error instanceof FlagError) throw new CommandError(`${error.message}\nSee 'kubectl --help' for usage.`);
        throw error;
      }
    }
    yield* write(1, found.command === undefined ? rootHelp() : helpText(found.command, found.path));
    return 0;
  }
  if (unknown === "options") {
    yield* write(1, optionsText());
    return 0;
  }
  const suggestions = suggestionsFor(unknown);
  const hint =
    suggestions.length === 0 ? "" : `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}\n`).join("")}`;
  throw new CommandError(`unknown command ${JSON.stringify(unknown)} for "kubectl"${hint}`);
}
