/** Options as crictl reads them: `-a`, `--name x`, `--name=x`; those of a subcommand stand behind its name. */
import { write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";

export interface Options {
  readonly switches: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/** What a subcommand takes: names and short letters, each with the name that it stands for. */
export interface OptionNames {
  readonly switches?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
}

/** Undefined, and the complaint is made, when a word is no option of this subcommand. */
export function* readOptions(
  words: readonly string[],
  { switches = {}, values = {} }: OptionNames,
): Call<Options | undefined> {
  const found = { switches: new Set<string>(), values: new Map<string, string>(), operands: [] as string[] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-") || word === "-") {
      found.operands.push(word);
      continue;
    }
    const [key = "", given] = splitOption(word.replace(/^--?/, ""));
    if (Object.hasOwn(switches, key)) found.switches.add(switches[key] as string);
    else if (Object.hasOwn(values, key)) found.values.set(values[key] as string, given ?? words[++at] ?? "");
    else {
      yield* fatal(`flag provided but not defined: -${key}`);
      return undefined;
    }
  }
  return found;
}

function splitOption(text: string): [key: string, value?: string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** How crictl ends when it can't go on. */
export function* fatal(text: string): Call<number> {
  yield* write(2, `FATA[0000] ${text}\n`);
  return 1;
}
