/**
 * Interpreters of programming languages. **Simplified:** they run a handful of statements that pods use to say something,
 * wait or end; whatever else is refused before anything of it ran.
 */
import type { Program, ProgramContext } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readAll, sleep, write } from "../../base/syscalls.ts";

/** One statement that is understood: what it prints, how long it waits, or with what it ends. */
export type Step = { prints: string } | { sleepsMs: number } | { exits: number } | "nothing";

export interface Language {
  /** "Python", as messages name it. */
  title: string;
  /** The answer to each of these options. */
  versions: Readonly<Record<string, string>>;
  /** The options that are followed by a program's text: `-c`, `-e`. */
  evaluates: readonly string[];
  /** Options that change nothing for these statements. */
  harmless?: RegExp;
  /** undefined: not one of the statements that are understood. */
  step(statement: string): Step | undefined;
  /** What it says of a file that is not there, and its status then. */
  missing(path: string): { text: string; code: number };
  /** Runs in the place of everything else where it answers something. */
  special?(ctx: ProgramContext, argv: readonly string[]): Call<number> | undefined;
}

/** Statements between semicolons and line ends, outside of quotes. */
function statementsOf(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^;\n"'])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "" && !part.startsWith("#"));
}

/** The value of a text or a number as it is written; undefined: it is neither. */
export function literal(text: string): string | undefined {
  const match = /^\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?))\s*$/.exec(text);
  if (match === null) return undefined;
  const [, double, single, number] = match;
  if (number !== undefined) return number;
  const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return (double ?? single ?? "").replace(/\\(.)/g, (_all, letter: string) => escapes[letter] ?? letter);
}

function* run(text: string, language: Language): Call<number> {
  const steps: Step[] = [];
  for (const statement of statementsOf(text)) {
    const step = language.step(statement);
    if (step === undefined) {
      yield* write(2, `${language.title}: this playground does not run this statement: ${statement}\n`);
      return 1;
    }
    steps.push(step);
  }
  for (const step of steps) {
    if (step === "nothing") continue;
    if ("prints" in step) yield* write(1, step.prints);
    else if ("sleepsMs" in step) yield* sleep(step.sleepsMs);
    else return step.exits;
  }
  return 0;
}

export function interpreter(language: Language): Program {
  return function* (ctx, argv) {
    const own = language.special?.(ctx, argv);
    if (own !== undefined) return yield* own;
    let at = 1;
    while (argv[at] !== undefined && language.harmless?.test(argv[at] as string) === true) at++;
    const [word, text] = [argv[at], argv[at + 1]];
    if (word === undefined) {
      if (ctx.tty(0) === undefined) return yield* run(yield* readAll(0), language);
      yield* write(2, `${language.title}: there is no prompt in this playground\n`);
      return 1;
    }
    const version = language.versions[word];
    if (version !== undefined) {
      yield* write(1, `${version}\n`);
      return 0;
    }
    if (language.evaluates.includes(word) && text !== undefined) return yield* run(text, language);
    if (word.startsWith("-")) {
      yield* write(2, `${language.title}: the option ${word} is not simulated in this playground\n`);
      return 2;
    }
    const path = word.startsWith("/") ? word : `${ctx.cwd.replace(/\/$/, "")}/${word}`;
    if (!ctx.fs.exists(path)) {
      const { text: problem, code } = language.missing(path);
      yield* write(2, `${problem}\n`);
      return code;
    }
    return yield* run(ctx.fs.readFile(path), language);
  };
}
