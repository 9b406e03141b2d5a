/** Zone files as RFC 1035 writes them. Upstream: miekg/dns scan.go; coredns plugin/file/{file,zone}.go. */
import type { DnsRecord, RecordType } from "../../base/dns.ts";
import { inZone, normalName } from "../../base/dns.ts";

export interface Zone {
  /** Without the final dot. */
  readonly origin: string;
  readonly authority: DnsRecord;
  readonly records: ReadonlyMap<string, readonly DnsRecord[]>;
  /** Names that have records, and all above them within the zone. */
  readonly names: ReadonlySet<string>;
  readonly serial: number;
}

/** Why a zone can't be served; the message is what the plugin says of it. */
export class ZoneError extends Error {}

const DEFAULT_TTL = 3600;
/** Types whose data are names, and which of their words. */
const NAMED: Readonly<Partial<Record<RecordType, readonly number[]>>> = {
  CNAME: [0],
  NS: [0],
  PTR: [0],
  MX: [1],
  SRV: [3],
  SOA: [0, 1],
};
const WORDS: Readonly<Partial<Record<string, number>>> = {
  A: 1,
  AAAA: 1,
  CNAME: 1,
  NS: 1,
  PTR: 1,
  MX: 2,
  SRV: 4,
  SOA: 7,
  TXT: Infinity,
};

interface Line {
  /** Whether it begins with a blank: the name before it counts on. */
  readonly indented: boolean;
  readonly words: readonly string[];
  readonly number: number;
}

/** Throws a `ZoneError`. `file` is for its words. */
export function parseZone(text: string, origin: string, file: string): Zone {
  let base = origin;
  let usual: number | undefined;
  let owner = origin;
  const records = new Map<string, DnsRecord[]>();
  for (const { indented, words, number } of linesOf(text)) {
    const wrong = (what: string): ZoneError => new ZoneError(`${file}: dns: ${what} at line: ${number}:1`);
    if (words[0] === "$ORIGIN") {
      base = absolute(words[1] ?? "", base);
      continue;
    }
    if (words[0] === "$TTL") {
      usual = secondsOf(words[1] ?? "");
      continue;
    }
    if (words[0]?.startsWith("$") === true) throw wrong(`unsupported directive: "${words[0]}"`);
    const rest = [...words];
    if (!indented) owner = absolute(rest.shift() ?? "", base);
    let ttl: number | undefined;
    while (rest[0] !== undefined && (rest[0].toUpperCase() === "IN" || secondsOf(rest[0]) !== undefined)) {
      const word = rest.shift() as string;
      ttl ??= secondsOf(word);
    }
    const type = (rest.shift() ?? "").toUpperCase() as RecordType;
    const count = WORDS[type];
    if (count === undefined) throw wrong(`unknown RR type: "${type}"`);
    if (rest.length === 0 || (count !== Infinity && rest.length !== count)) throw wrong(`bad ${type} record`);
    if (!inZone(owner, origin)) continue;
    const named = NAMED[type] ?? [];
    const data = rest
      .map((word, at) =>
        named.includes(at) ? `${absolute(word, base)}.` : type === "SOA" ? String(secondsOf(word)) : word,
      )
      .join(" ");
    const known = records.get(owner) ?? [];
    records.set(owner, [...known, { name: owner, type, ttl: ttl ?? usual ?? DEFAULT_TTL, data }]);
  }
  const authority = records.get(origin)?.find(({ type }) => type === "SOA");
  if (authority === undefined)
    throw new ZoneError(`file ${JSON.stringify(file)} has no SOA record for origin ${origin}.`);
  const names = new Set<string>();
  for (const name of records.keys())
    for (let at = name; inZone(at, origin) && !names.has(at); at = at.slice(at.indexOf(".") + 1)) {
      names.add(at);
      if (!at.includes(".")) break;
    }
  return { origin, authority, records, names, serial: Number(authority.data.split(" ")[2]) };
}

/** `@`, a relative name, or an absolute one. */
function absolute(name: string, origin: string): string {
  if (name === "@") return origin;
  if (name.endsWith(".")) return normalName(name);
  return origin === "" ? normalName(name) : `${normalName(name)}.${origin}`;
}

/** `3600`, `1h`, `2d`; undefined when it is no time. */
function secondsOf(text: string): number | undefined {
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  const unit: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let total = 0;
  for (const [, number, name = ""] of text.matchAll(/(\d+)([smhdw]?)/gi))
    total += Number(number) * (unit[name.toLowerCase()] ?? 0);
  return total;
}

/** Comments go; what stands in parentheses is one line; quoted words keep their quotes. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let open: { indented: boolean; words: string[]; number: number } | undefined;
  let depth = 0;
  for (const [at, line] of text.split("\n").entries()) {
    open ??= { indented: /^\s/.test(line), words: [], number: at + 1 };
    for (const [word] of line.matchAll(/"[^"]*"|;.*|[()]|[^\s();"]+/g)) {
      if (word === "(") depth++;
      else if (word === ")") depth--;
      else if (!word.startsWith(";")) open.words.push(word);
    }
    if (depth > 0) continue;
    if (open.words.length > 0) lines.push(open);
    open = undefined;
  }
  return lines;
}
