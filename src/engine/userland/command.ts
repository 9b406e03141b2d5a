/** What every coreutil is made of: options read the GNU way, output, errors in the tool's own words. */
import type { Program, ProgramContext } from "../base/program.ts";
import { SystemError } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { close, open, write } from "../base/syscalls.ts";
import { resolvePath } from "../runtime/paths.ts";
import { errorText } from "./errors.ts";

/** Whose tools: GNU coreutils or busybox. */
export type Flavour = "debian" | "busybox";

export interface OptionSpec {
  /** Single letters without argument. */
  flags?: string;
  /** Those that busybox' tool hasn't. */
  gnuFlags?: string;
  /** Single letters with an argument. */
  values?: string;
  /** Long names and the letter (or name) that they stand for; `=` at the end takes an argument. */
  long?: Readonly<Record<string, string>>;
  /** Options end at the first operand (env, xargs, timeout …). */
  stopAtOperand?: boolean;
  /** `-5` is an option by itself, given to this letter (head -5). */
  numeric?: string;
  /** The first word is options even without a dash, their values follow it in turn (tar cf FILE). */
  bundled?: boolean;
  /** Every word is an operand (expr, echo). */
  none?: boolean;
}

export interface CommandDefinition {
  name: string;
  /** What `--help` prints, and busybox with an error. */
  usage: string;
  options?: OptionSpec;
  /** Default /usr/bin. */
  directory?: string;
  /** Exit status of a wrong option; default 1. */
  badUsageStatus?: number;
  /** What it says of one that it doesn't have or that lacks its argument; default: getopt's words. */
  badUsage?: (wrong: WrongOption) => string;
  run: (io: CommandIo) => Call<number>;
}

/** `-x` or `--name`. */
interface WrongOption {
  option: string;
  lacks: "argument" | "meaning";
}

export class CommandIo {
  readonly ctx: ProgramContext;
  readonly name: string;
  readonly flavour: Flavour;
  readonly operands: string[];
  private readonly flags: ReadonlyMap<string, string[]>;

  constructor(
    ctx: ProgramContext,
    how: { name: string; flavour: Flavour; operands: string[]; flags: ReadonlyMap<string, string[]> },
  ) {
    this.ctx = ctx;
    this.name = how.name;
    this.flavour = how.flavour;
    this.operands = how.operands;
    this.flags = how.flags;
  }

  has(flag: string): boolean {
    return this.flags.has(flag);
  }

  /** The last value given to an option. */
  value(flag: string): string | undefined {
    return this.flags.get(flag)?.at(-1);
  }

  values(flag: string): readonly string[] {
    return this.flags.get(flag) ?? [];
  }

  path(name: string): string {
    return resolvePath(this.ctx.cwd, name);
  }

  *out(text: string): Call<void> {
    yield* write(1, text);
  }

  /** `name: message` on standard error. */
  *complain(message: string): Call<void> {
    yield* write(2, `${this.name}: ${message}\n`);
  }

  /** A failed operand in the tool's own words; answers with false. */
  *failed(what: string, error: unknown): Call<false> {
    yield* this.complain(`${what}: ${errorText(error)}`);
    return false;
  }

  /** The usual end of a wrong call: GNU's message with its hint, or busybox' usage. */
  *misuse(message: string, status = 1): Call<number> {
    yield* this.complain(message);
    if (this.flavour === "debian") yield* write(2, `Try '${this.name} --help' for more information.\n`);
    return status;
  }

  /** Opens an input operand; `-` is standard input. Undefined after a message. */
  *input(name: string): Call<number | undefined> {
    if (name === "-") return 0;
    try {
      return yield* open(name, "read");
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.flavour === "busybox" && error.errno === "ENOENT")
        yield* this.complain(`can't open '${name}': ${errorText(error)}`);
      else yield* this.failed(name, error);
      return undefined;
    }
  }

  /**
   * Runs `use` on each input operand in turn, on standard input when there is none. Answers with the status: 1 when one
   * could not be opened.
   */
  *eachInput(use: (fd: number, name: string) => Call<void>): Call<number> {
    const names = this.operands.length === 0 ? ["-"] : this.operands;
    let status = 0;
    for (const name of names) {
      const fd = yield* this.input(name);
      if (fd === undefined) {
        status = 1;
        continue;
      }
      yield* use(fd, name);
      if (fd !== 0) yield* close(fd);
    }
    return status;
  }
}

export interface Command {
  name: string;
  path: string;
  program: (flavour: Flavour) => Program;
}

