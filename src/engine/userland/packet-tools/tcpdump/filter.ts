/**
 * The expressions by which tcpdump chooses packets. Upstream: pcap-filter(7).
 *
 * **Simplified:** hosts, networks, ports, protocols and the flags of TCP; no offsets into packets besides these.
 */
import type { Packet } from "../../../base/packets.ts";
import { ipv4Range } from "../ipv4-range.ts";

export type Matcher = (packet: Packet) => boolean;

/** Thrown with libpcap's words. */
export class FilterError extends Error {}

const SYNTAX = "can't parse filter expression: syntax error";
const PROTOCOLS = new Set(["tcp", "udp", "icmp", "icmp6", "ip", "ip6"]);
const DIRECTIONS = new Set(["src", "dst"]);
const TYPES = new Set(["host", "net", "port", "portrange"]);
const JOINS = new Set(["and", "or", "&&", "||", ")"]);
/** Lowest bits first: FIN, SYN, RST, PUSH, ACK, URG. */
const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, ".": 16 };
const FLAG_NAMES: Readonly<Record<string, number>> = {
  "tcp-fin": 1,
  "tcp-syn": 2,
  "tcp-rst": 4,
  "tcp-push": 8,
  "tcp-ack": 16,
  "tcp-urg": 32,
};

interface Qualifiers {
  protocol: string | undefined;
  /** `src`, `dst`, `src or dst`, `src and dst`. */
  direction: string;
  type: string;
}

/** `address`: the addresses of a host's name, and of a network's text; `port`: of a service's name. */
export interface Names {
  addresses(host: string): readonly string[];
  port(service: string): number | undefined;
}

export function filterOf(expression: string, names: Names): Matcher {
  const words = wordsOf(expression);
  if (words.length === 0) return () => true;
  const parser = new Parser(words, names);
  const matcher = parser.either();
  if (!parser.done) throw new FilterError(SYNTAX);
  return matcher;
}

/** `tcp[tcpflags] & (tcp-syn|tcp-ack) != 0` is one word. */
function wordsOf(expression: string): string[] {
  const pattern =
    /tcp\s*\[[^\]]*\]\s*(?:&\s*(?:\([^)]*\)|[\w-]+)\s*)?(?:==|!=|=)\s*(?:\([^)]*\)|[\w-]+)|&&|\|\||[()!]|[^\s()!]+/g;
  return expression.match(pattern) ?? [];
}

class Parser {
  private readonly words: readonly string[];
  private readonly names: Names;
  private at = 0;
  /** What a bare value goes on with: `port 80 or 443`. */
  private last: Qualifiers | undefined;

  constructor(words: readonly string[], names: Names) {
    this.words = words;
    this.names = names;
  }

  get done(): boolean {
    return this.at === this.words.length;
  }

  /** Upstream, `and` and `or` bind alike, from left to right. */
  either(): Matcher {
    let matcher = this.one();
    for (let join = this.join(); join !== undefined; join = this.join()) {
      const [left, right] = [matcher, this.one()];
      matcher = join === "or" ? (packet) => left(packet) || right(packet) : (packet) => left(packet) && right(packet);
    }
    return matcher;
  }

  private join(): "and" | "or" | undefined {
    const word = this.words[this.at];
    if (word === "and" || word === "&&") return (this.at++, "and");
    return word === "or" || word === "||" ? (this.at++, "or") : undefined;
  }

