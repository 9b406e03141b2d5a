/**
 * Asks for another name than the client did, and answers under the client's. Upstream: coredns plugin/rewrite.
 *
 * **Simplified:** names alone are rewritten; rules of class, edns0, ttl, cname and rcode fail as not simulated.
 */
import type { DnsMessage, DnsRecord, RecordType } from "../../../base/dns.ts";
import { normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import type { Directive } from "../corefile.ts";
import { setupError, wrongArguments } from "../plugin.ts";
import type { Handler, Setup } from "../plugin.ts";

const NAME = "rewrite";

interface Rule {
  readonly goesOn: boolean;
  /** The other name; undefined when the rule doesn't fit. */
  name?(name: string): string | undefined;
  type?(type: RecordType): RecordType | undefined;
  /** How names in the answer are turned back, besides the one that was asked for. */
  readonly answers: readonly ((name: string) => string | undefined)[];
}

/** All rules of a server block in their order; the first that fits is the last, unless it says `continue`. */
export function rewritePlugin(directives: readonly Directive[], setup: Setup, next: Handler): Handler {
  const rules = directives.map((directive) =>
    ruleOf([{ words: directive.args, line: directive.line }, ...directive.block], setup),
  );
  return (request) => {
    let { name, type } = request;
    const applied: { rule: Rule; from: string; to: string }[] = [];
    for (const rule of rules) {
      const otherName = rule.name?.(name);
      const otherType = rule.type?.(type);
      if (otherName === undefined && otherType === undefined) continue;
      applied.unshift({ rule, from: name, to: otherName ?? name });
      name = otherName ?? name;
      type = otherType ?? type;
      if (!rule.goesOn) break;
    }
    if (applied.length === 0) return next(request);
    let message = next({ ...request, name, type });
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
  const record = (each: DnsRecord): DnsRecord => ({ ...each, name: back(each.name) });
  return { ...message, answer: message.answer.map(record) };
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
  if (field !== "name") {
    const known = ["class", "edns0", "ttl", "cname", "rcode"].includes(field ?? "");
    const message = known ? `rewriting ${field} is not simulated` : `invalid rule type "${field ?? ""}"`;
    throw setupError(setup, NAME, known ? { line, message } : message);
  }
  const answers: Rule["answers"][number][] = [];
  let auto = false;
  const answer = (what: readonly string[]): void => {
    if (what[0] === "auto") auto = true;
    else if (what[0] === "name" && what.length === 3) answers.push(byPattern(what[1] as string, what[2] as string));
    else throw wrongArguments(setup, NAME, line, what.at(-1) ?? "answer");
  };
  const inlineAnswer = args.indexOf("answer");
  if (inlineAnswer >= 0) answer(args.splice(inlineAnswer).slice(1));
  for (const { words: more, line: at } of further) {
    if (more[0] === "answer") answer(more.slice(1));
    else if (more[0] === "name") args.push(...more.slice(1));
    else throw setupError(setup, NAME, { line: at, message: `unknown property '${more[0] ?? ""}'` });
  }
  const kinds = ["exact", "prefix", "suffix", "substring", "regex"];
  const kind = kinds.includes(args[0] ?? "") ? (args.shift() as string) : "exact";
  const [from, to] = args;
  if (from === undefined || to === undefined) throw wrongArguments(setup, NAME, line, args.at(-1) ?? field);
  if (kind === "regex" && goRegExp(from) === undefined)
    throw setupError(setup, NAME, `invalid regex pattern in a name rule: ${from}`);
  const match = matcher(kind, { from, to });
  if (auto && kind === "suffix") answers.push(matcher("suffix", { from: to, to: from }));
  if (auto && kind === "prefix") answers.push(matcher("prefix", { from: to, to: from }));
  return { goesOn, name: match, answers };
}

function matcher(kind: string, rule: { from: string; to: string }): (name: string) => string | undefined {
  const from = normalName(rule.from);
  const to = normalName(rule.to);
  switch (kind) {
    case "prefix":
      return (name) => (name.startsWith(from) ? to + name.slice(from.length) : undefined);
    case "suffix":
      return (name) => (name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined);
    case "substring":
      return (name) => (name.includes(from) ? name.replace(from, to) : undefined);
    case "regex":
      return byPattern(rule.from, rule.to);
    default:
      return (name) => (name === from ? to : undefined);
  }
}

/** Patterns see the name with its final dot; `{1}` stands for what the first group matched. */
function byPattern(pattern: string, replacement: string): (name: string) => string | undefined {
  const regexp = goRegExp(pattern);
  return (name) => {
    const match = regexp?.exec(`${name}.`) ?? null;
    if (match === null) return undefined;
    return normalName(replacement.replace(/\{(\d+)\}/g, (_, group: string) => match[Number(group)] ?? ""));
  };
}