export function defineCommand(definition: CommandDefinition): Command {
  const { name } = definition;
  const program = (flavour: Flavour): Program =>
    function* (ctx, argv) {
      const { flags = "", gnuFlags = "", ...others } = definition.options ?? {};
      const spec = { ...others, flags: flavour === "busybox" ? flags : flags + gnuFlags };
      const parsed = parseOptions(argv.slice(1), spec);
      if (!("error" in parsed)) return yield* definition.run(new CommandIo(ctx, { name, flavour, ...parsed }));
      if (parsed.error === "help") {
        yield* write(1, `${definition.usage.trim()}\n`);
        return 0;
      }
      if (parsed.wrong !== undefined && definition.badUsage !== undefined) {
        yield* write(2, definition.badUsage(parsed.wrong));
        return definition.badUsageStatus ?? 1;
      }
      const message = flavour === "busybox" ? parsed.busybox : parsed.error;
      const hint =
        flavour === "busybox"
          ? `BusyBox v1.36.1 multi-call binary.\n\n${definition.usage.trim()}\n`
          : `Try '${name} --help' for more information.\n`;
      yield* write(2, `${name}: ${message}\n${hint}`);
      return definition.badUsageStatus ?? 1;
    };
  return { name, path: `${definition.directory ?? "/usr/bin"}/${name}`, program };
}

type Parsed = { operands: string[]; flags: Map<string, string[]> } | Problem;

interface Problem {
  error: string;
  busybox: string;
  wrong?: WrongOption;
}

function parseOptions(args: readonly string[], spec: OptionSpec): Parsed {
  const { flags: letters = "", values = "", long = {} } = spec;
  const flags = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (flag: string, value?: string): void => {
    const list = flags.get(flag) ?? [];
    if (value !== undefined) list.push(value);
    flags.set(flag, list);
  };
  if (spec.bundled === true && args[0] !== undefined && !args[0].startsWith("-")) {
    const rest = args.slice(1);
    const first = [...args[0]].flatMap((letter) =>
      values.includes(letter) && rest.length > 0 ? [`-${letter}`, rest.shift() as string] : [`-${letter}`],
    );
    return parseOptions([...first, ...rest], { ...spec, bundled: false });
  }
  if (spec.none === true) {
    if (args.length === 1 && args[0] === "--help") return { error: "help", busybox: "help" };
    return { operands: [...args], flags };
  }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      if (spec.stopAtOperand === true) {
        operands.push(...args.slice(at));
        break;
      }
      operands.push(arg);
      continue;
    }
    if (arg.startsWith("--")) {
      const problem = longOption(arg, { long, next: () => args[++at], add });
      if (problem !== undefined) return problem;
      continue;
    }
    if (spec.numeric !== undefined && /^-\d+$/.test(arg)) {
      add(spec.numeric, arg.slice(1));
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i] as string;
      if (letters.includes(letter)) {
        add(letter);
        continue;
      }
      if (!values.includes(letter))
        return {
          error: `invalid option -- '${letter}'`,
          busybox: `invalid option -- '${letter}'`,
          wrong: { option: `-${letter}`, lacks: "meaning" },
        };
      const value = arg.slice(i + 1) || args[++at];
      if (value === undefined)
        return {
          error: `option requires an argument -- '${letter}'`,
          busybox: `option requires an argument -- '${letter}'`,
          wrong: { option: `-${letter}`, lacks: "argument" },
        };
      add(letter, value);
      break;
    }
  }
  return { operands, flags };
}

function longOption(
  arg: string,
  how: {
    long: Readonly<Record<string, string>>;
    next: () => string | undefined;
    add: (flag: string, value?: string) => void;
  },
): Problem | undefined {
  const equals = arg.indexOf("=");
  const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
  const inline = equals < 0 ? undefined : arg.slice(equals + 1);
  if (name === "help") return { error: "help", busybox: "help" };
  const target = how.long[name];
  if (target !== undefined) {
    if (inline !== undefined)
      return { error: `option '--${name}' doesn't allow an argument`, busybox: `unrecognized option '${arg}'` };
    how.add(target);
    return undefined;
  }
  // `name=` takes an argument, `name=?` may have one behind an equals sign.
  const optional = how.long[`${name}=?`];
  if (optional !== undefined) {
    how.add(optional, inline ?? "");
    return undefined;
  }
  const valued = how.long[`${name}=`];
  if (valued === undefined)
    return {
      error: `unrecognized option '${arg}'`,
      busybox: `unrecognized option: ${name}`,
      wrong: { option: arg, lacks: "meaning" },
    };
  const value = inline ?? how.next();
  if (value === undefined)
    return {
      error: `option '--${name}' requires an argument`,
      busybox: `option '--${name}' requires an argument`,
      wrong: { option: arg, lacks: "argument" },
    };
  how.add(valued, value);
  return undefined;
}
