/** What a subcommand of kubeadm is, its flags read as cobra does, its errors told as kubeadm tells them. */
import type { ProgramContext } from "../../../base/program.ts";
import type { Call } from "../../../base/syscalls.ts";
import { readLineOf, write } from "../../../base/syscalls.ts";
import { isRoot } from "../is-root.ts";
import type { NodeHost } from "../node-host.ts";

/** containerd's, the one runtime of a node. */
const CRI_SOCKET = "unix:///run/containerd/containerd.sock";

/** Ends kubeadm with these words on standard error. */
export class KubeadmError extends Error {
  readonly code: number;

  /** `code`: 2 for checks before the work, 3 for wrong arguments. */
  constructor(message: string, code = 1) {
    super(message);
    this.code = code;
  }
}

export interface Subcommand {
  /** `yes/y:bool ttl`: names with their letter; without `:bool` a flag takes a value. */
  flags: string;
  run(call: KubeadmCall): Call<number>;
}

export class KubeadmCall {
  readonly ctx: ProgramContext;
  readonly host: NodeHost;
  readonly operands: readonly string[];
  private readonly given: ReadonlyMap<string, string>;

  constructor(host: NodeHost, ctx: ProgramContext, flags: string, words: readonly string[]) {
    this.host = host;
    this.ctx = ctx;
    const { operands, given } = readFlags(flags, words);
    this.operands = operands;
    this.given = given;
    this.allowOnly({ "cri-socket": CRI_SOCKET });
  }

  has(flag: string): boolean {
    return this.given.get(flag) === "true";
  }

  value(flag: string): string | undefined {
    return this.given.get(flag);
  }

  /** Names of those that are given. */
  get flags(): string[] {
    return [...this.given.keys()];
  }

  *out(text: string): Call<void> {
    yield* write(1, text);
  }

  /** Asks on the terminal; throws when the answer isn't yes. */
  *confirm(question: string): Call<void> {
    yield* write(1, `${question} [y/N]: `);
    const answer = ((yield* readLineOf(0)) ?? "").trim().toLowerCase();
    if (answer !== "y" && answer !== "yes") {
      throw new KubeadmError("won't proceed; the user didn't answer (Y|y) in order to continue");
    }
  }

  /** Throws where a flag asks for another value than the one that there is; undefined: there is none. */
  allowOnly(values: Readonly<Record<string, string | undefined>>): void {
    for (const [flag, only] of Object.entries(values)) {
      const given = this.value(flag);
      if (given === undefined || given === only) continue;
      const instead = only === undefined ? "" : `: in this preset it is ${only}`;
      throw new KubeadmError(`--${flag}=${given} is not simulated${instead}`);
    }
  }

  /** `check` fails with these words: fatal unless `--ignore-preflight-errors` names it. */
  *preflight(problems: readonly { check: string; problem: string }[], phase = "preflight"): Call<void> {
    const ignored = (this.value("ignore-preflight-errors") ?? "").toLowerCase().split(",");
    const isIgnored = (check: string): boolean => ignored.includes("all") || ignored.includes(check.toLowerCase());
    for (const { check, problem } of problems) {
      if (isIgnored(check)) yield* write(2, `\t[WARNING ${check}]: ${problem}\n`);
    }
    const fatal = problems.filter(({ check }) => !isIgnored(check));
    if (fatal.length === 0) return;
    const lines = fatal.map(({ check, problem }) => `\t[ERROR ${check}]: ${problem}\n`).join("");
    throw new KubeadmError(
      `${phase === "" ? "" : `error execution phase ${phase}: `}[preflight] Some fatal errors occurred:\n${lines}[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\``,
      2,
    );
  }

  /** What everything that changes a node asks first. */
  get privilegeProblem(): { check: string; problem: string }[] {
    if (isRoot(this.ctx)) return [];
    return [{ check: "IsPrivilegedUser", problem: "user is not running as root" }];
  }

  /** Ten digits, as Go's temporary folders end with. */
  temporaryNumber(): string {
    return Array.from({ length: 10 }, () => String(this.ctx.random(10))).join("");
  }
}

function readFlags(spec: string, words: readonly string[]): { operands: string[]; given: ReadonlyMap<string, string> } {
  const kinds = new Map<string, { name: string; bool: boolean }>();
  for (const word of spec.split(" ").filter((each) => each !== "")) {
    const [names = "", kind] = word.split(":");
    const [name = "", letter] = names.split("/");
    kinds.set(`--${name}`, { name, bool: kind === "bool" });
    if (letter !== undefined) kinds.set(`-${letter}`, { name, bool: kind === "bool" });
  }
  const operands: string[] = [];
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "-" || !word.startsWith("-")) {
      operands.push(word);
      continue;
    }
    const [, flag = word, , inline] = /^(--?[^=]+)(=(.*))?$/s.exec(word) ?? [];
    const known = kinds.get(flag);
    if (known === undefined) {
      const text = flag.startsWith("--")
        ? `unknown flag: ${flag}`
        : `unknown shorthand flag: '${flag.slice(1, 2)}' in ${flag}`;
      throw new KubeadmError(text);
    }
    const value = inline ?? (known.bool ? "true" : words[++at]);
    if (value === undefined) throw new KubeadmError(`flag needs an argument: ${flag}`);
    given.set(known.name, value);
  }
  return { operands, given };
}
