/**
 * Command line flags as pflag reads them: `--flag=value`, `--flag value`, `-abc`, `-nvalue`, `--` ends flags.
 * Upstream: github.com/spf13/pflag.
 */
import { CommandError } from "./errors.ts";
import { parseGoBool } from "../engine/base/go-errors.ts";

export type FlagType = "bool" | "string" | "int" | "duration" | "strings" | "array";

export interface Flag {
  name: string;
  short?: string;
  /** strings: commas separate, and the flag may be repeated. array: repeated only. */
  type: FlagType;
  default?: string | boolean | number;
  /** The value of the flag when it stands without one (`--dry-run`). Bools have "true". */
  bare?: string;
  usage?: string;
  required?: boolean;
  /** The environment variable that must be "true" for the flag to exist. */
  gate?: string;
  /** Why it should be used no more: said each time, and help leaves the flag out. */
  deprecated?: string;
  /** kubectl has it, this one does not: using it fails. */
  unsupported?: boolean;
}

export type FlagValue = string | boolean | number | string[];

/** Durations keep their text; `durationMs` reads it. */
export class FlagValues {
  private readonly flags: ReadonlyMap<string, Flag>;
  private readonly values = new Map<string, FlagValue>();
  /** As given, one after another. */
  readonly given: { name: string; text: string }[] = [];

  constructor(flags: ReadonlyMap<string, Flag>) {
    this.flags = flags;
  }

  changed(name: string): boolean {
    return this.values.has(name);
  }

  has(name: string): boolean {
    return this.flags.has(name);
  }

  string(name: string): string {
    return String(this.values.get(name) ?? this.flags.get(name)?.default ?? "");
  }

  /** The text of a flag that commands may also have as a list of their own meaning (`--user`): "" then. */
  globalString(name: string): string {
    return this.flags.get(name)?.type === "string" ? this.string(name) : "";
  }

  bool(name: string): boolean {
    return (this.values.get(name) ?? this.flags.get(name)?.default ?? false) === true;
  }

  int(name: string): number {
    return Number(this.values.get(name) ?? this.flags.get(name)?.default ?? 0);
  }

  list(name: string): string[] {
    return (this.values.get(name) as string[] | undefined) ?? [];
  }

  /** Milliseconds. */
  duration(name: string): number {
    return durationMs(this.string(name)) ?? 0;
  }

  set(flag: Flag, text: string, shown: string): void {
    if (flag.unsupported === true) throw new CommandError(`flag --${flag.name} is not supported by this kubectl`);
    this.values.set(flag.name, this.parse(flag, text, shown));
    this.given.push({ name: flag.name, text });
  }

  private parse(flag: Flag, text: string, shown: string): FlagValue {
    const fail = (why: string): never => {
      throw new FlagError(`invalid argument ${JSON.stringify(text)} for ${JSON.stringify(shown)} flag: ${why}`);
    };
    switch (flag.type) {
      case "bool": {
        const read = parseGoBool(text);
        return typeof read === "boolean" ? read : fail(read.problem);
      }
      case "int":
        if (!/^[+-]?\d+$/.test(text)) fail(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
        return Number(text);
      case "duration":
        if (durationMs(text) === undefined) {
          const missing = /\d$/.test(text) && /^[-+]?[\d.]+$/.test(text);
          fail(
            missing
              ? `time: missing unit in duration ${JSON.stringify(text)}`
              : `time: invalid duration ${JSON.stringify(text)}`,
          );
        }
        return text;
      case "strings":
        return [...this.list(flag.name), ...splitCsv(text)];
      case "array":
        return [...this.list(flag.name), text];
      case "string":
        return text;
    }
  }
}

/** A flag that can't be read; the dispatcher adds where to look for usage. */
export class FlagError extends Error {}

/** Go's `time.ParseDuration` in milliseconds; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const match = /^([-+]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (text === "0" || text === "") return 0;
  if (match === null) return undefined;
  const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit ?? ""] ?? 0);
  }
  return text.startsWith("-") ? -total : total;
}

/** One CSV record, as pflag splits a string slice: quotes may hold commas. */
function splitCsv(text: string): string[] {
  if (text === "") return [];
  if (!text.includes('"')) return text.split(",");
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(,|$)/.exec(rest);
    const plain = /^([^,]*)(,|$)/.exec(rest);
    const match = quoted ?? plain;
    if (match === null) return fields;
    fields.push((match[1] ?? "").replaceAll('""', '"'));
    rest = rest.slice(match[0].length);
    if (match[2] === "") return fields;
  }
}

export interface ParsedArgs {
  values: FlagValues;
  args: string[];
  /** How many arguments stood before `--`; -1 without one. */
  dash: number;
}

function shownName(flag: Flag): string {
  return flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
}

function bareValue(flag: Flag): string | undefined {
  return flag.bare ?? (flag.type === "bool" ? "true" : undefined);
}

/** Separates flags from arguments. Throws `FlagError`. */
export function parseFlags(flags: readonly Flag[], argv: readonly string[]): ParsedArgs {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])));
  const values = new FlagValues(byName);
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") return { values, args: [...args, ...argv.slice(i + 1)], dash: args.length };
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      const flag = byName.get(name);
      if (name === "" || name.startsWith("-")) throw new FlagError(`bad flag syntax: ${word}`);
      if (flag === undefined) throw new FlagError(`unknown flag: --${name}`);
      const bare = bareValue(flag);
      if (equals >= 0) values.set(flag, word.slice(equals + 1), shownName(flag));
      else if (bare !== undefined) values.set(flag, bare, shownName(flag));
      else if (i + 1 < argv.length) values.set(flag, argv[++i] ?? "", shownName(flag));
      else throw new FlagError(`flag needs an argument: --${name}`);
    } else if (word.startsWith("-") && word !== "-") {
      i += parseShorts(word, argv[i + 1], { byShort, values });
    } else args.push(word);
  }
  return { values, args, dash: -1 };
}

/** Reads a cluster of one-letter flags; returns 1 when it took the next word as its value. */
function parseShorts(
  word: string,
  next: string | undefined,
  scope: { byShort: ReadonlyMap<string, Flag>; values: FlagValues },
): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? "";
    const flag = scope.byShort.get(letter);
    if (flag === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`);
    const rest = word.slice(at + 1);
    const bare = bareValue(flag);
    if (rest.startsWith("=")) {
      scope.values.set(flag, rest.slice(1), shownName(flag));
      return 0;
    }
    if (bare !== undefined) {
      scope.values.set(flag, bare, shownName(flag));
      continue;
    }
    if (rest !== "") {
      scope.values.set(flag, rest, shownName(flag));
      return 0;
    }
    if (next === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${word.slice(at)}`);
    scope.values.set(flag, next, shownName(flag));
    return 1;
  }
  return 0;
}
