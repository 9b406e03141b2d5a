/** Brace expansion on the text of a word, before anything else: `a{b,c{1..3}}` → `ab ac1 ac2 ac3`. */

const MAX_WORDS = 100_000;

export function expandBraces(text: string): string[] {
  for (let open = 0; open < text.length; open++) {
    const char = text[open];
    if (char === "\\") open++;
    else if (char === "'" || char === '"') open = skipQuotes(text, open);
    else if (char === "$" && (text[open + 1] === "{" || text[open + 1] === "(")) open = skipNested(text, open + 1);
    else if (char === "{") {
      const found = group(text, open);
      if (found === undefined) continue;
      const before = text.slice(0, open);
      const tails = expandBraces(text.slice(found.end + 1));
      const words: string[] = [];
      for (const choice of found.choices) {
        for (const tail of tails) {
          if (words.length >= MAX_WORDS) return words;
          words.push(before + choice + tail);
        }
      }
      return words;
    }
  }
  return [text];
}

function group(text: string, open: number): { choices: string[]; end: number } | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") i++;
    else if (char === "'" || char === '"') i = skipQuotes(text, i);
    else if (char === "$" && (text[i + 1] === "{" || text[i + 1] === "(")) i = skipNested(text, i + 1);
    else if (char === "{") depth++;
    else if (char === "," && depth === 1) commas.push(i);
    else if (char === "}" && --depth === 0) {
      if (commas.length === 0) {
        const range = sequence(text.slice(open + 1, i));
        return range === undefined ? undefined : { choices: range, end: i };
      }
      const edges = [open, ...commas, i];
      const choices = edges.slice(1).flatMap((edge, at) => expandBraces(text.slice((edges[at] as number) + 1, edge)));
      return { choices, end: i };
    }
  }
  return undefined;
}

function sequence(body: string): string[] | undefined {
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(body);
  const letters = /^([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?\d+))?$/.exec(body);
  const match = numbers ?? letters;
  if (match === null) return undefined;
  const [, first = "", last = "", stepText] = match;
  const from = numbers ? Number(first) : first.charCodeAt(0);
  const to = numbers ? Number(last) : last.charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(stepText ?? "1")));
  const padded = numbers && (/^-?0\d/.test(first) || /^-?0\d/.test(last));
  const width = padded ? Math.max(first.length, last.length) : 0;
  const words: string[] = [];
  for (let at = from; from <= to ? at <= to : at >= to; at += from <= to ? step : -step) {
    if (words.length >= MAX_WORDS) break;
    if (!numbers) words.push(String.fromCharCode(at));
    else words.push(at < 0 ? `-${String(-at).padStart(width - 1, "0")}` : String(at).padStart(width, "0"));
  }
  return words;
}

function skipQuotes(text: string, at: number): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\" && quote === '"') i++;
    else if (text[i] === quote) return i;
  }
  return text.length;
}

function skipNested(text: string, open: number): number {
  const [left, right] = text[open] === "{" ? ["{", "}"] : ["(", ")"];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === left) depth++;
    else if (text[i] === right && --depth === 0) return i;
  }
  return text.length;
}
