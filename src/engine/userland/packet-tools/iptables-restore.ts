/** iptables-restore: tables as iptables-save printed them, each one whole or not at all. */
import type { IptablesEdit, IptablesTable, TableName } from "../../base/packet-filter.ts";
import { IPTABLES_TABLES } from "../../base/packet-filter.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { readAll, write } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command } from "../command.ts";
import { editIptables, mayLook, packetFilter } from "./access.ts";
import { denied, unsimulated, VERSION } from "./iptables.ts";
import { IptablesError, parseRule } from "./iptables-rule.ts";
import type { Family } from "./iptables-rule.ts";

export const iptablesRestore = restoreCommand("iptables-restore", "IPv4");
export const ip6tablesRestore = restoreCommand("ip6tables-restore", "IPv6");

interface Part {
  table: TableName;
  edits: IptablesEdit[];
  /** The line of the text that each edit comes from. */
  lines: number[];
}

function restoreCommand(name: string, family: Family): Command {
  return defineCommand({
    name,
    directory: "/usr/sbin",
    usage: `Usage: ${name} [-n] [-t] [-w] [file]\n\nWrite the packet filter's rules`,
    options: { flags: "ntw", long: { noflush: "n", test: "t", wait: "w" } },
    *run(io) {
      if (!(yield* mayLook())) return yield* denied(io);
      let text = "";
      const status = yield* io.eachInput(function* (fd) {
        text = yield* readAll(fd);
      });
      if (status !== 0) return status;
      const failed = function* (line: number, why = ""): Call<number> {
        yield* write(2, `${name} ${VERSION}: ${why}\nError occurred at line: ${line}\n`);
        return 2;
      };
      let parts: Part[];
      try {
        parts = parseDump(text, { family, tables: yield* packetFilter<IptablesTable[]>(family), keep: io.has("n") });
      } catch (error) {
        if (error instanceof DumpError) return yield* failed(error.line, error.message);
        throw error;
      }
      if (io.has("t")) return 0;
      for (const { table, edits, lines } of parts) {
        try {
          const refusal = yield* editIptables(family, table, edits);
          if (refusal !== undefined) return yield* failed(lines[refusal.at] ?? 0, "line failed");
        } catch (error) {
          if (!(error instanceof SystemError) || error.errno !== "EINVAL") throw error;
          return yield* unsimulated(io);
        }
      }
      return 0;
    },
  });
}

class DumpError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** `keep`: chains that the text doesn't name stay as they are. */
function parseDump(
  text: string,
  { family, tables, keep }: { family: Family; tables: readonly IptablesTable[]; keep: boolean },
): Part[] {
  const parts: Part[] = [];
  let part: Part | undefined;
  let there = new Set<string>();
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim().replace(/^\[\d+:\d+\] /, "");
    const number = index + 1;
    if (line === "" || line.startsWith("#")) continue;
    const add = (edit: IptablesEdit): void => {
      part?.edits.push(edit);
      part?.lines.push(number);
    };
    if (line.startsWith("*")) {
      const table = IPTABLES_TABLES.find((known) => known === line.slice(1));
      if (table === undefined) throw new DumpError(number, `table '${line.slice(1)}' is not simulated`);
      part = { table, edits: [], lines: [] };
      const chains = tables.find(({ name }) => name === table)?.chains ?? [];
      there = new Set(chains.filter(({ policy }) => keep || policy !== undefined).map((chain) => chain.name));
      if (!keep) {
        add({ do: "flush" });
        add({ do: "delete-chain" });
      }
      continue;
    }
    if (part === undefined) throw new DumpError(number, `unknown line: ${line}`);
    if (line === "COMMIT") {
      parts.push(part);
      part = undefined;
    } else if (line.startsWith(":")) {
      const [chain = "", policy = "-"] = line.slice(1).split(/\s+/);
      add(there.has(chain) ? { do: "flush", chain } : { do: "new-chain", chain });
      there.add(chain);
      if (policy !== "-") add({ do: "policy", chain, policy });
    } else {
      const [letter, chain = "", ...rest] = wordsOf(line);
      if (letter !== "-A") throw new DumpError(number, `unknown line: ${line}`);
      try {
        add({ do: "append", chain, rule: parseRule(rest, part.table, family) });
      } catch (error) {
        if (error instanceof IptablesError) throw new DumpError(number, error.message);
        throw error;
      }
    }
  }
  return parts;
}

/** Words between blanks, or in double quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
