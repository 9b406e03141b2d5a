/** The command line client. Upstream: kubectl pkg/cmd/cmd.go and spf13/cobra's dispatch. */
import type { ExitCode, Program, ProgramContext } from "../engine/base/program.ts";
import { type Call, write } from "../engine/base/syscalls.ts";
import { kubectlCompleter } from "./completer.ts";
import { errorText, exitCodeOf, ApiError, CommandError, ErrorList } from "./errors.ts";
import { findCommand, flagsOf } from "./find-command.ts";
import { FlagError, parseFlags } from "./flags.ts";
import { CLIENT_VERSION } from "./client-version.ts";
import { helpText, optionsText } from "./command-help.ts";
import { rootHelp } from "./help.ts";
import { Invocation } from "./invocation.ts";
import { runPlugin } from "./plugins.ts";
import { suggestionsFor } from "./suggestions.ts";

export { kubectlCompleter } from "./completer.ts";

/** cobra's ShellCompDirectiveNoFileComp. */
const NO_FILES_DIRECTIVE = ":4";

/**
 * `kubectl` as a program: REST over the `http` system call, kubeconfig from the file system. `release`: what it says that
 * it is.
 */
export function kubectlOf(release: string): Program {
  return function* kubectl(ctx, argv) {
    const words = argv.slice(1);
    try {
      return yield* dispatch(ctx, words, release);
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof ApiError || error instanceof ErrorList)) throw error;
      const text = errorText(error);
      if (error instanceof CommandError && error.output !== "") yield* write(1, error.output);
      if (text !== "") yield* write(2, text.endsWith("\n") ? text : `${text}\n`);
      return exitCodeOf(error);
    }
  };
}

export const kubectl: Program = kubectlOf(CLIENT_VERSION.gitVersion);

function* dispatch(ctx: ProgramContext, words: readonly string[], release: string): Call<ExitCode> {
  const { command, path, rest, unknown } = findCommand(words);
  if (path === "kubectl create" && command?.run === undefined) yield* runPlugin(ctx, words, { exact: true });
  if (command === undefined) return yield* rootCommand(ctx, rest, unknown);
  let parsed;
  try {
    const flags = flagsOf(command).filter((flag) => flag.gate === undefined || ctx.env[flag.gate] === "true");
    parsed = parseFlags(flags, command.anyFlags === true ? [] : rest);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new CommandError(`${error.message}\nSee '${path} --help' for usage.`);
  }
  for (const { name, deprecated } of flagsOf(command)) {
    if (deprecated === undefined || !parsed.values.changed(name)) continue;
    yield* write(2, `Flag --${name} has been deprecated, ${deprecated}\n`);
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
    yield* write(command.helpToStderr === true ? 2 : 1, helpText(command, path));
    return command.helpIsFine === true ? 0 : 1;
  }
  const missing = (command.flags ?? []).filter((flag) => flag.required === true && !parsed.values.changed(flag.name));
  if (missing.length > 0) {
    throw new CommandError(`required flag(s) ${missing.map((flag) => JSON.stringify(flag.name)).join(", ")} not set`);
  }
  const code = yield* command.run(new Invocation(ctx, command, { path, parsed, argv: words, release }));
  return code ?? 0;
}

/** What a shell's completion script asks: the words so far, the last of them unfinished. Upstream: spf13/cobra completions.go. */
function* complete(ctx: ProgramContext, words: readonly string[]): Call<ExitCode> {
  const line = ["kubectl", ...words].join(" ");
  const { candidates } = yield* kubectlCompleter(ctx)(line, line.length);
  yield* write(1, [...candidates, NO_FILES_DIRECTIVE].map((candidate) => `${candidate}\n`).join(""));
  return 0;
}

function* rootCommand(ctx: ProgramContext, words: readonly string[], unknown: string | undefined): Call<ExitCode> {
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
  if (unknown === "__complete") return yield* complete(ctx, words.slice(words.indexOf("__complete") + 1));
  if (unknown === "options") {
    yield* write(1, optionsText());
    return 0;
  }
  if (words[0]?.startsWith("-") === true) {
    throw new CommandError(`flags cannot be placed before plugin name: ${words[0]}`);
  }
  yield* runPlugin(ctx, words);
  const suggestions = suggestionsFor(unknown);
  const hint =
    suggestions.length === 0 ? "" : `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}\n`).join("")}\n`;
  throw new CommandError(`unknown command ${JSON.stringify(unknown)} for "kubectl"${hint}`);
}
