/**
 * Sends queries on to other servers, over TLS to those of `tls://`. Upstream: coredns plugin/forward/{setup,forward}.go.
 *
 * **Simplified:** a connection for each query; certificates are not looked at.
 */
import type { DnsMessage } from "../../../base/dns.ts";
import { inZone, normalName } from "../../../base/dns.ts";
import { parseAddress } from "../../address.ts";
import type { Directive } from "../corefile.ts";
import { durationMs, failure, setupError, wrongArguments } from "../plugin.ts";
import type { DnsHost, Handler, PluginSetup, Setup } from "../plugin.ts";

const NAME = "forward";
const TLS_PORT = ":853";
const MAX_UPSTREAMS = 15;
/** An upstream that is silent for so long is given up, and all of them together after the second. */
const READ_TIMEOUT_MS = 2_000;
const DEADLINE_MS = 5_000;
const POLICIES: ReadonlySet<string> = new Set(["random", "round_robin", "sequential"]);
/** What makes no difference to who answers what. */
const TUNING: ReadonlySet<string> = new Set([
  "max_fails",
  "health_check",
  "prefer_udp",
  "expire",
  "max_concurrent",
  "next",
]);

export const forwardPlugin: PluginSetup = (directive, setup, next) => {
  const [from, ...to] = directive.args;
  if (from === undefined || to.length === 0)
    throw wrongArguments(setup, NAME, directive.line, directive.args.at(-1) ?? NAME);
  const zone = normalName(from);
  const upstreams = to.flatMap((host) => serversOf(host, setup));
  const secure = new Set(to.filter((host) => host.startsWith("tls://")).flatMap((host) => serversOf(host, setup)));
  if (upstreams.length > MAX_UPSTREAMS)
    throw setupError(setup, NAME, `more than ${MAX_UPSTREAMS} TOs configured: ${upstreams.length}`);
  if (zone === "") setup.settings.upstreams.push(...upstreams);
  const { except, policy, tcp } = readBlock(directive, setup);
  let turn = 0;
  const order = (): string[] => {
    if (upstreams.length === 1 || policy === "sequential") return upstreams;
    const first = policy === "random" ? setup.host.random(upstreams.length) : turn++ % upstreams.length;
    return [...upstreams.slice(first), ...upstreams.slice(0, first)];
  };
  const handler: Handler = (request) => {
    const { name, type, latency } = request;
    if (!inZone(name, zone) || except.some((excluded) => inZone(name, excluded))) return next(request);
    const began = latency.ms;
    let why = "";
    for (let round = order(), at = 0, refused = 0; latency.ms - began < DEADLINE_MS; at++) {
      const server = round[at % round.length] as string;
      const byTcp = tcp || secure.has(server);
      const reply = setup.host.ask(server, { name, type }, byTcp);
      if (typeof reply === "object") {
        latency.ms += reply.latencyMs;
        return forwarded(reply.message);
      }
      why = problemWith(server, { tcp: byTcp, refused: reply === "refused", host: setup.host });
      if (reply === undefined) latency.ms += READ_TIMEOUT_MS;
      else if (++refused >= round.length) break;
    }
    return failure(request, why);
  };
  return handler;
};

/** What Go says of a socket that no answer came from. */
function problemWith(server: string, how: { tcp: boolean; refused: boolean; host: DnsHost }): string {
  if (how.tcp && how.refused) return `dial tcp ${withPort(server)}: connect: connection refused`;
  const port = 40_000 + how.host.random(20_000);
  const what = how.refused ? "read: connection refused" : "i/o timeout";
  return `read ${how.tcp ? "tcp" : "udp"} ${how.host.podIP}:${port}->${withPort(server)}: ${what}`;
}

function forwarded(message: DnsMessage): DnsMessage {
  return { ...message, authoritative: false, recursion: true };
}

function withPort(server: string): string {
  return server.includes(":") ? server : `${server}:53`;
}

/** An address with or without a port, or a file like resolv.conf with name servers. */
function serversOf(host: string, setup: Setup): string[] {
  const scheme = /^(\w+):\/\//.exec(host)?.[1];
  const secure = scheme === "tls";
  const plain = host.replace(/^(dns|tls):\/\//, "");
  if (scheme !== undefined && scheme !== "dns" && !secure)
    throw setupError(setup, NAME, `'${scheme}' is not supported as a destination protocol in forward: ${host}`);
  const match = /^(\d+\.\d+\.\d+\.\d+)(?::(\d+))?$/.exec(plain);
  if (match !== null && parseAddress(match[1] as string) >= 0)
    return secure && match[2] === undefined
      ? [`${plain}${TLS_PORT}`]
      : [match[2] === undefined || match[2] === "53" ? (match[1] as string) : plain];
  const { fs } = setup.host;
  if (!plain.startsWith("/") || !fs.exists(plain)) {
    throw setupError(setup, NAME, `not an IP address or file: ${JSON.stringify(host)}`);
  }
  const servers = [...fs.readFile(plain).matchAll(/^nameserver\s+(\S+)/gm)].map(([, server]) => server as string);
  if (servers.length === 0) throw setupError(setup, NAME, `no nameservers found`);
  return servers;
}

function readBlock(directive: Directive, setup: Setup): { except: string[]; policy: string; tcp: boolean } {
  const except: string[] = [];
  let policy = "random";
  let tcp = false;
  for (const { words, line } of directive.block) {
    const [property = "", ...args] = words;
    if (property === "except") {
      if (args.length === 0) throw wrongArguments(setup, NAME, line, property);
      except.push(...args.map(normalName));
    } else if (property === "policy") {
      policy = args[0] ?? "";
      if (!POLICIES.has(policy)) throw setupError(setup, NAME, { line, message: `unknown policy '${policy}'` });
    } else if (property === "force_tcp") tcp = true;
    else if (property === "tls_servername") {
      if (args.length !== 1) throw wrongArguments(setup, NAME, line, words.at(-1) ?? "");
    } else if (property === "tls" || property === "failover") {
      throw setupError(setup, NAME, { line, message: `${property} is not simulated` });
    } else if (!TUNING.has(property)) {
      throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
    } else if ((property === "expire" || property === "health_check") && durationMs(args[0] ?? "") === undefined) {
      throw setupError(setup, NAME, `time: invalid duration ${JSON.stringify(args[0] ?? "")}`);
    }
  }
  return { except, policy, tcp };
}
