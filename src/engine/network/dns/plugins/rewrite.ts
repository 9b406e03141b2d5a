/**
 * Asks for another name than the client did, and answers under the client's. Upstream: coredns plugin/rewrite.
 *
 * **Simplified:** rules of class and edns0 fail as not simulated.
 */
import type { DnsMessage, DnsRecord, RecordType } from "../../../base/dns.ts";
import { normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import type { Directive } from "../corefile.ts";
import { setupError, wrongArguments } from "../plugin.ts";
import type { DnsRequest, Handler, Setup } from "../plugin.ts";
import { byPattern, KINDS, matcher } from "./name-match.ts";
import { responseRule } from "./response-rule.ts";

const NAME = "rewrite";

interface Rule {
  readonly goesOn: boolean;
  /** The other name; undefined when the rule doesn't fit. */
  name?(name: string): string | undefined;
  type?(type: RecordType): RecordType | undefined;
  /** Changes the answer to what was asked for; undefined when the rule doesn't fit the name. */
  respond?(name: string): ((message: DnsMessage, request: DnsRequest) => DnsMessage) | undefined;
  /** How names in the answer are turned back, besides the one that was asked for. */
  readonly answers: readonly ((name: string) => string | undefined)[];
  /** The same for the names that records lead to. */
  readonly values?: readonly ((name: string) => string | undefined)[];
}

/** All rules of a server block in their order; the first that fits is the last, unless it says `continue`. */
export function rewritePlugin(directives: readonly Directive[], setup: Setup, next: Handler): Handler {
  const rules = directives.map((directive) =>
    ruleOf([{ words: directive.args, line: directive.line }, ...directive.block], setup),
  );
  return (request) => {
    let { name, type } = request;
    const applied: { rule: Rule; from: string; to: string }[] = [];
    const changes: NonNullable<ReturnType<NonNullable<Rule["respond"]>>>[] = [];
    for (const rule of rules) {
      const change = rule.respond?.(name);
      if (change !== undefined) {
        changes.push(change);
        if (!rule.goesOn) break;
      }
      const otherName = rule.name?.(name);
      const otherType = rule.type?.(type);
      if (otherName === undefined && otherType === undefined) continue;
      applied.unshift({ rule, from: name, to: otherName ?? name });
      name = otherName ?? name;
      type = otherType ?? type;
      if (!rule.goesOn) break;
    }
    if (applied.length === 0 && changes.length === 0) return next(request);
    const changed = { ...request, name, type };
    let message = next(changed);
    for (const change of changes) if (message !== undefined) message = change(message, changed);
    for (const { rule, from, to } of applied)
      if (message !== undefined) message = restored(message, { from, to, rule });
    return message;
  };
}

function restored(message: DnsMessage, how: { from: string; to: string; rule: Rule }): DnsMessage {
  const back = (name: string): string => {
    if (name === how.to) return how.from;
    for (const answer of how.rule.answers) {
      const other = answer(name);
      if (other !== undefined) return other;
    }
    return name;
  };
  const { values = [] } = how.rule;
  const record = (each: DnsRecord): DnsRecord => ({ ...each, name: back(each.name), data: leadingTo(each, values) });
  return { ...message, answer: message.answer.map(record) };
}

/** Where a record leads, by another name when a rule has one for it. */
function leadingTo({ type, data }: DnsRecord, values: NonNullable<Rule["values"]>): string {
  const words = data.split(" ");
  const at = type === "SRV" ? 3 : type === "MX" ? 1 : type === "CNAME" || type === "PTR" || type === "NS" ? 0 : -1;
  for (const value of values) {
    const other = at < 0 ? undefined : value(normalName(words[at] ?? ""));
    if (other !== undefined) return words.with(at, `${other}.`).join(" ");
  }
  return data;
}

function ruleOf(lines: readonly { words: readonly string[]; line: number }[], setup: Setup): Rule {
  // `rewrite { … }`: the rule itself is the first line of the block.
  const [first, ...further] = lines[0]?.words.length === 0 ? lines.slice(1) : lines;
  const words = [...(first?.words ?? [])];
  const line = first?.line ?? 0;
  const goesOn = words[0] === "continue";
  if (words[0] === "continue" || words[0] === "stop") words.shift();
  const [field, ...args] = words;
  if (field === "type") {
    const [from = "", to = ""] = args;
    return {
      goesOn,
      answers: [],
      type: (type) => (type === from.toUpperCase() ? (to.toUpperCase() as RecordType) : undefined),
    };
  }
  const respond = field === undefined ? undefined : responseRule(field, { args, line, setup });
  if (respond !== undefined) return { goesOn, answers: [], respond };
  if (field !== "name") {
    const known = ["class", "edns0"].includes(field ?? "");
    const message = known ? `rewriting ${field} is not simulated` : `invalid rule type "${field ?? ""}"`;
    throw setupError(setup, NAME, known ? { line, message } : message);
  }
  const answers: Rule["answers"][number][] = [];
  const values: Rule["answers"][number][] = [];
  let auto = false;
  const answer = (what: readonly string[]): void => {
    if (what[0] === "auto") auto = true;
    else if (what[0] === "name" && what.length === 3) answers.push(byPattern(what[1] as string, what[2] as string));
    else if (what[0] === "value" && what.length === 3) values.push(byPattern(what[1] as string, what[2] as string));
    else throw wrongArguments(setup, NAME, line, what.at(-1) ?? "answer");
  };
  const inlineAnswer = args.indexOf("answer");
  if (inlineAnswer >= 0) answer(args.splice(inlineAnswer).slice(1));
  for (const { words: more, line: at } of further) {
    if (more[0] === "answer") answer(more.slice(1));
    else if (more[0] === "name") args.push(...more.slice(1));
    else throw setupError(setup, NAME, { line: at, message: `unknown property '${more[0] ?? ""}'` });
  }
  const kind = KINDS.includes(args[0] ?? "") ? (args.shift() as string) : "exact";
  const [from, to] = args;
  if (from === undefined || to === undefined) throw wrongArguments(setup, NAME, line, args.at(-1) ?? field);
  if (kind === "regex" && goRegExp(from) === undefined)
    throw setupError(setup, NAME, `invalid regex pattern in a name rule: ${from}`);
  const match = matcher(kind, { from, to });
  if (auto && kind === "suffix") answers.push(matcher("suffix", { from: to, to: from }));
  if (auto && kind === "prefix") answers.push(matcher("prefix", { from: to, to: from }));
  return { goesOn, name: match, answers, values };
}
