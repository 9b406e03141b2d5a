/** Aliases, replaced in the text before it runs: the first word of each command, once per name. */
import { forEachChild, parse } from "unbash";
import type { SyntaxNode } from "unbash";

const MAX_DEPTH = 10;

export function expandAliases(source: string, aliases: ReadonlyMap<string, string>): string {
  if (aliases.size === 0) return source;
  const places: { pos: number; end: number; text: string }[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "CommandExpansion" && node.text.startsWith("`")) return;
    if (node.type === "Command" && node.name !== undefined && node.name.parts === undefined) {
      const { text, pos, end } = node.name;
      const value = aliases.get(text);
      if (value !== undefined && source.slice(pos, end) === text)
        places.push({ pos, end, text: resolveAlias(text, aliases) });
    }
    forEachChild(node, visit);
  };
  visit(parse(source));
  let result = source;
  for (const place of places.sort((a, b) => b.pos - a.pos))
    result = result.slice(0, place.pos) + place.text + result.slice(place.end);
  return result;
}

/** An alias' text with the alias that it begins with replaced in turn; none is used twice. */
function resolveAlias(name: string, aliases: ReadonlyMap<string, string>): string {
  const used = new Set([name]);
  let text = aliases.get(name) as string;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const first = /^\s*(\S+)/.exec(text)?.[1];
    const value = first === undefined || used.has(first) ? undefined : aliases.get(first);
    if (first === undefined || value === undefined) break;
    used.add(first);
    text = text.replace(first, () => value);
  }
  return text;
}
