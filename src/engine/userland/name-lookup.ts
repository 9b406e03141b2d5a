/** What the tools that ask name servers share: resolv.conf, the search list, one question to the first server that answers. */
import type { DnsMessage, DnsQuestion, DnsRecord } from "../base/dns.ts";
import { SystemError } from "../base/program.ts";
import type { Errno, FileSystem } from "../base/program.ts";
import type { Call } from "../base/syscalls.ts";
import { query } from "../base/syscalls.ts";

export interface ResolvConf {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

export function readResolvConf(fs: FileSystem): ResolvConf {
  const text = fs.exists("/etc/resolv.conf") ? fs.readFile("/etc/resolv.conf") : "";
  const words = (keyword: string): string[] =>
    [...text.matchAll(new RegExp(`^${keyword}\\s+(.*)$`, "gm"))].flatMap(([, rest = ""]) => rest.trim().split(/\s+/));
  const servers = words("nameserver");
  const ndots = words("options").find((option) => option.startsWith("ndots:"));
  return {
    servers: servers.length === 0 ? ["127.0.0.1"] : servers,
    search: words("search"),
    ndots: Number(ndots?.slice("ndots:".length) ?? 1),
  };
}

/** The names to try, in their order. */
export function searched(name: string, { search, ndots }: ResolvConf): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const longer = search.map((domain) => `${name}.${domain.replace(/\.$/, "")}`);
  return name.split(".").length - 1 >= ndots ? [name, ...longer] : [...longer, name];
}

export interface Asked {
  readonly server: string;
  /** The answer by a datagram was not all there, and it was asked again by a connection. */
  readonly again?: boolean;
  readonly message: DnsMessage;
  readonly ms: number;
}

/** Why no server answered: the last one's way to fail. */
export interface Unanswered {
  readonly server: string;
  readonly errno: Errno;
  /** How often each was tried. */
  readonly tries: number;
}

export interface HowToAsk {
  servers: readonly string[];
  port: number;
  timeoutMs: number;
  tcp?: boolean;
  /** What doesn't fit into a datagram is asked for again by a connection. */
  whole?: boolean;
  tries: number;
  now: () => number;
}

/** Asks one server after the other, all of them `tries` times. */
export function* ask(question: DnsQuestion, how: HowToAsk): Call<Asked | Unanswered> {
  let errno: Errno = "ETIMEDOUT";
  const began = how.now();
  for (let attempt = 0; attempt < how.tries; attempt++) {
    for (const server of how.servers) {
      try {
        const { port, timeoutMs, tcp = false, whole = false } = how;
        const message = yield* query(question, { server, port, timeoutMs, tcp });
        if (message.truncated !== true || !whole || tcp) return { server, message, ms: how.now() - began };
        const all = yield* query(question, { server, port, timeoutMs, tcp: true });
        return { server, message: all, ms: how.now() - began, again: true };
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        errno = error.errno;
      }
    }
  }
  return { server: how.servers.at(-1) ?? "", errno, tries: how.tries };
}

const REASONS: Partial<Record<Errno, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
};

/** `timed out`, `connection refused` …: as the tools of BIND say it. */
export function reasonOf(errno: Errno): string {
  return REASONS[errno] ?? "timed out";
}

/** Where the aliases in an answer lead from `name`. */
export function canonical(name: string, answer: readonly DnsRecord[]): string {
  let found = name;
  for (let steps = 0; steps < answer.length; steps++) {
    const alias = answer.find((record) => record.type === "CNAME" && record.name === found);
    if (alias === undefined) break;
    found = alias.data.replace(/\.$/, "");
  }
  return found;
}

/** Bytes of a message on the wire, names written out, with EDNS and the client's cookie. */
export function wireSize(question: DnsQuestion, message: DnsMessage): number {
  const name = (text: string): number => (text === "" || text === "." ? 1 : text.replace(/\.$/, "").length + 2);
  const data = ({ type, data: text }: DnsRecord): number => {
    const words = text.split(" ");
    if (type === "A") return 4;
    if (type === "AAAA") return 16;
    if (type === "SRV") return 6 + name(words[3] ?? "");
    if (type === "MX") return 2 + name(words[1] ?? "");
    if (type === "SOA") return name(words[0] ?? "") + name(words[1] ?? "") + 20;
    return type === "TXT" ? text.length - 1 : name(text);
  };
  const records = [...message.answer, ...message.authority, ...message.additional];
  return (
    records.reduce((sum, record) => sum + name(record.name) + 10 + data(record), 12 + name(question.name) + 4) + 23
  );
}
