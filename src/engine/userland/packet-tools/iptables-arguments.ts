/** What a command line of iptables asks for. */
import type { IptablesEdit, TableName } from "../../base/packet-filter.ts";
import { IPTABLES_TABLES } from "../../base/packet-filter.ts";
import { IptablesError, parseRule } from "./iptables-rule.ts";
import type { Family } from "./iptables-rule.ts";

export interface IptablesCommand {
  table: TableName;
  /** `list` as columns, `specify` as commands; with `edit`, a change. */
  action: { do: "list" | "specify"; chain?: string } | { do: "edit"; edit: IptablesEdit };
  numeric: boolean;
  verbose: boolean;
  numbers: boolean;
}

const COMMANDS: Readonly<Record<string, string>> = {
  "--append": "-A",
  "--check": "-C",
  "--delete": "-D",
  "--insert": "-I",
  "--replace": "-R",
  "--list": "-L",
  "--list-rules": "-S",
  "--flush": "-F",
  "--zero": "-Z",
  "--new-chain": "-N",
  "--delete-chain": "-X",
  "--policy": "-P",
};
const LETTERS = "ACDIRLSFZNXP";
const NOT_SIMULATED: Readonly<Record<string, string>> = {
  "-E": "-E",
  "--rename-chain": "-E",
  "-x": "-x",
  "--exact": "-x",
};

/** Throws `IptablesError`. */
export function parseCommand(argv: readonly string[], family: Family): IptablesCommand {
  const words = argv.flatMap(unbundled);
  const flags = { numeric: false, verbose: false, numbers: false };
  let table = "filter";
  let letter: string | undefined;
  /** What stands behind the command's letter before the next option, then the rule. */
  const operands: string[] = [];
  const rule: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const command = COMMANDS[word] ?? (/^-[A-Z]$/.test(word) && LETTERS.includes(word[1] as string) ? word : undefined);
    if (command !== undefined) {
      if (letter !== undefined) throw new IptablesError(`Cannot use ${command} with ${letter}\n`);
      letter = command;
      while (at + 1 < words.length && !/^(-|!$)/.test(words[at + 1] as string)) operands.push(words[++at] as string);
    } else if (word === "-t" || word === "--table") table = words[++at] ?? "";
    else if (word === "-n" || word === "--numeric") flags.numeric = true;
    else if (word === "-v" || word === "--verbose") flags.verbose = true;
    else if (word === "--line-numbers") flags.numbers = true;
    else if (word === "-w" || word === "--wait") at += /^\d+$/.test(words[at + 1] ?? "") ? 1 : 0;
    else if (NOT_SIMULATED[word] !== undefined) throw new IptablesError(`${NOT_SIMULATED[word]} is not simulated`);
    else rule.push(word);
  }
  const name = IPTABLES_TABLES.find((known) => known === table);
  if (name === undefined)
    throw new IptablesError(`table '${table}' is not simulated: ${IPTABLES_TABLES.join(", ")} are`, 3);
  if (letter === undefined) throw new IptablesError("no command specified");
  return { table: name, action: actionOf(letter, { operands, rule, table: name, family }), ...flags };
}

/** `-nvL` is `-n -v -L`; the last of the letters takes what follows. */
function unbundled(word: string): string[] {
  return /^-[A-Za-z]{2,}$/.test(word) ? [...word.slice(1)].map((each) => `-${each}`) : [word];
}

function actionOf(
  letter: string,
  given: { operands: readonly string[]; rule: readonly string[]; table: TableName; family: Family },
): IptablesCommand["action"] {
  const { operands, rule, table, family } = given;
  const [chain, second] = operands;
  const edit = (change: IptablesEdit): IptablesCommand["action"] => ({ do: "edit", edit: change });
  const named = chain === undefined ? {} : { chain };
  if ("LS".includes(letter[1] as string)) {
    if (rule.length > 0) throw new IptablesError(`unknown option "${rule[0]}"`);
    return { do: letter === "-L" ? "list" : "specify", ...named };
  }
  if (letter === "-F") return edit({ do: "flush", ...named });
  if (letter === "-Z") return edit({ do: "zero", ...named });
  if (letter === "-X") return edit({ do: "delete-chain", ...named });
  if (chain === undefined) throw new IptablesError(`option "${letter}" requires an argument`);
  const number = (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new IptablesError(`Invalid rule number \`${text}'`);
    return value;
  };
  const read = (): ReturnType<typeof parseRule> => parseRule(rule, table, family);
  switch (letter) {
    case "-A":
      return edit({ do: "append", chain, rule: read() });
    case "-C":
      return edit({ do: "check", chain, rule: read() });
    case "-I":
      return edit({ do: "insert", chain, at: number(second ?? "1"), rule: read() });
    case "-R":
      if (second === undefined) throw new IptablesError("-R requires a rule number");
      return edit({ do: "replace", chain, at: number(second), rule: read() });
    case "-D":
      return edit({ do: "delete", chain, rule: second === undefined ? read() : number(second) });
    case "-N":
      return edit({ do: "new-chain", chain });
    default:
      if (second !== "ACCEPT" && second !== "DROP")
        throw new IptablesError(
          second === undefined
            ? "-P requires a chain and a policy"
            : `Bad policy name. Run \`dmesg' for more information.`,
          1,
        );
      return edit({ do: "policy", chain, policy: second });
  }
}
