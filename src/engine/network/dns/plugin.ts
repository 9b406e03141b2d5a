/** What a CoreDNS plugin is. Upstream: coredns plugin/plugin.go, core/dnsserver/register.go. */
import type { DnsMessage, DnsQuestion, DnsReply, RecordType } from "../../base/dns.ts";
import { dnsMessage, inZone, normalName } from "../../base/dns.ts";
import type { FileSystem } from "../../base/program.ts";
import type { Directive } from "./corefile.ts";
import { CorefileError } from "./corefile-tokens.ts";
import type { RecordSource } from "./record-source.ts";

/** A query on its way through the chain of plugins. */
export interface DnsRequest extends DnsQuestion {
  /** The client's address. */
  readonly client: string;
  /** Asked by a connection instead of a datagram. */
  readonly tcp: boolean;
  /** Virtual milliseconds that the answer has taken so far. */
  readonly latency: { ms: number };
  /** What a plugin has failed at, until somebody tells of it: `errors`. */
  readonly failed: { error?: QueryError | undefined };
}

export interface QueryError extends Pick<DnsQuestion, "name" | "type"> {
  readonly why: string;
}

/** Notes why a query could not be answered. Nobody keeps such an answer, unlike a SERVFAIL that another server gave. */
export function failure({ name, type, failed }: DnsRequest, why: string): undefined {
  failed.error = { name, type, why };
}

/** Answers a query; undefined when no plugin further down does either. */
export type Handler = (request: DnsRequest) => DnsMessage | undefined;

/** What plugins need of the process that they run in. */
export interface DnsHost {
  readonly source: RecordSource;
  readonly fs: FileSystem;
  readonly podIP: string;
  now(): number;
  random(bound: number): number;
  log(line: string): void;
  after(delayMs: number, run: () => void): void;
  /** Asks another server from this process' own network; `tcp`: by a connection. Undefined: it was silent. */
  ask(server: string, question: DnsQuestion, tcp: boolean): DnsReply | "refused" | undefined;
}

/** Of one server block while it is set up. */
export interface Setup {
  readonly host: DnsHost;
  /** The zones of the server block. */
  readonly zones: readonly string[];
  /** How a name is looked up from the top of this server: for aliases that point elsewhere. */
  lookup(name: string, type: RecordType, request: DnsRequest): DnsMessage | undefined;
  readonly file: string;
  readonly settings: BlockSettings;
}

/** What directives that answer nothing themselves have said. */
export interface BlockSettings {
  log: boolean;
  /** Seconds between looks at the Corefile; 0: never. */
  reloadMs: number;
  reloadJitterMs: number;
  health: number | undefined;
  lameduckMs: number;
  ready: number | undefined;
  prometheus: number | undefined;
  loop: boolean;
  /** Bytes that a datagram may have at most. */
  bufferSize: number;
  cacheHits: number;
  cacheMisses: number;
  /** Servers that queries go on to: what `loop` looks at. */
  upstreams: string[];
}

/** Reads its directive and answers with what stands before `next`. Throws a `CorefileError`. */
export type PluginSetup = (directive: Directive, setup: Setup, next: Handler) => Handler;

/** `plugin/forward: /etc/coredns/Corefile:12 - Error during parsing: …`, as plugins complain. */
export function setupError(
  setup: Setup,
  plugin: string,
  where: { line: number; message: string } | string,
): CorefileError {
  const text =
    typeof where === "string" ? where : `${setup.file}:${where.line} - Error during parsing: ${where.message}`;
  return new CorefileError(`plugin/${plugin}: ${text}`);
}

export function wrongArguments(setup: Setup, plugin: string, line: number, what: string): CorefileError {
  return setupError(setup, plugin, { line, message: `Wrong argument count or unexpected line ending after '${what}'` });
}

/** The zones that a directive names, or those of its server block. */
export function zonesOf(named: readonly string[], setup: Setup): string[] {
  return (named.length > 0 ? named : setup.zones).map((zone) => normalName(zone.replace(/:\d+$/, "")));
}

/** `fallthrough`'s zones: everything when none are named. */
export function fallsThrough(zones: readonly string[] | undefined, name: string): boolean {
  if (zones === undefined) return false;
  return zones.length === 0 || zones.some((zone) => inZone(name, zone));
}

export const SERVFAIL: DnsMessage = dnsMessage({ rcode: "SERVFAIL" });

/** `5s`, `1m30s`, `500ms` in milliseconds; undefined when it is no duration. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const unit: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, number, name] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(number) * (unit[name as string] as number);
  return total;
}
