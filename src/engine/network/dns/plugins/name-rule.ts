/**
 * Rules of rewrite that ask for another name, and what they make of the answer. Upstream: coredns plugin/rewrite/name.go.
 *
 * A rule for exact names turns the names in the answer back; the others do it when they say `answer auto`, or as their
 * `answer name` and `answer value` have it. Where none of it is said, the answer is about a name that nobody asked for.
 */
import { normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";
import { byPattern, KINDS, matcher } from "./name-match.ts";

export type Rewriter = (name: string) => string | undefined;

export interface NameRule {
  /** The other name; undefined when the rule doesn't fit. */
  readonly name: Rewriter;
  /** The name that was asked for comes back wherever the other one stands, or what is below it. */
  readonly auto: boolean;
  /** What becomes of the names of records. */
  readonly answers: readonly Rewriter[];
  /** The same for the names that records lead to. */
  readonly values: readonly Rewriter[];
}

/** Throws what is wrong with the words, as text. */
export function nameRule(args: readonly string[], refuse: (message: string) => Error): NameRule {
  if (args.length < 2) throw refuse("too few arguments for a name rule");
  const [kind, from = "", to = ""] =
    args.length === 2 ? ["exact", ...args] : [args[0]?.toLowerCase() ?? "", ...args.slice(1)];
  const { auto, answers, values } = args.length > 3 ? answersOf(kind, args.slice(3), refuse) : NO_ANSWERS;
  if (!KINDS.includes(kind)) {
    const kinds = "exact, prefix, suffix, substring, and regex name matching";
    throw refuse(`name rule supports only ${kinds}, received: ${kind}`);
  }
  if (kind === "regex") {
    const problem = patternProblem(from, to);
    if (problem !== undefined) throw refuse(problem);
  }
  const name = matcher(kind, { from, to });
  if (kind !== "suffix" || !auto) return { name, auto: auto || kind === "exact", answers, values };
  const back = matcher("suffix", { from: to, to: from });
  return { name, auto: false, answers: [back, ...answers], values: [back, ...values] };
}

interface Answers {
  auto: boolean;
  answers: Rewriter[];
  values: Rewriter[];
}

const NO_ANSWERS: Answers = { auto: false, answers: [], values: [] };

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`, one behind the other. */
function answersOf(kind: string, args: readonly string[], refuse: (message: string) => Error): Answers {
  if (args.length < 2) throw refuse(`invalid arguments for ${kind} rule`);
  if (args[0] !== "answer")
    throw refuse(`exceeded the number of arguments for a non-answer rule argument for ${kind} rule`);
  const found: Answers = { auto: false, answers: [], values: [] };
  for (let at = 0; at < args.length;) {
    if (args[at] === "answer") at++;
    const type = args[at++];
    if (type === undefined) throw refuse(`type missing for answer rule for ${kind} rule`);
    if (type === "auto") {
      found.auto = true;
      continue;
    }
    if (type !== "name" && type !== "value")
      throw refuse(`invalid type ${JSON.stringify(type)} for answer rule for ${kind} rule`);
    const [from, to] = args.slice(at, at + 2);
    const rule = `${type} answer rule for ${kind} rule`;
    if (from === undefined || to === undefined) throw refuse(`${rule}: 2 arguments required`);
    const problem = patternProblem(from, to);
    if (problem !== undefined) throw refuse(`${rule}: ${problem}`);
    found[type === "name" ? "answers" : "values"].push(byPattern(from, to));
    at += 2;
  }
  if (found.auto && found.answers.length > 0)
    throw refuse("auto name answer rule cannot be combined with explicit name anwer rules");
  return found;
}

/** Why a pattern and its replacement don't go together. */
export function patternProblem(from: string, to: string): string | undefined {
  if (goRegExp(from) === undefined) return `invalid regex matching pattern: ${from}`;
  const groups = (goRegExp(`${from}|`)?.exec("") ?? []).length - 1;
  const used = new Set(to.match(/\{\d{1,2}\}|\{100\}/g) ?? []).size;
  if (used <= groups) return undefined;
  return `the rewrite regex pattern (${to}) uses more subexpressions than its corresponding matching regex pattern (${from})`;
}

/** `other` and what is below it, by the name that was asked for. */
export function remapped(other: string, asked: string): Rewriter {
  return (name) =>
    name === other || name.endsWith(`.${other}`) ? normalName(name.slice(0, -other.length) + asked) : undefined;
}
