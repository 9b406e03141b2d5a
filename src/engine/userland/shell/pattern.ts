/**
 * Shell patterns. In a pattern text a backslash takes the meaning from the next character (quoted parts of a word arrive
 * that way). Extended patterns `?(a|b) *(…) +(…) @(…) !(…)` are on, as bash has them in `[[ ]]` and `case`.
 */
import { CHARACTER_CLASSES } from "../character-classes.ts";

const cache = new Map<string, RegExp>();

/** Quotes what a pattern would read as special. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()|!+@]/g, "\\$&");
}

/** True iff the pattern has an unquoted special character. */
export function hasMagic(pattern: string): boolean {
  return /(^|[^\\])(\\\\)*(\*|\?|\[.*\]|[@!+]\()/.test(pattern);
}

export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gs, "$1");
}

/** Matches the whole text. */
export function matchPattern(pattern: string, text: string, ignoreCase = false): boolean {
  return patternRegExp(pattern, ignoreCase ? "is" : "s").test(text);
}

function patternRegExp(pattern: string, flags: string): RegExp {
  const key = `${flags}/${pattern}`;
  let expression = cache.get(key);
  if (expression === undefined) {
    if (cache.size > 500) cache.clear();
    expression = new RegExp(`^(?:${patternSource(pattern)})$`, flags);
    cache.set(key, expression);
  }
  return expression;
}

/** The inside of a bracket expression as JavaScript has it. */
export function bracketSource(body: string): string {
  return body
    .replace(/\\(.)/g, (_, char: string) => (/[\w\s]/.test(char) ? char : `\\${char}`))
    .replace(/\[:(\w+):\]|([[\]])/g, (all, name: string | undefined) =>
      name === undefined ? `\\${all}` : (CHARACTER_CLASSES[name] ?? ""),
    );
}

/** A regular expression's source for the pattern, without anchors. */
export function patternSource(pattern: string, star = "[^]*"): string {
  let source = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] as string;
    if (char === "\\") {
      i++;
      source += quoteRegExp(pattern[i] ?? "\\");
    } else if (pattern[i + 1] === "(" && "?*+@!".includes(char)) {
      const end = closingParen(pattern, i + 1);
      if (end < 0) {
        source += quoteRegExp(char);
        continue;
      }
      const body = alternatives(pattern.slice(i + 2, end))
        .map((each) => patternSource(each, star))
        .join("|");
      if (char === "!") source += `(?!(?:${body})${end === pattern.length - 1 ? "$" : ""})${star}`;
      else source += `(?:${body})${char === "@" ? "" : char}`;
      i = end;
    } else if (char === "*") source += star;
    else if (char === "?") source += star === "[^]*" ? "[^]" : "[^/]";
    else if (char === "[") {
      const end = bracketEnd(pattern, i);
      if (end < 0) source += "\\[";
      else {
        const negated = pattern[i + 1] === "!" || pattern[i + 1] === "^";
        source += `[${negated ? "^" : ""}${bracketSource(pattern.slice(i + (negated ? 2 : 1), end))}]`;
        i = end;
      }
    } else source += quoteRegExp(char);
  }
  return source;
}

function quoteRegExp(char: string): string {
  return /[\^$.*+?()[\]{}|\\/]/.test(char) ? `\\${char}` : char;
}

function bracketEnd(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === "!" || pattern[i] === "^") i++;
  if (pattern[i] === "]") i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern.startsWith("[:", i)) i = Math.max(i, pattern.indexOf(":]", i) + 1);
    else if (pattern[i] === "]") return i;
  }
  return -1;
}

function closingParen(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "(") depth++;
    else if (pattern[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

function alternatives(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < body.length; i++) {
    if (body[i] === "\\") i++;
    else if (body[i] === "(") depth++;
    else if (body[i] === ")") depth--;
    else if (body[i] === "|" && depth === 0) {
      parts.push(body.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(body.slice(from));
  return parts;
}
