/**
 * A node's tables of iptables once somebody besides kube-proxy has written into them, or wants to see their counters: chains
 * that hold what was written last, by whomever, and that packets go through rule by rule.
 *
 * **Simplified:** what is counted is connections, by their first packets; a jump may not be to a chain that jumps back.
 */
import { ruleText } from "../../base/iptables-text.ts";
import { IPTABLES_TABLES } from "../../base/packet-filter.ts";
import type {
  Counters,
  IptablesChain,
  IptablesEdit,
  IptablesRefusal,
  IptablesRule,
  IptablesTable,
  TableName,
} from "../../base/packet-filter.ts";
import { parseAddress } from "../address.ts";
import { matches } from "./rule-match.ts";
import type { Packet, Surroundings } from "./rule-match.ts";

/** Targets that are no chains. */
const TARGETS: ReadonlySet<string> = new Set([
  "ACCEPT",
  "DROP",
  "REJECT",
  "RETURN",
  "LOG",
  "MARK",
  "MASQUERADE",
  "DNAT",
]);
/** A packet that asks for a connection. */
const SYN_BYTES = 60;
const MOST_JUMPS = 64;

interface Entry {
  readonly rule: IptablesRule;
  packets: number;
}

interface Chain {
  readonly name: string;
  policy: string | undefined;
  passed: number;
  entries: Entry[];
}

/** What became of a packet in a table, and the rule that said so; none where it was a chain's policy. */
export interface Decision {
  readonly verdict: "ACCEPT" | "DROP" | "REJECT";
  readonly table: TableName;
  readonly chain: string;
  readonly rule?: IptablesRule;
}

export class KernelTables {
  private tables: ReadonlyMap<TableName, Map<string, Chain>>;

  constructor(tables: readonly IptablesTable[]) {
    this.tables = new Map(tables.map(({ name, chains }) => [name, chainsOf(chains)]));
  }

  has(table: TableName, chain: string): boolean {
    return this.tables.get(table)?.has(chain) === true;
  }

  snapshot(): IptablesTable[] {
    return IPTABLES_TABLES.map((name) => ({
      name,
      chains: [...(this.tables.get(name)?.values() ?? [])].sort(byPlace).map(shown),
    }));
  }

  /** True iff the tables say what these do, whatever was counted. */
  saysSame(tables: readonly IptablesTable[]): boolean {
    const text = (all: readonly IptablesTable[]): string =>
      all
        .flatMap(({ name, chains }) =>
          chains.flatMap((chain) => [
            `${name} ${chain.name} ${chain.policy ?? ""}`,
            ...chain.rules.map((rule) => ruleText(chain.name, rule)),
          ]),
        )
        .join("\n");
    return text(this.snapshot()) === text(tables);
  }

  edit(table: TableName, edits: readonly IptablesEdit[]): { at: number; why: IptablesRefusal } | undefined {
    const before = this.tables.get(table) ?? new Map<string, Chain>();
    const chains = new Map([...before].map(([name, chain]) => [name, { ...chain, entries: [...chain.entries] }]));
    for (const [at, edit] of edits.entries()) {
      const why = change(chains, edit);
      if (why !== undefined) return { at, why };
    }
    this.tables = new Map([...this.tables, [table, chains]]);
    return undefined;
  }

  /** Puts a chain's rules in place of those that it has, as iptables-restore does. */
  write(table: TableName, { name, policy, rules }: IptablesChain): void {
    const chains = this.tables.get(table);
    const entries = rules.map((rule) => ({ rule, packets: 0 }));
    chains?.set(name, { name, policy: chains.get(name)?.policy ?? policy, passed: 0, entries });
  }

  /** Puts what is missing of `rules` before what the chain has. */
  ensure(table: TableName, chain: string, rules: readonly IptablesRule[]): void {
    const entries = this.tables.get(table)?.get(chain)?.entries;
    if (entries === undefined) return;
    const there = new Set(entries.map(({ rule }) => ruleText(chain, rule)));
    const missing = rules.filter((rule) => !there.has(ruleText(chain, rule)));
    entries.unshift(...missing.map((rule) => ({ rule, packets: 0 })));
  }

  remove(table: TableName, chain: string): void {
    this.tables.get(table)?.delete(chain);
  }

  chainNames(table: TableName): string[] {
    return [...(this.tables.get(table)?.keys() ?? [])];
  }

  /** Sends a packet through a built-in chain of a table. In nat, its addresses are changed. */
  pass(table: TableName, hook: string, { packet, around }: { packet: Packet; around: Surroundings }): Decision {
    const chains = this.tables.get(table);
    const chain = chains?.get(hook);
    if (chains === undefined || chain === undefined) return { verdict: "ACCEPT", table, chain: hook };
    const decision = walk(chains, { chain, table, depth: 0 }, { packet, around });
    if (decision !== undefined) return decision;
    chain.passed++;
    return { verdict: chain.policy === "DROP" ? "DROP" : "ACCEPT", table, chain: hook };
  }
}