  private one(): Matcher {
    const word = this.words[this.at];
    if (word === undefined) throw new FilterError(SYNTAX);
    if (word === "not" || word === "!") {
      this.at++;
      const inner = this.one();
      return (packet) => !inner(packet);
    }
    if (word === "(") {
      this.at++;
      const inner = this.either();
      if (this.words[this.at++] !== ")") throw new FilterError(SYNTAX);
      return inner;
    }
    if (/^tcp\s*\[/.test(word)) return (this.at++, flagsMatcher(word));
    if (word === "greater" || word === "less") throw new FilterError(`${word} is not simulated`);
    return this.primitive();
  }

  private primitive(): Matcher {
    const protocol = this.take(PROTOCOLS);
    let direction = this.take(DIRECTIONS) ?? "";
    const [joined = "", other = ""] = this.words.slice(this.at, this.at + 2);
    if (direction !== "" && (joined === "or" || joined === "and") && DIRECTIONS.has(other)) {
      direction = `${direction} ${joined} ${other}`;
      this.at += 2;
    }
    const type = this.take(TYPES);
    const value = this.words[this.at];
    const bare = protocol === undefined && direction === "" && type === undefined;
    if (protocol !== undefined && direction === "" && type === undefined && (value === undefined || JOINS.has(value)))
      return (packet) => isOf(packet, protocol);
    if (value === undefined || JOINS.has(value) || value === "(") throw new FilterError(SYNTAX);
    const how = bare
      ? (this.last ?? { protocol, direction, type: "host" })
      : { protocol, direction, type: type ?? "host" };
    if (bare && this.last === undefined && !/[.:]/.test(value)) throw new FilterError(SYNTAX);
    this.at++;
    this.last = how;
    return this.matcher(how, value);
  }

  private take(known: ReadonlySet<string>): string | undefined {
    const word = this.words[this.at];
    if (word === undefined || !known.has(word)) return undefined;
    this.at++;
    return word;
  }

  private matcher({ protocol, direction, type }: Qualifiers, value: string): Matcher {
    const one = type.startsWith("port") ? this.ports(value, type) : type === "net" ? network(value) : this.host(value);
    const source: Matcher = (packet) => one(packet.source, sourcePort(packet));
    const destination: Matcher = (packet) => one(packet.destination, destinationPort(packet));
    const matcher: Matcher =
      direction === "src"
        ? source
        : direction === "dst"
          ? destination
          : direction.includes("and")
            ? (packet) => source(packet) && destination(packet)
            : (packet) => source(packet) || destination(packet);
    return protocol === undefined ? matcher : (packet) => isOf(packet, protocol) && matcher(packet);
  }

  private host(value: string): (address: string) => boolean {
    const addresses = this.names.addresses(value);
    return (address) => addresses.includes(address);
  }

  private ports(value: string, type: string): (address: string, port: number | undefined) => boolean {
    const [first = "", last = first] = type === "portrange" ? value.split("-") : [value];
    const [from, to] = [first, last].map((text) => (/^\d+$/.test(text) ? Number(text) : this.names.port(text)));
    if (from === undefined || to === undefined) throw new FilterError(`unknown port '${value}'`);
    return (_, port) => port !== undefined && port >= from && port <= to;
  }
}

function sourcePort({ body }: Packet): number | undefined {
  return body.kind === "icmp" ? undefined : body.sourcePort;
}

function destinationPort({ body }: Packet): number | undefined {
  return body.kind === "icmp" ? undefined : body.destinationPort;
}

function isOf({ source, body }: Packet, protocol: string): boolean {
  const six = source.includes(":");
  if (protocol === "ip") return !six;
  if (protocol === "ip6") return six;
  if (protocol === "icmp" || protocol === "icmp6") return body.kind === "icmp" && six === (protocol === "icmp6");
  return body.kind === protocol;
}

function network(value: string): (address: string) => boolean {
  const within = ipv4Range(value);
  if (within === undefined) throw new FilterError(`unknown network '${value}'`);
  return within;
}

function flagsMatcher(word: string): Matcher {
  const [, what = "", mask = "", operator = "", wanted = ""] =
    /^tcp\s*\[\s*([^\]]*?)\s*\]\s*(?:&\s*(\([^)]*\)|[\w-]+)\s*)?(==|!=|=)\s*(\([^)]*\)|[\w-]+)$/.exec(word) ?? [];
  if (what !== "tcpflags" && what !== "13") throw new FilterError(`tcp[${what}] is not simulated: tcp[tcpflags] is`);
  const [bits, value] = [mask === "" ? 255 : numberOf(mask), numberOf(wanted)];
  return ({ body }) => {
    if (body.kind !== "tcp") return false;
    const flags = [...body.flags].reduce((sum, flag) => sum | (FLAG_BITS[flag] ?? 0), 0);
    return ((flags & bits) === value) === (operator !== "!=");
  };
}

function numberOf(text: string): number {
  return text
    .replace(/^\(|\)$/g, "")
    .split("|")
    .map((each) => each.trim())
    .reduce((sum, each) => {
      const value = FLAG_NAMES[each] ?? (/^(0x[\da-f]+|\d+)$/i.test(each) ? Number(each) : undefined);
      if (value === undefined) throw new FilterError(SYNTAX);
      return sum | value;
    }, 0);
}
