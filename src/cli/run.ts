/**
 * `drydock run FILE|-`: runs each line as typed in the playground's terminal, in virtual time, and prints the transcript.
 * Lines share one shell, so that directories, variables and functions stay; a construct of several lines counts as one.
 */
import { readFileSync } from "node:fs";
import { UnknownPreset } from "../engine/index.ts";
import { parseSource } from "../engine/userland/shell/parse.ts";
import { Playground } from "../worker/playground.ts";
import type { ScriptedShell } from "../worker/scripted-shell.ts";
import { answerJustBash } from "../terminal/just-bash-host.ts";
import { installedDescriptions } from "./descriptions.ts";
import { parseDuration } from "./duration.ts";
import { clusterFlags, parseFlags, UsageError } from "./options.ts";

/** A command that has not ended by then gets Ctrl-C: a watch never ends by itself. `--limit`. Virtual milliseconds. */
const COMMAND_LIMIT = 10 * 60_000;
/** Virtual milliseconds between two looks at whether the command has ended. */
const LOOK_EVERY = 20;

/** Nobody types two lines in the same instant: quick hands' time for one, in which the cluster goes on. Virtual milliseconds. */
const TYPING = 200;

/** A program that has shown a prompt, and nothing since, waits for a line. Virtual milliseconds. */
const PROMPT_AFTER = 1000;
/** One that shows nothing at all gets Enter, once: a shell that was attached to has shown its prompt before. */
const ENTER_AFTER = 5000;

export interface Outcome {
  command: string;
  stdout: string;
  stderr: string;
  exitCode: number;
  /** Virtual milliseconds since the start, when it ended. */
  time: number;
}

/** Commands of a script: lines, or several where a quote, here-document or compound command spans them. */
export function commandsOf(script: string): string[] {
  const commands: string[] = [];
  let pending = "";
  for (const line of script.split("\n")) {
    const source = pending === "" ? line : `${pending}\n${line}`;
    if (pending === "" && (line.trim() === "" || line.trim().startsWith("#"))) continue;
    if (parseSource(`${source}\n`).incomplete) pending = source;
    else {
      commands.push(source);
      pending = "";
    }
  }
  return pending === "" ? commands : [...commands, pending];
}

export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags(args, { flags: ["preset", "seed", "limit"], switches: ["json"] });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new UsageError("expected one FILE, or - for standard input");
  const limit = String(values["limit"] ?? "10m");
  const limitMs = parseDuration(limit);
  if (limitMs === undefined || limitMs === 0)
    throw new UsageError(`--limit takes a duration like 90s or 2h, not "${limit}"`);
  let script: string;
  try {
    script = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
  let playground: Playground;
  try {
    playground = Playground.create({
      ...clusterFlags(values),
      externals: answerJustBash,
      descriptions: installedDescriptions,
    });
  } catch (error) {
    if (error instanceof UnknownPreset) throw new UsageError(error.message);
    throw error;
  }
  await playground.boot();
  const shell = playground.openShell();
  for (const command of commandsOf(script)) {
    await playground.runUntil(playground.sim.now + TYPING);
    const interrupted = (): void =>
      void process.stderr.write(
        `drydock run: ${JSON.stringify(command)} got Ctrl-C after ${limit} of cluster time (--limit)\n`,
      );
    const outcome = await runInShell(playground, shell, command, { limitMs, interrupted });
    print(outcome, values["json"] === true);
    if (shell.ended) break;
  }
  return 0;
}

/**
 * Types a command and lets virtual time run until it has ended, or until a program that it started (a shell in a
 * container) asks for the next line.
 */
export async function runInShell(
  playground: Playground,
  shell: ScriptedShell,
  command: string,
  { limitMs = COMMAND_LIMIT, interrupted }: { limitMs?: number; interrupted?: () => void } = {},
): Promise<Outcome> {
  const { sim } = playground;
  shell.enter(command);
  let interruptAt = sim.now + limitMs;
  let quiet = { printed: shell.printed, since: sim.now, pressed: false };
  while (!shell.idle) {
    await playground.runUntil(sim.now + LOOK_EVERY);
    if (shell.printed !== quiet.printed) quiet = { ...quiet, printed: shell.printed, since: sim.now };
    else if (shell.prompted && sim.now - quiet.since >= PROMPT_AFTER) break;
    else if (shell.takesKeys && !quiet.pressed && sim.now - quiet.since >= ENTER_AFTER) {
      shell.press("\r");
      quiet.pressed = true;
    }
    if (sim.now < interruptAt) continue;
    shell.interrupt();
    interrupted?.();
    interruptAt = sim.now + limitMs;
  }
  const { stdout, stderr } = shell.take();
  return { command, stdout, stderr, exitCode: shell.status, time: sim.now - sim.start };
}

function print(outcome: Outcome, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  process.stdout.write(`$ ${outcome.command.replaceAll("\n", "\n> ")}\n${outcome.stdout}${outcome.stderr}`);
}
