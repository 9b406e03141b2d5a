/** Texts and regular expressions. Upstream: cel-go ext/strings.go, apiserver pkg/cel/library/regex.go. */
import { goRegExp } from "../../../base/go-regexp.ts";
import { formatText } from "./format-text.ts";
import { CelFailure, type Overload } from "./overload.ts";

function regExp(pattern: string): RegExp {
  const compiled = goRegExp(pattern);
  if (compiled === undefined) throw new CelFailure(`Illegal regex: error parsing regexp: \`${pattern}\``);
  return compiled;
}

function charAt(text: string, at: bigint): string {
  const characters = [...text];
  if (at < 0n || at > BigInt(characters.length)) throw new CelFailure(`index out of range: ${at}`);
  return characters[Number(at)] ?? "";
}

function replaceSome(text: string, from: string, to: string, count: bigint): string {
  if (count < 0n) return text.replaceAll(from, to);
  let rest = Number(count);
  return text.replaceAll(from, (found) => (rest-- > 0 ? to : found));
}

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const all = [...text.matchAll(new RegExp(regExp(pattern), `${regExp(pattern).flags}g`))].map(([found]) => found);
  return limit < 0n ? all : all.slice(0, Number(limit));
}

export const stringFunctions: readonly Overload[] = [
  ["string.charAt(int): string", charAt],
  [
    "string.replace(string, string): string",
    (text: string, from: string, to: string) => text.replaceAll(from, () => to),
  ],
  ["string.replace(string, string, int): string", replaceSome],
  ["string.reverse(): string", (text: string) => [...text].toReversed().join("")],
  ["string.format(list): string", formatText],
  ["StringsNamespace.quote(string): string", (_: unknown, text: string) => JSON.stringify(text)],
  ["string.find(string): string", (text: string, pattern: string) => regExp(pattern).exec(text)?.[0] ?? ""],
  ["string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern)],
  ["string.findAll(string, int): list<string>", findAll],
  // What `matches` is turned into: the library's own knows the host's patterns only.
  ["string.matchesRE2(string): bool", (text: string, pattern: string) => regExp(pattern).test(text)],
  ["matchesRE2(string, string): bool", (text: string, pattern: string) => regExp(pattern).test(text)],
];
