/**
 * Groups of servers that requests are shared among. Upstream: nginx src/http/ngx_http_upstream_round_robin.c,
 * modules/ngx_http_upstream_{ip_hash,least_conn,random,hash}_module.c.
 *
 * **Simplified:** `least_conn` and `random` share as the usual way does: requests are decided at one instant, so that no
 * server ever has more of them than another, which is why `max_conns` never tells. `ip_hash` tells clients apart by their
 * whole address, where nginx takes three of its four numbers; `consistent` moves no fewer keys when servers come and go.
 */
import { fnv1a32 } from "../base/hash.ts";
import type { HttpRequest } from "../base/program.ts";
import type { Exchanged } from "../runtime/network-port.ts";
import type { ServerContext } from "./define-image.ts";
import { NginxConfError } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";
import { nginxTime } from "./nginx-variables.ts";

interface UpstreamServer {
  readonly address: string;
  readonly weight: number;
  /** Failures within `failMs` after which it isn't asked for as long; 0: never. */
  readonly maxFails: number;
  readonly failMs: number;
  readonly backup: boolean;
  readonly down: boolean;
  /** What it has in hand of smooth weighted round robin. */
  current: number;
  fails: number;
  failedAt: number;
}

const FAIL_MS = 10_000;

/** All groups of a configuration, by their names. Throws a `NginxConfError` for what is wrong in one. */
export class NginxUpstreams {
  private readonly groups: ReadonlyMap<string, NginxUpstream>;

  constructor(outer: readonly Directive[]) {
    const blocks = outer.filter(({ name }) => name === "upstream");
    this.groups = new Map(blocks.map((block) => [block.args[0] ?? "", readUpstream(block)]));
  }

  /** Asks a name, or the servers of its group one after the other as long as they fail. */
  ask(
    ctx: Pick<ServerContext, "network" | "now">,
    place: { authority: string; method: string; expand: (text: string) => string },
    build: (address: string) => HttpRequest,
  ): Exchanged | undefined {
    const { authority, method, expand } = place;
    const group = this.groups.get(authority);
    if (group === undefined) return ctx.network.exchange?.(build(authority));
    const key = group.key === undefined ? undefined : expand(group.key);
    const tried = new Set<string>();
    let last: Exchanged | undefined;
    for (;;) {
      const now = ctx.now();
      const address = group.choose({ now, tried, key });
      const outcome = address === undefined ? undefined : ctx.network.exchange?.(build(address));
      if (address === undefined || outcome === undefined) return last;
      tried.add(address);
      const latencyMs = outcome.latencyMs + (last?.latencyMs ?? 0);
      last = { ...outcome, latencyMs, hops: [...(last?.hops ?? []), ...outcome.hops] };
      if (outcome.ok) {
        group.answered(address);
        return last;
      }
      group.failed(address, now);
      // What was sent and may have had an effect isn't sent again.
      if (outcome.errno !== "ECONNREFUSED" && NOT_IDEMPOTENT.has(method)) return last;
    }
  }
}

const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(["POST", "LOCK", "PATCH"]);

/** What servers of a group may say behind their address, and the group of itself. */
function readUpstream({ args: [name = ""], block = [], line, file }: Directive): NginxUpstream {
  const servers: UpstreamServer[] = [];
  let key: string | undefined;
  for (const each of block) {
    if (each.name === "ip_hash") key = "$remote_addr";
    if (each.name === "hash") key = each.args[0];
    if (each.name === "server") servers.push(readServer(each));
  }
  if (servers.length === 0) throw new NginxConfError(`no servers are inside upstream in ${file}:${line}`);
  return new NginxUpstream(name, servers, { key });
}

function readServer({ args: [address = "", ...words], file, line }: Directive): UpstreamServer {
  const server = { weight: 1, maxFails: 1, failMs: FAIL_MS, backup: false, down: false };
  for (const word of words) {
    const [, name = "", value = ""] = /^(\w+)(?:=(\d+[a-z]*))?$/.exec(word) ?? [];
    const number = Number(value);
    const time = nginxTime(value);
    if (name === "weight" && number > 0) server.weight = number;
    else if (name === "max_fails" && number >= 0 && value !== "") server.maxFails = number;
    else if (name === "fail_timeout" && time !== undefined) server.failMs = time;
    else if (name === "max_conns" && number >= 0 && value !== "") continue;
    else if (name === "backup" && value === "") server.backup = true;
    else if (name === "down" && value === "") server.down = true;
    else throw new NginxConfError(`invalid parameter "${word}" in ${file}:${line}`);
  }
  return { address, ...server, current: 0, fails: 0, failedAt: -Infinity };
}

class NginxUpstream {
  readonly name: string;
  /** What requests are told apart by, where one client is to stay with one server: an expression of variables. */
  readonly key: string | undefined;
  private readonly servers: readonly UpstreamServer[];

  constructor(name: string, servers: readonly UpstreamServer[], { key }: { key: string | undefined }) {
    this.name = name;
    this.servers = servers;
    this.key = key;
  }

  /** The next server that has not been tried for this request; undefined when none is left. */
  choose(how: { now: number; tried: ReadonlySet<string>; key: string | undefined }): string | undefined {
    const { now, tried, key } = how;
    const usable = (backup: boolean): UpstreamServer[] =>
      this.servers.filter((each) => each.backup === backup && !tried.has(each.address) && isUp(each, now));
    const own = usable(false);
    const among = own.length > 0 ? own : usable(true);
    if (key !== undefined && own.length > 0) return byKey(own, key).address;
    return inTurn(among)?.address;
  }

  failed(address: string, now: number): void {
    for (const server of this.servers.filter((each) => each.address === address)) {
      if (now - server.failedAt > server.failMs) server.fails = 0;
      server.fails++;
      server.failedAt = now;
    }
  }

  answered(address: string): void {
    for (const server of this.servers) if (server.address === address) server.fails = 0;
  }
}

function isUp({ down, maxFails, fails, failedAt, failMs }: UpstreamServer, now: number): boolean {
  return !down && (maxFails === 0 || fails < maxFails || now - failedAt > failMs);
}

/** Smooth weighted round robin: of weights 3 and 1 the turns are a, a, b, a. */
function inTurn(servers: readonly UpstreamServer[]): UpstreamServer | undefined {
  let best: UpstreamServer | undefined;
  let total = 0;
  for (const server of servers) {
    server.current += server.weight;
    total += server.weight;
    if (best === undefined || server.current > best.current) best = server;
  }
  if (best !== undefined) best.current -= total;
  return best;
}

function byKey(servers: readonly UpstreamServer[], key: string): UpstreamServer {
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  let at = fnv1a32(key) % total;
  for (const server of servers) {
    at -= server.weight;
    if (at < 0) return server;
  }
  return servers[0] as UpstreamServer;
}
