/**
 * Objects that mutation expressions make: `Object.spec{replicas: 3}` and `JSONPatch{op: "add", …}` are written as the maps
 * that they come to, which the evaluator knows; `jsonpatch.escapeKey(k)` as what it does. Upstream: apiserver
 * pkg/cel/mutation.
 * Simplified: fields of such objects aren't checked against their types, and a compile error shows the maps.
 */
const TYPE = /(?:JSONPatch|Object(?:\.[A-Za-z_]\w*)*)\s*$/;
const FIELD = /(\s*)([A-Za-z_]\w*)\s*:/y;
const STRING = /(?:[rR]|[bB])?("""|'''|"|')/y;
const ESCAPE = "jsonpatch.escapeKey";
const ESCAPED = '.replace("~", "~0").replace("/", "~1")';

/** What stands open: an object's brace takes names as keys, an escaped key needs its end. */
type Open = "object" | "escape" | "other";

export function withPlainObjects(expression: string): string {
  const open: Open[] = [];
  let out = "";
  let at = 0;
  let escaping = false;
  const takeField = (): void => {
    FIELD.lastIndex = at;
    const name = open.at(-1) === "object" ? FIELD.exec(expression) : null;
    if (name === null) return;
    out += `${name[1]}${JSON.stringify(name[2])}:`;
    at = FIELD.lastIndex;
  };
  while (at < expression.length) {
    const literal = stringAt(expression, at);
    if (literal !== "") {
      out += literal;
      at += literal.length;
      continue;
    }
    if (expression.startsWith(ESCAPE, at)) {
      at += ESCAPE.length;
      escaping = true;
      continue;
    }
    const char = expression[at] as string;
    at++;
    if (char === "{") {
      const type = TYPE.exec(out);
      if (type !== null) out = out.slice(0, type.index);
      open.push(type === null ? "other" : "object");
      out += char;
      takeField();
    } else if (char === "(" || char === "[") {
      open.push(escaping && char === "(" ? "escape" : "other");
      escaping = false;
      out += char;
    } else if (char === "}" || char === ")" || char === "]") {
      out += open.pop() === "escape" ? `)${ESCAPED}` : char;
    } else {
      out += char;
      if (char === ",") takeField();
    }
  }
  return out;
}

/** The string literal or comment that begins here; "": none does. */
function stringAt(text: string, at: number): string {
  if (text.startsWith("//", at)) {
    const end = text.indexOf("\n", at);
    return text.slice(at, end < 0 ? text.length : end);
  }
  STRING.lastIndex = at;
  const start = STRING.exec(text);
  if (start === null || (start[0].length > (start[1] as string).length && /\w/.test(text[at - 1] ?? ""))) return "";
  const quote = start[1] as string;
  const isRaw = /^[rR]/.test(start[0]);
  let end = STRING.lastIndex;
  while (end < text.length && !text.startsWith(quote, end)) end += text[end] === "\\" && !isRaw ? 2 : 1;
  return text.slice(at, Math.min(text.length, end + quote.length));
}
