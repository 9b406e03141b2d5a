/**
 * The stub resolver of a container or host: hosts file, then resolv.conf's search list and name servers.
 * Upstream: glibc resolv/res_query.c, res_send.c; resolv.conf(5).
 *
 * **Simplified:** who has no IPv6 address asks for none, and who has one sorts them first, as glibc does between a pod's
 * unique local addresses; `rotate` and the like make no difference.
 */
import type { DnsMessage } from "../base/dns.ts";
import { normalName } from "../base/dns.ts";
import type { Errno } from "../base/program.ts";
import { isLoopback, parseAddress } from "./address.ts";
import type { Fabric } from "./fabric.ts";
import type { Verdict } from "./policy/policies.ts";
import type { StationPort } from "./port.ts";
import { query } from "./query.ts";
import type { TracedQuery } from "./query.ts";
import type { ResolverConfig } from "./resolver-config.ts";
import { denial } from "./trace.ts";

export interface Resolution {
  readonly host: string;
  /** Never empty unless `errno` is set. */
  readonly addresses: readonly string[];
  readonly errno?: Errno;
  readonly latencyMs: number;
  /** Which source answered, and what. */
  readonly how: string;
  /** The network policies' verdict that kept the name server out of reach, when that is why. */
  readonly denied?: Verdict;
  /** The question that decided it, and its way; absent when none was asked. */
  readonly asked?: { readonly name: string; readonly query: TracedQuery };
  /** Names of the search list that were asked for before that one, and what came of each. */
  readonly before?: readonly { readonly name: string; readonly query: TracedQuery }[];
}

/** Most that Linux takes of an option. */
const MAX_TIMEOUT_S = 30;
const MAX_ATTEMPTS = 5;

const HOST_CONFIG: ResolverConfig = { nameservers: [], searches: [], options: [], ndots: 1 };

export class Resolver {
  private readonly fabric: Fabric;
  private readonly port: StationPort;
  private readonly hosts: string | (() => string);
  readonly config: ResolverConfig;
  private readonly attempts: number;
  private readonly timeoutMs: number;
  private hostsText = "";
  private hostsTable: ReadonlyMap<string, string[]> = new Map();

  constructor(
    fabric: Fabric,
    port: StationPort,
    options: { hosts: string | (() => string); config: ResolverConfig | undefined },
  ) {
    this.fabric = fabric;
    this.port = port;
    this.hosts = options.hosts;
    this.config = options.config ?? HOST_CONFIG;
    this.timeoutMs = Math.min(numberOption(this.config, "timeout", 5), MAX_TIMEOUT_S) * 1000;
    this.attempts = Math.min(numberOption(this.config, "attempts", 2), MAX_ATTEMPTS);
  }

  lookup(host: string): Resolution {
    if (parseAddress(host) >= 0) return { host, addresses: [host], latencyMs: 0, how: `${host} is an address` };
    const listed = this.fromHostsFile(host);
    if (listed !== undefined) {
      return { host, addresses: listed, latencyMs: 0, how: `${host} is ${listed.join(", ")} in /etc/hosts` };
    }
    if (host === "localhost")
      return { host, addresses: ["::1", "127.0.0.1"], latencyMs: 0, how: "localhost is ::1, 127.0.0.1" };
    return this.fromNameServers(host);
  }

  private fromHostsFile(host: string): string[] | undefined {
    const text = typeof this.hosts === "string" ? this.hosts : this.hosts();
    if (text !== this.hostsText) {
      this.hostsText = text;
      this.hostsTable = parseHosts(text);
    }
    const listed = this.hostsTable.get(host);
    return listed === undefined || listed.length < 2 ? listed : this.inOrder(listed);
  }

  /** As getaddrinfo sorts them (RFC 6724): ::1 comes first, and last what there is no source address for. */
  private inOrder(addresses: readonly string[]): string[] {
    const { second } = this.port.station;
    const rank = (text: string): number =>
      !text.includes(":") ? 1 : second >= 0 || isLoopback(parseAddress(text)) ? 0 : 2;
    return addresses.toSorted((a, b) => rank(a) - rank(b));
  }

