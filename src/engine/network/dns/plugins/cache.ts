/** Keeps answers for as long as they say, and no longer than it is told. Upstream: coredns plugin/cache. */
import type { DnsMessage, DnsRecord } from "../../../base/dns.ts";
import { inZone, normalName } from "../../../base/dns.ts";
import { setupError, zonesOf } from "../plugin.ts";
import type { PluginSetup } from "../plugin.ts";

const NAME = "cache";
const CAPACITY = 9984;
const MAX_TTL = 3600;
const MAX_DENIAL_TTL = 1800;
const MIN_TTL = 5;
/** Answers without a TTL, such as SERVFAIL, are kept for so long. */
const FAILURE_TTL = 5;

interface Kept {
  readonly message: DnsMessage;
  readonly storedAt: number;
  readonly until: number;
}

export const cachePlugin: PluginSetup = (directive, setup, next) => {
  const args = [...directive.args];
  const first = args[0] !== undefined && /^\d+$/.test(args[0]) ? Number(args.shift()) : undefined;
  const zones = zonesOf(args, setup);
  const limits = { success: first ?? MAX_TTL, denial: Math.min(first ?? MAX_DENIAL_TTL, MAX_DENIAL_TTL) };
  if (first !== undefined) limits.denial = first;
  const capacity = { success: CAPACITY, denial: CAPACITY };
  let failureTtl = FAILURE_TTL;
  const disabled: Record<"success" | "denial", readonly string[]> = { success: [], denial: [] };
  for (const { words, line } of directive.block) {
    const [property = "", ...values] = words;
    if (property === "disable") {
      const [what, ...where] = values;
      if (what !== "success" && what !== "denial")
        throw setupError(setup, NAME, { line, message: `cache type for disable must be "success" or "denial"` });
      disabled[what] = where.length === 0 ? [""] : where.map(normalName);
    } else if (property === "success" || property === "denial") {
      if (values[0] !== undefined) capacity[property] = Number(values[0]);
      if (values[1] !== undefined) limits[property] = Number(values[1]);
    } else if (property === "servfail") failureTtl = Number(/^\d+/.exec(values[0] ?? "")?.[0] ?? FAILURE_TTL);
    else if (property === "prefetch" || property === "serve_stale" || property === "keepttl") {
      throw setupError(setup, NAME, { line, message: `${property} is not simulated` });
    } else throw setupError(setup, NAME, { line, message: `unknown property '${property}'` });
  }
  const kept = { success: new Map<string, Kept>(), denial: new Map<string, Kept>() };
  return (request) => {
    const { name, type } = request;
    if (!zones.some((zone) => inZone(name, zone))) return next(request);
    const key = `${type} ${name}`;
    const now = setup.host.now();
    for (const part of [kept.success, kept.denial]) {
      const entry = part.get(key);
      if (entry === undefined) continue;
      if (entry.until > now) {
        setup.settings.cacheHits++;
        return aged(entry.message, Math.floor((now - entry.storedAt) / 1000));
      }
      part.delete(key);
    }
    setup.settings.cacheMisses++;
    const message = next(request);
    if (message === undefined) return message;
    const kind = message.answer.length > 0 ? "success" : "denial";
    if (disabled[kind].some((zone) => inZone(name, zone))) return message;
    const seconds =
      message.rcode === "NOERROR" || message.rcode === "NXDOMAIN"
        ? Math.min(limits[kind], Math.max(MIN_TTL, ttlOf(message)))
        : Math.min(failureTtl, limits.denial);
    if (seconds <= 0) return message;
    const part = kept[kind];
    if (part.size >= capacity[kind]) part.delete(part.keys().next().value as string);
    const limited = kind === "success" ? aged(message, 0, seconds) : message;
    part.set(key, { message: limited, storedAt: now, until: now + seconds * 1000 });
    return limited;
  };
};

function ttlOf({ answer, authority }: DnsMessage): number {
  const records = answer.length > 0 ? answer : authority;
  return records.length === 0 ? FAILURE_TTL : Math.min(...records.map(({ ttl }) => ttl));
}

function aged(message: DnsMessage, seconds: number, limit = Infinity): DnsMessage {
  const age = (records: readonly DnsRecord[]): DnsRecord[] =>
    records.map((record) => ({ ...record, ttl: Math.max(0, Math.min(record.ttl, limit) - seconds) }));
  if (seconds === 0 && message.answer.every(({ ttl }) => ttl <= limit)) return message;
  return { ...message, answer: age(message.answer), authority: age(message.authority) };
}
