/** The ways in which rules of rewrite name a name. Upstream: coredns plugin/rewrite/name.go. */
import { normalName } from "../../../base/dns.ts";
import { goRegExp } from "../../../base/go-regexp.ts";

export const KINDS: readonly string[] = ["exact", "prefix", "suffix", "substring", "regex"];

/** The other name; undefined when the rule doesn't fit. */
export function matcher(kind: string, rule: { from: string; to: string }): (name: string) => string | undefined {
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
export function byPattern(pattern: string, replacement: string): (name: string) => string | undefined {
  const regexp = goRegExp(pattern);
  return (name) => {
    const match = regexp?.exec(`${name}.`) ?? null;
    if (match === null) return undefined;
    return normalName(replacement.replace(/\{(\d+)\}/g, (_, group: string) => match[Number(group)] ?? ""));
  };
}
