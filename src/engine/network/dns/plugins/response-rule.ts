/** Rules of rewrite that change answers alone: ttl, cname, rcode. Upstream: coredns plugin/rewrite/{ttl,cname_target,rcode}.go. */
import type { DnsMessage, DnsRecord, ResponseCode } from "../../../base/dns.ts";
import { normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import { setupError } from "../plugin.ts";
import type { DnsRequest, Setup } from "../plugin.ts";
import { KINDS, matcher } from "./name-match.ts";

const NAME = "rewrite";
const CODES: readonly ResponseCode[] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

type Change = (message: DnsMessage, request: DnsRequest) => DnsMessage;

/** What a rule does to the answer about a name; undefined when `field` is none of these rules. */
export function responseRule(
  field: string,
  of: { args: readonly string[]; setup: Setup; refuse: (message: string) => Error },
): ((name: string) => Change | undefined) | undefined {
  if (field !== "ttl" && field !== "cname" && field !== "rcode") return undefined;
  const { setup, refuse } = of;
  const wanted = field === "rcode" ? 2 : 1;
  const few = of.args.length < wanted + 1;
  if (few || of.args.length > wanted + 2)
    throw refuse(`too ${few ? "few" : "many"} (${of.args.length}) arguments for a ${field} rule`);
  const args = [...of.args];
  const kind = args.length === wanted + 2 ? (args.shift() as string).toLowerCase() : "exact";
  if (!KINDS.includes(kind))
    throw refuse(`${field} rule supports only exact, prefix, suffix, substring, and regex name matching`);
  const [from = "", ...rest] = args;
  if (kind === "regex" && goRegExp(from) === undefined)
    throw refuse(`invalid regex pattern in a ${field} rule: ${from}`);
  if (field === "cname") return () => aliased(matcher(kind, { from, to: rest[0] as string }), setup);
  const change = field === "ttl" ? lived(rest[0] as string, setup) : coded(rest, setup);
  const fits = matcher(kind, { from, to: "" });
  return (name) => (fits(name) === undefined ? undefined : change);
}

/** `30`, or a range of seconds that TTLs are brought into: `30-300`, `30-`, `-300`. */
function lived(text: string, setup: Setup): Change {
  const [, low = "", dash, high = ""] = /^(\d*)(-?)(\d*)$/.exec(text) ?? [];
  if (dash === undefined || low + high === "") throw setupError(setup, NAME, `invalid TTL '${text}' for ttl rule`);
  const least = Number(low === "" ? 0 : low);
  const most = dash === "" ? least : high === "" ? Infinity : Number(high);
  if (least > most) throw setupError(setup, NAME, `invalid TTL '${text}' for ttl rule`);
  const record = (each: DnsRecord): DnsRecord => ({ ...each, ttl: Math.min(most, Math.max(least, each.ttl)) });
  return (message) => ({ ...message, answer: message.answer.map(record) });
}

function coded(codes: readonly string[], setup: Setup): Change {
  const [from, to] = codes.map((text) => {
    const code = text.toUpperCase() as ResponseCode;
    if (!CODES.includes(code)) throw setupError(setup, NAME, `invalid rcode '${text}'`);
    return code;
  });
  return (message) => (message.rcode === from && to !== undefined ? { ...message, rcode: to } : message);
}

/** An alias that leads to the name leads elsewhere, and what is there is looked up. */
function aliased(other: (name: string) => string | undefined, setup: Setup): Change {
  return (message, request) => {
    const alias = message.answer.find(({ type, data }) => type === "CNAME" && other(normalName(data)) !== undefined);
    const target = alias === undefined ? undefined : other(normalName(alias.data));
    if (alias === undefined || target === undefined) return message;
    const before = message.answer.slice(0, message.answer.indexOf(alias));
    const led = { ...alias, data: `${target}.` };
    if (request.type === "CNAME") return { ...message, answer: [...before, led] };
    const found = setup.lookup(target, request.type, request);
    return { ...message, rcode: "NOERROR", answer: [...before, led, ...(found?.answer ?? [])] };
  };
}
