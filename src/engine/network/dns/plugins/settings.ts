/**
 * Plugins that answer no query: they report, watch or listen. Upstream: coredns plugin/{errors,log,health,ready,metrics,
 * loop,reload,loadbalance,bufsize}.
 */
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import type { Directive } from "../corefile.ts";
import { durationMs, setupError, wrongArguments } from "../plugin.ts";
import type { DnsRequest, Handler, PluginSetup, Setup } from "../plugin.ts";

const RELOAD_MS = 30_000;
const RELOAD_JITTER_MS = 15_000;
const MIN_RELOAD_MS = 2_000;

export const errorsPlugin: PluginSetup = (directive, setup, next) => {
  for (const { words, line } of directive.block) {
    const [property = ""] = words;
    if (property === "stacktrace" || property === "consolidate")
      throw setupError(setup, "errors", { line, message: `${property} is not simulated` });
    throw setupError(setup, "errors", { line, message: `unknown property '${property}'` });
  }
  setup.settings.errors = true;
  return next;
};

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

/** Makes no difference here: an answer has no size. */
export const bufsizePlugin: PluginSetup = (_directive, _setup, next) => next;

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

export const logPlugin: PluginSetup = (directive, setup, next) => {
  for (const { words, line } of directive.block) {
    if (words[0] !== "class") throw setupError(setup, "log", { line, message: `unknown property '${words[0]}'` });
  }
  const classes = new Set(directive.block.flatMap(({ words }) => words.slice(1)));
  const [scope] = directive.args;
  if (directive.args.length > 1) {
    throw setupError(setup, "log", { line: directive.line, message: "a format of one's own is not simulated" });
  }
  return (request) => {
    const began = request.latency.ms;
    const message = next(request);
    const inScope = scope === undefined || scope === "." || `${request.name}.`.endsWith(`${scope.replace(/\.$/, "")}.`);
    if (inScope && wanted(classes, message)) setup.host.log(logLine(request, message, { setup, began }));
    return message;
  };
};

function wanted(classes: ReadonlySet<string>, message: DnsMessage | undefined): boolean {
  if (classes.size === 0 || classes.has("all")) return true;
  const rcode = message?.rcode ?? "SERVFAIL";
  if (rcode === "NXDOMAIN" || (rcode === "NOERROR" && message?.answer.length === 0)) return classes.has("denial");
  return classes.has(rcode === "NOERROR" ? "success" : "error");
}

const HEADER_BYTES = 12;
const QUESTION_BYTES = 6;
const EDNS_BYTES = 11;
const RECORD_BYTES = 12;

/** The line of CoreDNS' common log format. */
function logLine(request: DnsRequest, message: DnsMessage | undefined, how: { setup: Setup; began: number }): string {
  const { host } = how.setup;
  const { name, type, client, latency } = request;
  const asked = HEADER_BYTES + QUESTION_BYTES + name.length;
  const records = [...(message?.answer ?? []), ...(message?.authority ?? []), ...(message?.additional ?? [])];
  const size = records.reduce(
    (sum, { name: own, data }) =>
      sum + RECORD_BYTES + own.length + (/^\d+\.\d+\.\d+\.\d+$/.test(data) ? 4 : data.length + 1),
    asked,
  );
  const flags = [
    "qr",
    ...(message?.authoritative === true ? ["aa"] : []),
    "rd",
    ...(message?.recursion === true ? ["ra"] : []),
  ];
  const seconds = ((latency.ms - how.began) / 1000 + (100_000 + host.random(100_000)) / 1e9).toFixed(9);
  const question = `"${type} IN ${name}. udp ${asked + EDNS_BYTES} false 1232"`;
  const from = `${client}:${32_768 + host.random(28_000)} - ${host.random(65_536)}`;
  return `[INFO] ${from} ${question} ${message?.rcode ?? "SERVFAIL"} ${flags.join(",")} ${size} ${seconds}s`;
}

/** What a chain ends with. */
export const END: Handler = () => undefined;
