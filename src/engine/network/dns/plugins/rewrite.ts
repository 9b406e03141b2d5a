/**
 * Asks for another name than the client did, and answers under the client's. Upstream: coredns plugin/rewrite/rewrite.go.
 *
 * **Simplified:** what rules of edns0 put into a query changes no answer, as no server here looks at it; questions have the
 * internet's class, and rules that give them another are refused.
 */
import { recordType } from "../../../base/dns.ts";
import type { DnsMessage, DnsRecord, RecordType } from "../../../base/dns.ts";
import { normalName } from "../../../base/dns.ts";
import type { Directive } from "../corefile.ts";
import { setupError } from "../plugin.ts";
import type { DnsRequest, Handler, Setup } from "../plugin.ts";
import { ednsRuleFits } from "./edns-rule.ts";
import { nameRule, remapped } from "./name-rule.ts";
import type { NameRule, Rewriter } from "./name-rule.ts";
import { responseRule } from "./response-rule.ts";

const NAME = "rewrite";

interface Rule {
  readonly goesOn: boolean;
  readonly name?: NameRule;
  type?(type: RecordType): RecordType | undefined;
  /** Changes the answer to what was asked for; undefined when the rule doesn't fit the name. */
  respond?(name: string): ((message: DnsMessage, request: DnsRequest) => DnsMessage) | undefined;
  /** The rule fits whatever is asked, and changes nothing that is seen here. */
  readonly unseen?: boolean;
}

/** How names of answers, and those that they lead to, are turned back. */
interface Reverted {
  readonly answers: readonly Rewriter[];
  readonly values: readonly Rewriter[];
}

/** All rules of a server block in their order; the first that fits is the last, unless it says `continue`. */
export function rewritePlugin(directives: readonly Directive[], setup: Setup, next: Handler): Handler {
  const rules = directives.map((directive) => ruleOf(directive, setup));
  return (request) => {
    let { name, type } = request;
    const applied: Reverted[] = [];
    const changes: NonNullable<ReturnType<NonNullable<Rule["respond"]>>>[] = [];
    for (const rule of rules) {
      const change = rule.respond?.(name);
      if (change !== undefined) changes.push(change);
      const otherName = rule.name?.name(name);
      if (rule.name !== undefined && otherName !== undefined) applied.unshift(revertedBy(rule.name, otherName, name));
      const otherType = rule.type?.(type);
      name = otherName ?? name;
      type = otherType ?? type;
      const fits = change !== undefined || otherName !== undefined || otherType !== undefined || rule.unseen === true;
      if (fits && !rule.goesOn) break;
    }
    if (name === request.name && type === request.type && changes.length === 0) return next(request);
    const changed = { ...request, name, type };
    let message = next(changed);
    for (const change of changes) if (message !== undefined) message = change(message, changed);
    for (const each of applied) if (message !== undefined) message = reverted(message, each);
    return message;
  };
}

function revertedBy({ auto, answers, values }: NameRule, other: string, asked: string): Reverted {
  if (!auto) return { answers, values };
  const back = remapped(other, asked);
  return { answers: [back, ...answers], values: [back, ...values] };
}

function reverted(message: DnsMessage, { answers, values }: Reverted): DnsMessage {
  const back = (name: string): string => answers.reduce((now, answer) => answer(now) ?? now, name);
  const record = (each: DnsRecord): DnsRecord => ({ ...each, name: back(each.name), data: leadingTo(each, values) });
  return { ...message, answer: message.answer.map(record) };
}

/** Where a record leads, by another name when a rule has one for it. */
function leadingTo({ type, data }: DnsRecord, values: readonly Rewriter[]): string {
  const words = data.split(" ");
  const at = type === "SRV" ? 3 : type === "MX" ? 1 : type === "CNAME" || type === "PTR" || type === "NS" ? 0 : -1;
  if (at < 0) return data;
  const before = normalName(words[at] ?? "");
  const after = values.reduce((now, value) => value(now) ?? now, before);
  return after === before ? data : words.with(at, `${after}.`).join(" ");
}

function ruleOf(directive: Directive, setup: Setup): Rule {
  const refuse = (message: string): Error => setupError(setup, NAME, message);
  // Words of a block count where the line itself names no rule: `rewrite stop { … }`.
  const nested = directive.block.flatMap(({ words }) => words);
  if (directive.args.length >= 2 && nested.length > 0) throw refuse("no rule type specified for rewrite");
  const words = directive.args.length < 2 ? [...directive.args, ...nested] : [...directive.args];
  const mode = words[0]?.toLowerCase();
  const goesOn = mode === "continue";
  if (goesOn || mode === "stop") words.shift();
  const [written, ...args] = words;
  if (written === undefined) throw refuse("no rule type specified for rewrite");
  const field = written.toLowerCase();
  if ((field === "class" || field === "type") && args.length !== 2)
    throw refuse(`${field} rules must have exactly two arguments`);
  switch (field) {
    case "answer":
      throw refuse("response rewrites must begin with a name rule");
    case "name":
      return { goesOn, name: nameRule(args, refuse) };
    case "type":
      return { goesOn, type: typeRule(args, refuse) };
    case "class":
      checkClassRule(args, { setup, line: directive.line });
      return { goesOn };
    case "edns0":
      return { goesOn, unseen: ednsRuleFits(args, refuse) };
    default: {
      const respond = responseRule(field, { args, setup, refuse });
      if (respond === undefined) throw refuse(`invalid rule type ${JSON.stringify(written)}`);
      return { goesOn, respond };
    }
  }
}

function typeRule(args: readonly string[], refuse: (message: string) => Error): NonNullable<Rule["type"]> {
  const [from, to] = args.map((text) => {
    const type = recordType(text);
    if (type === undefined) throw refuse(`invalid type ${JSON.stringify(text.toUpperCase())}`);
    return type;
  });
  return (type) => (type === from ? to : undefined);
}

const CLASSES: readonly string[] = ["IN", "CS", "CH", "HS", "NONE", "ANY"];

/** A rule for questions of other classes than the internet's fits none, as nobody here asks any. */
function checkClassRule(args: readonly string[], where: { setup: Setup; line: number }): void {
  const [from, to] = args.map((text) => text.toUpperCase());
  for (const name of [from, to])
    if (name === undefined || !CLASSES.includes(name))
      throw setupError(where.setup, NAME, `invalid class ${JSON.stringify(name)}`);
  if (from === "IN" && to !== "IN")
    throw setupError(where.setup, NAME, { line: where.line, message: `questions of class ${to} are not simulated` });
}