  /** Asks for one name after the other until one has addresses. */
  private fromNameServers(host: string): Resolution {
    if (this.config.nameservers.length === 0) {
      return { host, addresses: [], errno: "ENOTFOUND", latencyMs: 0, how: `no name server knows ${host}` };
    }
    let latencyMs = 0;
    let troubled: Resolution["asked"];
    let last: Resolution["asked"];
    const tried: NonNullable<Resolution["asked"]>[] = [];
    for (const name of candidates(host, this.config)) {
      const after = latencyMs;
      const asked = this.ask(name, { after });
      latencyMs += asked.latencyMs;
      const { message } = asked.query;
      last = { name, query: asked.query };
      const before = tried.length === 0 ? {} : { before: [...tried] };
      tried.push(last);
      if (message === undefined) {
        const how = `name server ${asked.server}: ${asked.query.failure?.why ?? ""}`;
        const denied = denial(asked.query.trace);
        const why = denied === undefined ? {} : { denied };
        return { host, addresses: [], errno: "EAI_AGAIN", latencyMs, how, asked: last, ...before, ...why };
      }
      const addresses = [...this.otherFamily(name, after), ...addressesOf(message, "A")];
      if (addresses.length > 0) {
        return { host, addresses, latencyMs, how: `${name} is ${addresses.join(", ")}`, asked: last, ...before };
      }
      if (message.rcode !== "NOERROR" && message.rcode !== "NXDOMAIN") troubled ??= last;
    }
    if (troubled !== undefined) {
      const how = `${troubled.query.message?.rcode}: the name server could not find out about ${troubled.name}`;
      return {
        host,
        addresses: [],
        errno: "EAI_AGAIN",
        latencyMs,
        how,
        asked: troubled,
        before: tried.slice(0, tried.indexOf(troubled)),
      };
    }
    const how = `NXDOMAIN: no name ${host} in the cluster`;
    const before = { before: tried.slice(0, -1) };
    return {
      host,
      addresses: [],
      errno: "ENOTFOUND",
      latencyMs,
      how,
      ...(last !== undefined && { asked: last, ...before }),
    };
  }

  /** IPv6 addresses of the name, for who has one; they are asked for together with the others, and take no further time. */
  private otherFamily(name: string, after: number): readonly string[] {
    const { port } = this;
    if (port.station.second < 0) return [];
    const { message } = this.ask(name, { type: "AAAA", after }).query;
    return message === undefined ? [] : addressesOf(message, "AAAA");
  }

  /** One name, as often as it takes; the last failure when no server ever answers. */
  private ask(
    name: string,
    { type = "A", after }: { type?: "A" | "AAAA"; after: number },
  ): { query: TracedQuery; server: string; latencyMs: number } {
    const { fabric, port, timeoutMs } = this;
    let latencyMs = 0;
    let outcome: { query: TracedQuery; server: string } | undefined;
    for (let attempt = 0; attempt < this.attempts; attempt++) {
      for (const server of this.config.nameservers) {
        const question = { name: normalName(name), type };
        let answer = query(fabric, port, question, { server, timeoutMs, after: after + latencyMs });
        latencyMs += answer.latencyMs;
        if (answer.message?.truncated === true) {
          const whole = query(fabric, port, question, { server, timeoutMs, after: after + latencyMs, tcp: true });
          latencyMs += whole.latencyMs;
          if (whole.message !== undefined) answer = whole;
        }
        outcome = { query: answer, server };
        const { rcode } = answer.message ?? {};
        if (rcode === "NOERROR" || rcode === "NXDOMAIN") return { ...outcome, latencyMs };
      }
    }
    return { ...(outcome as { query: TracedQuery; server: string }), latencyMs };
  }
}

/** The names to ask for, in their order: with `ndots` dots or more as it stands first, else last. */
export function candidates(host: string, config: Pick<ResolverConfig, "searches" | "ndots">): string[] {
  if (host.endsWith(".")) return [host.slice(0, -1)];
  const searched = config.searches.map((search) => `${host}.${normalName(search)}`);
  const dots = host.split(".").length - 1;
  return dots >= config.ndots ? [host, ...searched] : [...searched, host];
}

function addressesOf({ answer }: DnsMessage, wanted: "A" | "AAAA"): string[] {
  return answer.filter(({ type }) => type === wanted).map(({ data }) => data);
}

function numberOption({ options }: ResolverConfig, name: string, usual: number): number {
  const text = options.findLast((option) => option.startsWith(`${name}:`));
  const value = Number(text?.slice(name.length + 1) ?? Number.NaN);
  return value > 0 ? value : usual;
}

/** Addresses by name; a name on several lines has several. */
function parseHosts(text: string): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === undefined || parseAddress(address) < 0) continue;
    for (const name of names) {
      const known = table.get(name.toLowerCase());
      if (known === undefined) table.set(name.toLowerCase(), [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return table;
}
