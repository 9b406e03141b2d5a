/**
 * Plugins that answer no query: they report, watch or listen. Upstream: coredns plugin/{health,ready,metrics,
 * loop,reload,loadbalance,bufsize}.
 */
import type { DnsRecord } from "../../../base/dns.ts";
import type { Directive } from "../corefile.ts";
import { durationMs, setupError, wrongArguments } from "../plugin.ts";
import type { PluginSetup, Setup } from "../plugin.ts";

const RELOAD_MS = 30_000;
const RELOAD_JITTER_MS = 15_000;
const MIN_RELOAD_MS = 2_000;
const BUFFER_SIZE = 1232;
const MIN_BUFFER_SIZE = 512;
const MAX_BUFFER_SIZE = 4096;

export const healthPlugin: PluginSetup = (directive, setup, next) => {
  setup.settings.health = portOf(directive, setup, 8080);
  for (const { words, line } of directive.block) {
    if (words[0] !== "lameduck") throw setupError(setup, "health", { line, message: `unknown property '${words[0]}'` });
    const ms = durationMs(words[1] ?? "");
    if (ms === undefined) {
      throw setupError(setup, "health", `invalid duration for lameduck: ${JSON.stringify(words[1] ?? "")}`);
    }
    setup.settings.lameduckMs = ms;
  }
  return next;
};

export const readyPlugin: PluginSetup = (directive, setup, next) => {
  setup.settings.ready = portOf(directive, setup, 8181);
  return next;
};

export const prometheusPlugin: PluginSetup = (directive, setup, next) => {
  setup.settings.prometheus = portOf(directive, setup, 9153);
  return next;
};

/** The port of `:8080`. */
function portOf(directive: Directive, setup: Setup, usual: number): number {
  const [address] = directive.args;
  if (address === undefined) return usual;
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? Number.NaN);
  if (!(port > 0 && port < 65_536)) {
    throw setupError(setup, directive.name, `address ${address}: missing port in address`);
  }
  return port;
}

export const loopPlugin: PluginSetup = (directive, setup, next) => {
  if (directive.args.length > 0) throw wrongArguments(setup, "loop", directive.line, directive.args.at(-1) as string);
  setup.settings.loop = true;
  return next;
};

export const reloadPlugin: PluginSetup = (directive, setup, next) => {
  const { args } = directive;
  const read = (text: string | undefined, usual: number): number => {
    if (text === undefined) return usual;
    const ms = durationMs(text);
    if (ms === undefined) throw setupError(setup, "reload", `time: invalid duration ${JSON.stringify(text)}`);
    return ms;
  };
  if (args.length > 2) throw wrongArguments(setup, "reload", directive.line, args.at(-1) as string);
  const interval = read(args[0], RELOAD_MS);
  if (interval !== 0 && interval < MIN_RELOAD_MS)
    throw setupError(setup, "reload", `interval value must be greater or equal to 2s`);
  const jitter = read(args[1], RELOAD_JITTER_MS);
  setup.settings.reloadMs = interval;
  setup.settings.reloadJitterMs = Math.min(jitter, interval / 2);
  return next;
};

/** However much a client would take in one datagram, it is given no more than this. */
export const bufsizePlugin: PluginSetup = (directive, setup, next) => {
  const [text = String(BUFFER_SIZE)] = directive.args;
  const size = Number(text);
  if (!Number.isInteger(size))
    throw setupError(setup, "bufsize", `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (size < MIN_BUFFER_SIZE || size > MAX_BUFFER_SIZE)
    throw setupError(setup, "bufsize", `bufsize must be within 512 - 4096`);
  setup.settings.bufferSize = size;
  return next;
};

/** Addresses in random order, behind the aliases that lead to them. */
export const loadbalancePlugin: PluginSetup = (directive, setup, next) => {
  const [policy] = directive.args;
  if (policy !== undefined && policy !== "round_robin") {
    const message = policy === "weighted" ? "weighted is not simulated" : `unknown policy: ${policy}`;
    throw setupError(setup, "loadbalance", message);
  }
  return (request) => {
    const message = next(request);
    if (message === undefined || message.answer.length < 2) return message;
    return { ...message, answer: shuffled(message.answer, setup.host.random) };
  };
};

function shuffled(records: readonly DnsRecord[], random: (bound: number) => number): DnsRecord[] {
  const isAddress = ({ type }: DnsRecord): boolean => type === "A" || type === "AAAA";
  const addresses = records.filter(isAddress);
  for (let last = addresses.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [addresses[last], addresses[other]] = [addresses[other] as DnsRecord, addresses[last] as DnsRecord];
  }
  const [aliases, rest] = [records.filter(({ type }) => type === "CNAME"), records.filter((each) => !isAddress(each))];
  return [...aliases, ...addresses, ...rest.filter(({ type }) => type !== "CNAME")];
}