function walk(
  chains: ReadonlyMap<string, Chain>,
  at: { chain: Chain; table: TableName; depth: number },
  met: { packet: Packet; around: Surroundings },
): Decision | undefined {
  const { chain, table, depth } = at;
  const { packet, around } = met;
  for (const entry of chain.entries) {
    const { rule } = entry;
    if (!matches(rule, packet, around)) continue;
    entry.packets++;
    const { target, options } = rule;
    const decided = (verdict: Decision["verdict"]): Decision => ({ verdict, table, chain: chain.name, rule });
    switch (target) {
      case undefined:
      case "LOG":
        break;
      case "ACCEPT":
      case "DROP":
      case "REJECT":
        return decided(target);
      case "RETURN":
        return undefined;
      case "MARK":
        packet.mark = markedBy(options?.save ?? "", packet.mark);
        break;
      case "MASQUERADE":
        return decided("ACCEPT");
      case "DNAT":
        translate(packet, options?.save ?? "");
        return decided("ACCEPT");
      default: {
        const next = chains.get(target);
        if (next === undefined || depth > MOST_JUMPS) break;
        const decision = walk(chains, { chain: next, table, depth: depth + 1 }, met);
        if (decision !== undefined) return decision;
      }
    }
  }
  return undefined;
}

/** `--set-xmark value/mask`: the mask's bits are cleared, then the value's are turned over. */
function markedBy(save: string, mark: number): number {
  const [, value = "0", mask = "0xffffffff"] = /--set-x?mark (\w+)(?:\/(\w+))?/.exec(save) ?? [];
  return (mark & ~Number(mask)) ^ Number(value);
}

function translate(packet: Packet, save: string): void {
  const [, six, plain, port] = /--to-destination (?:\[([^\]]+)\]|([^:\s]+))(?::(\d+))?/.exec(save) ?? [];
  const address = parseAddress(six ?? plain ?? "");
  if (address < 0) return;
  packet.destination = address;
  if (port !== undefined) packet.port = Number(port);
  packet.translated = true;
}

function change(chains: Map<string, Chain>, edit: IptablesEdit): IptablesRefusal | undefined {
  const chain = edit.chain === undefined ? undefined : chains.get(edit.chain);
  if (edit.do === "new-chain") {
    if (chain !== undefined) return "chain-exists";
    chains.set(edit.chain, { name: edit.chain, policy: undefined, passed: 0, entries: [] });
    return undefined;
  }
  if (edit.chain !== undefined && chain === undefined) return "no-chain";
  const each = chain === undefined ? [...chains.values()] : [chain];
  switch (edit.do) {
    case "flush":
      for (const one of each) one.entries = [];
      return undefined;
    case "zero":
      for (const one of each) {
        one.passed = 0;
        one.entries = one.entries.map(({ rule }) => ({ rule, packets: 0 }));
      }
      return undefined;
    case "delete-chain":
      return deleteChains(chains, each, chain !== undefined);
  }
  if (chain === undefined) return "no-chain";
  if (edit.do === "policy") {
    if (chain.policy === undefined) return "not-built-in";
    chain.policy = edit.policy;
    return undefined;
  }
  return changeRules(chains, chain, edit);
}

function deleteChains(chains: Map<string, Chain>, each: readonly Chain[], one: boolean): IptablesRefusal | undefined {
  const own = each.filter(({ policy }) => policy === undefined);
  if (one && own.length === 0) return "chain-busy";
  const going = new Set(own.map(({ name }) => name));
  const used = (name: string): boolean =>
    [...chains.values()].some(
      (chain) => !going.has(chain.name) && chain.entries.some(({ rule }) => rule.target === name),
    );
  if (own.some(({ name, entries }) => entries.length > 0 || used(name))) return "chain-busy";
  for (const name of going) chains.delete(name);
  return undefined;
}

function changeRules(
  chains: ReadonlyMap<string, Chain>,
  chain: Chain,
  edit: Extract<IptablesEdit, { rule: unknown }>,
): IptablesRefusal | undefined {
  const { entries } = chain;
  if (typeof edit.rule === "number") {
    if (edit.rule > entries.length) return "number-too-big";
    entries.splice(edit.rule - 1, 1);
    return undefined;
  }
  const { rule } = edit;
  const entry = { rule, packets: 0 };
  const { target } = rule;
  if (target !== undefined && !TARGETS.has(target) && !chains.has(target)) return "no-target";
  switch (edit.do) {
    case "append":
      entries.push(entry);
      return undefined;
    case "insert":
      if (edit.at > entries.length + 1) return "number-too-big";
      entries.splice(edit.at - 1, 0, entry);
      return undefined;
    case "replace":
      if (edit.at > entries.length) return "number-too-big";
      entries.splice(edit.at - 1, 1, entry);
      return undefined;
    case "check":
    case "delete": {
      const text = ruleText(chain.name, rule);
      const at = entries.findIndex((each) => ruleText(chain.name, each.rule) === text);
      if (at < 0) return "no-such-rule";
      if (edit.do === "delete") entries.splice(at, 1);
      return undefined;
    }
  }
}

const BUILT_IN = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

/** The order of a dump: built-in chains as packets meet them, the others by name. */
export function byPlace(a: { name: string }, b: { name: string }): number {
  const rank = ({ name }: { name: string }): number => BUILT_IN.indexOf(name);
  const [first, second] = [rank(a), rank(b)];
  if (first < 0 && second < 0) return a.name < b.name ? -1 : 1;
  return first < 0 ? 1 : second < 0 ? -1 : first - second;
}

function chainsOf(chains: readonly IptablesChain[]): Map<string, Chain> {
  return new Map(
    chains.map(({ name, policy, rules }) => [
      name,
      { name, policy, passed: 0, entries: rules.map((rule) => ({ rule, packets: 0 })) },
    ]),
  );
}

function shown({ name, policy, passed, entries }: Chain): IptablesChain {
  const counters = (packets: number): Counters => ({ packets, bytes: packets * SYN_BYTES });
  return {
    name,
    ...(policy !== undefined && { policy }),
    rules: entries.map(({ rule }) => rule),
    counters: { policy: counters(passed), rules: entries.map(({ packets }) => counters(packets)) },
  };
}
