/**
 * Rules as iptables takes them: the part of a command line behind the chain. Upstream: iptables(8), iptables-extensions(8).
 *
 * **Simplified:** of matches there are tcp, udp, multiport, comment, conntrack, state, mark, addrtype, recent and statistic, of targets
 * ACCEPT, DROP, REJECT, RETURN, LOG, MARK, MASQUERADE and DNAT; whatever else there is is refused by name.
 */
import type { IptablesRule } from "../../base/packet-filter.ts";
import { servicePort } from "../service-names.ts";

type Piece = { save: string; list: string };
export type Family = "IPv4" | "IPv6";

/** What is wrong with a command line, in iptables' words. */
export class IptablesError extends Error {
  readonly status: number;

  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

/** The words of a rule, read from the left. */
class Words {
  private readonly words: readonly string[];
  private at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  next(): string | undefined {
    return this.words[this.at++];
  }

  peek(): string | undefined {
    return this.words[this.at];
  }

  value(option: string): string {
    const word = this.next();
    if (word === undefined) throw new IptablesError(`option "${option}" requires an argument`);
    return word;
  }
}

interface Draft {
  rule: IptablesRule;
  matches: Piece[];
  /** Names of -m that take further options. */
  loaded: Set<string>;
  /** Options of the target. */
  options: Piece[];
}

/** Reads options until there are none; throws `IptablesError` for what it doesn't know. */
export function parseRule(words: readonly string[], table: string, family: Family): IptablesRule {
  const rest = new Words(words);
  const draft: Draft = { rule: {}, matches: [], loaded: new Set(), options: [] };
  let not = false;
  for (let word = rest.next(); word !== undefined; word = rest.next()) {
    if (word === "!") {
      not = true;
      continue;
    }
    if (!readOption(draft, word, { rest, not, family }) && !readMatch(draft, word, { rest, not }))
      throw new IptablesError(word.startsWith("-") ? `unknown option "${word}"` : `Bad argument \`${word}'`);
    not = false;
  }
  return finished(draft, table, family);
}

function finished({ rule, matches, options }: Draft, table: string, family: Family): IptablesRule {
  const { target, protocol } = rule;
  if (table === "nat" && (target === "DROP" || target === "REJECT"))
    throw new IptablesError(
      `\nThe "nat" table is not intended for filtering, the use of ${target} is therefore inhibited.\n\n`,
    );
  if (table !== "nat" && (target === "DNAT" || target === "MASQUERADE"))
    throw new IptablesError(` RULE_APPEND failed (Invalid argument): rule in chain`, 4);
  if (target === "REJECT" && options.length === 0) {
    const icmp = family === "IPv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
    options.push({ save: `--reject-with ${icmp}`, list: `reject-with ${icmp}` });
  }
  if (target === "DNAT" && options.length === 0)
    throw new IptablesError('DNAT: option "--to-destination" must be specified');
  if (protocol === undefined && matches.some(({ save }) => /--dports? /.test(save)))
    throw new IptablesError('unknown option "--dport"');
  return {
    ...rule,
    ...(matches.length > 0 && { matches }),
    ...(options.length > 0 && {
      options: {
        save: options.map(({ save }) => save).join(" "),
        list: options.map(({ list }) => list).join(" "),
      },
    }),
  };
}

interface Reading {
  rest: Words;
  not: boolean;
}

/** Options that every rule may have, and those of targets. */
function readOption(
  { rule, options }: Draft,
  word: string,
  { rest, not, family }: Reading & { family: Family },
): boolean {
  const bang = not ? "! " : "";
  switch (word) {
    case "-s":
    case "--source":
    case "--src":
      rule.source = bang + addressText(rest.value(word), family);
      return true;
    case "-d":
    case "--destination":
    case "--dst":
      rule.destination = bang + addressText(rest.value(word), family);
      return true;
    case "-i":
    case "--in-interface":
      rule.inInterface = bang + rest.value(word);
      return true;
    case "-o":
    case "--out-interface":
      rule.outInterface = bang + rest.value(word);
      return true;
    case "-p":
    case "--protocol": {
      const name = rest.value(word).toLowerCase();
      if (name === "all") return true;
      if (name !== "tcp" && name !== "udp" && name !== "icmp")
        throw new IptablesError(`protocol ${name} is not simulated: tcp, udp and icmp are`);
      rule.protocol = name;
      return true;
    }
    case "-j":
    case "--jump":
      rule.target = rest.value(word);
      return true;
    case "--reject-with": {
      const how = rest.value(word);
      options.push({ save: `--reject-with ${how}`, list: `reject-with ${how}` });
      return true;
    }
    case "--to-destination": {
      const to = rest.value(word);
      options.push({ save: `--to-destination ${to}`, list: `to:${to}` });
      return true;
    }
    case "--log-prefix": {
      const prefix = rest.value(word);
      options.push({ save: `--log-prefix "${prefix}"`, list: `LOG flags 0 level 4 prefix "${prefix}"` });
      return true;
    }
    case "--set-mark":
    case "--set-xmark": {
      const [value = "", mask = "0xffffffff"] = rest.value(word).split("/");
      const text = `0x${Number(value).toString(16)}`;
      options.push({ save: `--set-xmark ${text}/${mask}`, list: `MARK set ${text}` });
      return true;
    }
    case "--random-fully":
      options.push({ save: word, list: "random-fully" });
      return true;
    default:
      return false;
  }
}

const MODULES: ReadonlySet<string> = new Set([
  "tcp",
  "udp",
  "multiport",
  "comment",
  "conntrack",
  "state",
  "mark",
  "addrtype",
  "recent",
  "statistic",
]);

function readMatch({ rule, matches, loaded }: Draft, word: string, { rest, not }: Reading): boolean {
  const bang = not ? " !" : "";
  const add = (save: string, list: string): boolean => matches.push({ save, list }) > 0;
  const protocol = rule.protocol ?? "";
  switch (word) {
    case "-m":
    case "--match": {
      const name = rest.value(word);
      if (!MODULES.has(name)) throw new IptablesError(`match ${name} is not simulated: ${[...MODULES].join(", ")} are`);
      loaded.add(name);
      // kube-proxy's rules for endpoints have the protocol's match with nothing behind it.
      if (name === protocol && !/^(!|--[ds]port|--(destination|source)-port)$/.test(rest.peek() ?? ""))
        return add(`-m ${name}`, name);
      return name === "recent" ? add(...recentPiece(rest)) : true;
    }
    case "--comment":
      rule.comment = rest.value(word);
      return true;
    case "--dport":
    case "--destination-port": {
      if (protocol !== "tcp" && protocol !== "udp") throw new IptablesError(`unknown option "${word}"`);
      const ports = portsOf(rest.value(word));
      return add(
        `-m ${protocol}${bang} --dport ${ports}`,
        `${protocol} ${ports.includes(":") ? "dpts" : "dpt"}:${not ? "!" : ""}${ports}`,
      );
    }
    case "--dports":
    case "--destination-ports": {
      if (!loaded.has("multiport") || protocol === "") throw new IptablesError(`unknown option "${word}"`);
      const ports = rest
        .value(word)
        .split(",")
        .map((port) => portsOf(port))
        .join(",");
      return add(`-m multiport${bang} --dports ${ports}`, `multiport dports ${not ? " !" : ""}${ports}`);
    }
    case "--sport":
    case "--source-port":
      throw new IptablesError(`${word} is not simulated: clients have no ports of their own here`);
    case "--ctstate": {
      if (!loaded.has("conntrack")) throw new IptablesError(`unknown option "${word}"`);
      const states = rest.value(word);
      return add(`-m conntrack${bang} --ctstate ${states}`, `${not ? "! " : ""}ctstate ${states}`);
    }
    case "--state": {
      if (!loaded.has("state")) throw new IptablesError(`unknown option "${word}"`);
      const states = rest.value(word);
      return add(`-m state${bang} --state ${states}`, `${not ? "! " : ""}state ${states}`);
    }
    case "--mark": {
      const mark = rest.value(word);
      return add(`-m mark${bang} --mark ${mark}`, `mark match ${not ? "! " : ""}${mark}`);
    }
    case "--dst-type":
    case "--src-type": {
      const kind = rest.value(word);
      if (kind !== "LOCAL") throw new IptablesError(`address type ${kind} is not simulated: LOCAL is`);
      return add(`-m addrtype${bang} ${word} LOCAL`, `ADDRTYPE match ${not ? "! " : ""}${word.slice(2)} LOCAL`);
    }
    case "--mode":
      if (rest.value(word) !== "random") throw new IptablesError('statistic: mode "nth" is not simulated');
      return true;
    case "--probability": {
      const share = Number(rest.value(word)).toFixed(11);
      return add(`-m statistic --mode random --probability ${share}`, `statistic mode random probability ${share}`);
    }
    default:
      return false;
  }
}

/** `-m recent` as kube-proxy writes it, for session affinity. */
function recentPiece(rest: Words): [save: string, list: string] {
  const words: string[] = [];
  while (rest.peek() !== undefined && !/^-[a-z]$/.test(rest.peek() ?? "")) words.push(rest.value("-m recent"));
  const text = words.join(" ");
  const [, action, seconds, name, mask] =
    /^--(set|rcheck)(?: --seconds (\d+) --reap)? --name (\S+) --mask (\S+) --rsource$/.exec(text) ?? [];
  if (action === undefined) throw new IptablesError(`-m recent ${text} is not simulated`);
  const check = action === "set" ? "SET" : `CHECK seconds: ${seconds} reap`;
  return [`-m recent ${text}`, `recent: ${check} name: ${name} side: source mask: ${mask}`];
}

/** `80`, `http` or `8000:8090`. */
function portsOf(text: string): string {
  const each = text.split(":").map((part) => (/^\d+$/.test(part) ? Number(part) : servicePort(part)));
  if (each.length > 2 || each.some((port) => port === undefined || port > 65_535))
    throw new IptablesError(`invalid port/service \`${text}' specified`);
  return each.join(":");
}

/** An address or a range, as a dump has it: bits behind the mask are cleared, and one address has no mask. */
function addressText(text: string, family: Family): string {
  const [address = "", mask] = text.split("/");
  if (family === "IPv6") {
    if (!address.includes(":")) throw new IptablesError(`host/network \`${text}' not found`);
    return mask === "128" ? address : text;
  }
  const octets = address.split(".").map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet) || octet > 255))
    throw new IptablesError(`host/network \`${address}' not found`);
  if (mask === undefined || mask === "32") return address;
  const bits = Number(mask);
  if (!Number.isInteger(bits) || bits < 0 || bits > 32) throw new IptablesError(`invalid mask \`${mask}' specified`);
  const cleared = octets.map((octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - at * 8))) & 0xff);
  return `${cleared.join(".")}/${bits}`;
}
