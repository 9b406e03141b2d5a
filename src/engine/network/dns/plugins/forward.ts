/** Sends queries on to other servers. Upstream: coredns plugin/forward/{setup,forward}.go. */
import type { DnsMessage } from "../../../base/dns.ts";
import { inZone, normalName } from "../../../base/dns.ts";
import { parseAddress } from "../../address.ts";
import type { Directive } from "../corefile.ts";
import { SERVFAIL, durationMs, setupError, wrongArguments } from "../plugin.ts";
import type { Handler, PluginSetup, Setup } from "../plugin.ts";

const NAME = "forward";
const MAX_UPSTREAMS = 15;
/** An upstream that is silent for so long is given up, and all of them together after the second. */
const READ_TIMEOUT_MS = 2_000;
const DEADLINE_MS = 5_000;
const POLICIES: ReadonlySet<string> = new Set(["random", "round_robin", "sequential"]);
/** What makes no difference to who answers what. */
const TUNING: ReadonlySet<string> = new Set([
  "max_fails",
  "health_check",
  "force_tcp",
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
  if (upstreams.length > MAX_UPSTREAMS)
    throw setupError(setup, NAME, `more than ${MAX_UPSTREAMS} TOs configured: ${upstreams.length}`);
  if (zone === "") setup.settings.upstreams.push(...upstreams);
  const { except, policy } = readBlock(directive, setup);
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
    let last = "";
    for (let round = order(), at = 0; latency.ms - began < DEADLINE_MS; at++) {
      const server = round[at % round.length] as string;
      const reply = setup.host.ask(server, { name, type });
      if (reply !== undefined) {
        latency.ms += reply.latencyMs;
        return forwarded(reply.message);
      }
      latency.ms += READ_TIMEOUT_MS;
      last = server;
    }
    if (setup.settings.errors) {
      const { podIP } = setup.host;
      const route = `read udp ${podIP}:${40_000 + setup.host.random(20_000)}->${withPort(last)}: i/o timeout`;
      setup.host.log(`[ERROR] plugin/errors: 2 ${name}. ${type}: ${route}`);
    }
    return SERVFAIL;
  };
  return handler;
};

function forwarded(message: DnsMessage): DnsMessage {
  return { ...message, authoritative: false, recursion: true };
}

function withPort(server: string): string {
  return server.includes(":") ? server : `${server}:53`;
}

/** An address with or without a port, or a file like resolv.conf with name servers. */
function serversOf(host: string, setup: Setup): string[] {
  const scheme = /^(\w+):\/\//.exec(host)?.[1];
  const plain = host.replace(/^dns:\/\//, "");
  if (scheme !== undefined && scheme !== "dns") {
    const why =
      scheme === "tls"
        ? "DNS over TLS is not simulated"
        : `'${scheme}' is not supported as a destination protocol in forward: ${host}`;
    throw setupError(setup, NAME, why);
  }
  const match = /^(\d+\.\d+\.\d+\.\d+)(?::(\d+))?$/.exec(plain);
  if (match !== null && parseAddress(match[1] as string) >= 0)
    return [match[2] === undefined || match[2] === "53" ? (match[1] as string) : plain];
  const { fs } = setup.host;
  if (!plain.startsWith("/") || !fs.exists(plain)) {
    throw setupError(setup, NAME, `not an IP address or file: ${JSON.stringify(host)}`);
  }
  const servers = [...fs.readFile(plain).matchAll(/^nameserver\s+(\S+)/gm)].map(([, server]) => server as string);
  if (servers.length === 0) throw setupError(setup, NAME, `no nameservers found`);
  return servers;
}

function readBlock(directive: Directive, setup: Setup): { except: string[]; policy: string } {
  const except: string[] = [];
  let policy = "random";
  for (const { words, line } of directive.block) {
    const [property = "", ...args] = words;
    if (property === "except") {
      if (args.length === 0) throw wrongArguments(setup, NAME, line, property);
      except.push(...args.map(normalName));
    } else if (property === "policy") {
      policy = args[0] ?? "";
      if (!POLICIES.has(policy)) throw setupError(setup, NAME, { line, message: `unknown policy '${policy}'` });
    } else if (property === "tls" || property === "tls_servername" || property === "failover") {
      throw setupError(setup, NAME, { line, message: `${property} is not simulated` });
    } else if (!TUNING.has(property)) {
      throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
    } else if ((property === "expire" || property === "health_check") && durationMs(args[0] ?? "") === undefined) {
      throw setupError(setup, NAME, `time: invalid duration ${JSON.stringify(args[0] ?? "")}`);
    }
  }
  return { except, policy };
}
