/** Command lines of etcdctl and etcdutl: flags anywhere, an unknown one is refused. Upstream: spf13/pflag and cobra. */

export type FlagKind = "string" | "bool" | "int";

export interface CommandLine {
  words: string[];
  flags: ReadonlyMap<string, string>;
}

const SHORT: Readonly<Record<string, string>> = { w: "write-out", h: "help" };

/** Words and flags, or what is wrong with them. */
export function readCommandLine(
  args: readonly string[],
  kinds: Readonly<Record<string, FlagKind>>,
): CommandLine | { problem: string } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--") {
      words.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    const [, long, short, value] = /^(?:--([^=]+)|-([a-z]))=?(.+)?$/s.exec(arg) ?? [];
    const name = long ?? SHORT[short ?? ""];
    const kind = name === undefined ? undefined : kinds[name];
    if (name === undefined || kind === undefined) {
      return {
        problem: short === undefined ? `unknown flag: --${long ?? ""}` : `unknown shorthand flag: '${short}' in ${arg}`,
      };
    }
    const given = value ?? (kind === "bool" ? "true" : args[++at]);
    if (given === undefined) return { problem: `flag needs an argument: --${name}` };
    if (kind === "int" && !/^\d+$/.test(given)) {
      return {
        problem: `invalid argument ${JSON.stringify(given)} for "--${name}" flag: strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`,
      };
    }
    flags.set(name, given);
  }
  return { words, flags };
}
