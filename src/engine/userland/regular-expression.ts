/** POSIX regular expressions as JavaScript's. Simplified: leftmost-first alternatives, not leftmost-longest. */
import { posixRegExp } from "./character-classes.ts";

export interface SearchOptions {
  syntax: "basic" | "extended" | "fixed";
  ignoreCase?: boolean;
  words?: boolean;
  lines?: boolean;
}

/** One expression for all patterns, or grep's message about what is wrong. */
export function searchExpression(patterns: readonly string[], options: SearchOptions): RegExp | string {
  const sources = patterns.map((pattern) => {
    if (options.syntax === "fixed") return pattern.replace(/[\^$.*+?()[\]{}|\\/]/g, "\\$&");
    return options.syntax === "basic" ? basicToExtended(pattern) : extended(pattern);
  });
  let source = sources.length === 1 ? (sources[0] as string) : sources.map((each) => `(?:${each})`).join("|");
  if (options.words === true) source = `(?<![A-Za-z0-9_])(?:${source})(?![A-Za-z0-9_])`;
  if (options.lines === true) source = `^(?:${source})$`;
  try {
    return new RegExp(source, options.ignoreCase === true ? "i" : "");
  } catch {
    const [pattern = ""] = patterns;
    if (/\[[^\]]*$/.test(pattern)) return "Unmatched [, [^, [:, [., or [=";
    if (pattern.endsWith("\\")) return "Trailing backslash";
    return "Unmatched ( or \\(";
  }
}

function extended(pattern: string): string {
  return posixRegExp(pattern).replace(/\\([<>])/g, (_, side: string) => (side === "<" ? "\\b(?=\\w)" : "\\b(?<=\\w)"));
}

/** Basic syntax: `\( \) \{ \} \| \+ \?` are special, without the backslash they are not. */
export function basicToExtended(pattern: string): string {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] as string;
    if (char === "[") {
      let end = pattern.indexOf("]", i + (/^\[\^?\]/.test(pattern.slice(i)) ? (pattern[i + 1] === "^" ? 3 : 2) : 1));
      while (end > 0 && /\[:\w*:$/.test(pattern.slice(i, end))) end = pattern.indexOf("]", end + 1);
      if (end < 0) return pattern;
      const body = pattern.slice(i + 1, end).replaceAll("\\", "\\\\");
      source += `[${body.startsWith("^") ? "^" : ""}${body.replace(/^\^/, "").replace(/^\]/, "\\]")}]`;
      i = end;
    } else if (char === "\\") {
      const next = pattern[++i];
      if (next === undefined) return `${pattern}(`;
      if ("(){}|+?".includes(next)) source += next;
      else source += next === "<" ? "\\b(?=\\w)" : next === ">" ? "\\b(?<=\\w)" : `\\${next}`;
    } else if ("(){}|+?".includes(char)) source += `\\${char}`;
    else if (char === "*" && (source === "" || source === "^" || source.endsWith("("))) source += "\\*";
    else source += char;
  }
  return posixRegExp(source);
}
