/** Options as crictl reads them: `-a`, `--name x`, `--name=x`; those of a subcommand stand behind its name. */
import type { ProgramContext } from "../../../base/program.ts";
import { write } from "../../../base/syscalls.ts";
import type { Call } from "../../../base/syscalls.ts";
import { isRoot } from "../is-root.ts";

export interface Options {
  readonly switches: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly operands: readonly string[];
}

/** What a subcommand takes: names and short letters, each with the name that it stands for. */
export interface OptionNames {
  readonly switches?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  /** What stands behind so many operands is a command line of its own. */
  readonly stopAfter?: number;
}

/** Undefined, and the complaint is made, when a word is no option of this subcommand. */
export function* readOptions(
  words: readonly string[],
  { switches = {}, values = {}, stopAfter = Infinity }: OptionNames,
): Call<Options | undefined> {
  const found = { switches: new Set<string>(), values: new Map<string, string>(), operands: [] as string[] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (found.operands.length >= stopAfter || !word.startsWith("-") || word === "-") {
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

/** How crictl ends when it can't go on, so many seconds after its start. */
export function* fatal(text: string, seconds = 0): Call<number> {
  yield* write(2, `FATA[${String(seconds).padStart(4, "0")}] ${text}\n`);
  return 1;
}

/** Whether the runtime's socket opens for who asks; the complaint is made when it doesn't. */
export function* isAllowed(ctx: ProgramContext): Call<boolean> {
  if (isRoot(ctx)) return true;
  yield* fatal(
    'validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: permission denied"',
  );
  return false;
}
