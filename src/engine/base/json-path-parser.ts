/** JSONPath templates as nodes, as kubectl and printer columns write them. Upstream: client-go util/jsonpath/parser.go. */

/** A template that can't be read, or that doesn't fit its value. */
export class JsonPathError extends Error {}

export type PathNode =
  | { type: "text"; text: string }
  | { type: "literal"; value: number | boolean; float?: boolean }
  | { type: "field"; name: string }
  | { type: "identifier"; name: string }
  | { type: "wildcard" }
  | { type: "recursive" }
  | { type: "slice"; start: number | undefined; end: number | undefined; step: number | undefined; single: boolean }
  | { type: "filter"; left: PathNode[]; operator: string; right: PathNode[] }
  | { type: "union"; choices: PathNode[][] };

export type TemplateNode =
  | { type: "text"; text: string }
  | { type: "path"; nodes: PathNode[] }
  | { type: "range"; nodes: PathNode[]; body: TemplateNode[] };

/** Throws a `JsonPathError` with the reader's complaint. */
export function parseJsonPath(template: string): TemplateNode[] {
  const root: TemplateNode[] = [];
  const stack: TemplateNode[][] = [root];
  let rest = template;
  while (rest !== "") {
    const brace = rest.indexOf("{");
    const text = brace < 0 ? rest : rest.slice(0, brace);
    const body = stack.at(-1) ?? root;
    if (text !== "") body.push({ type: "text", text });
    if (brace < 0) break;
    const end = endOfAction(rest, brace + 1);
    readAction(rest.slice(brace + 1, end).trim(), stack);
    rest = rest.slice(end + 1);
  }
  return root;
}

/** Index of the brace that closes an action, looking past quoted text. */
function endOfAction(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const character = text[i];
    if (character === "}") return i;
    if (character === "{") throw unrecognized(character);
    // A quote within a name is a part of it.
    if ((character === '"' || character === "'") && !/[\w-]/.test(text[i - 1] ?? "")) {
      i = endOfQuote(text, i);
      if (i < 0) throw new JsonPathError("unterminated quoted string");
    }
  }
  // Where the text ends within brackets, these are what upstream misses.
  const open = text.lastIndexOf("[");
  throw open > text.lastIndexOf("]") ? unterminated(text, open) : new JsonPathError("unclosed action");
}

function unterminated(text: string, bracket: number): JsonPathError {
  return new JsonPathError(`unterminated ${text.startsWith("[?(", bracket) ? "filter" : "array"}`);
}

function unrecognized(character: string): JsonPathError {
  return new JsonPathError(`unrecognized character in action: U+${hex(character)} '${character}'`);
}

function endOfQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === text[from]) return i;
  }
  return -1;
}

function readAction(action: string, stack: TemplateNode[][]): void {
  const body = stack.at(-1) ?? [];
  if (action === "end") {
    if (stack.length < 2) body.push({ type: "path", nodes: [{ type: "identifier", name: "end" }] });
    else stack.pop();
    return;
  }
  const range = /^range(?=[\s.[@$]|$)/.exec(action);
  if (range !== null) {
    const inner: TemplateNode[] = [];
    body.push({ type: "range", nodes: parsePath(action.slice(5).trim()), body: inner });
    stack.push(inner);
    return;
  }
  body.push({ type: "path", nodes: parsePath(action) });
}

const FIELD = /^(?:\\.|[^\s.,[\]$@{}\\])*/s;

/** The inside of an action, or one side of a filter. */
export function parsePath(text: string): PathNode[] {
  const nodes: PathNode[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (/[\s@$]/.test(character)) at++;
    else if (character === "[") at = readBrackets(text, at, nodes);
    else if (character === '"' || character === "'") at = readQuote(text, at, nodes);
    else if (character === ".") at = readField(text, at, nodes);
    else if (/[-+\d]/.test(character)) at = readNumber(text, at, nodes);
    else if (/[A-Za-z_]/.test(character)) at = readWord(text, at, nodes);
    else throw unrecognized(character);
  }
  return nodes;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

function readField(text: string, at: number, nodes: PathNode[]): number {
  if (text.startsWith("..", at)) {
    if (nodes.at(-1)?.type === "recursive") throw new JsonPathError("invalid multiple recursive descent");
    nodes.push({ type: "recursive" });
    if (text.startsWith("...", at)) throw new JsonPathError("invalid multiple recursive descent");
    const next = text[at + 2] ?? "";
    return /[\p{L}\d_]/u.test(next) ? readName(text, at + 2, nodes) : at + 2;
  }
  return readName(text, at + 1, nodes);
}

function readName(text: string, at: number, nodes: PathNode[]): number {
  const name = FIELD.exec(text.slice(at))?.[0] ?? "";
  if (name === "*") nodes.push({ type: "wildcard" });
  else if (name !== "") nodes.push({ type: "field", name: name.replaceAll("\\", "") });
  return at + name.length;
}

function readQuote(text: string, at: number, nodes: PathNode[]): number {
  const end = endOfQuote(text, at);
  if (end < 0) throw new JsonPathError("unterminated quoted string");
  const inside = text.slice(at + 1, end);
  if (
    /\\(?![abfnrtv\\'"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})/.test(inside.replaceAll("\\\\", ""))
  ) {
    throw new JsonPathError(`unquote string ${text.slice(at, end + 1)} error invalid syntax`);
  }
  nodes.push({ type: "text", text: unquote(inside) });
  return end + 1;
}

/** Escapes of a Go string literal. */
export function unquote(text: string): string {
  const simple: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\x07" };
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)/gs, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (simple[code] ?? code),
  );
}

function readNumber(text: string, at: number, nodes: PathNode[]): number {
  const number = /^[-+]?[\d.]+/.exec(text.slice(at))?.[0] ?? "";
  if (!/^[-+]?\d+(\.\d*)?$/.test(number)) throw new JsonPathError(`cannot parse number ${number}`);
  nodes.push({ type: "literal", value: Number(number), float: number.includes(".") });
  return at + number.length;
}

function readWord(text: string, at: number, nodes: PathNode[]): number {
  const word = FIELD.exec(text.slice(at))?.[0] ?? "";
  if (word === "true" || word === "false") nodes.push({ type: "literal", value: word === "true" });
  else nodes.push({ type: "identifier", name: word });
  return at + word.length;
}

function readBrackets(text: string, at: number, nodes: PathNode[]): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const character = text[i];
    if (character === '"' || character === "'") {
      i = endOfQuote(text, i);
      if (i < 0) break;
    } else if (character === "[") depth++;
    else if (character === "]" && --depth === 0) {
      nodes.push(...parseBrackets(text.slice(at + 1, i)));
      return i + 1;
    }
  }
  throw unterminated(text, at);
}

function parseBrackets(inside: string): PathNode[] {
  const filter = /^\?\((.*)\)$/s.exec(inside.trim());
  if (filter !== null) return [parseFilter(filter[1] ?? "")];
  if (inside.startsWith("?(")) throw new JsonPathError("unterminated filter");
  const parts = splitCommas(inside);
  if (parts.length > 1) return [{ type: "union", choices: parts.map((part) => parseBrackets(part.trim())) }];
  const key = /^\s*'([^']*)'\s*$/.exec(inside);
  if (key !== null) return parsePath(`.${key[1]}`);
  if (inside === "*") return [{ type: "slice", start: undefined, end: undefined, step: undefined, single: false }];
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inside);
  if (slice === null) throw new JsonPathError(`invalid array index ${inside}`);
  const number = (part: string | undefined): number | undefined =>
    part === undefined || part === "" || part === ":" ? undefined : Number(part.replace(":", ""));
  const [, start, end, step] = slice;
  if (end === undefined) {
    // Empty brackets mean the first, as upstream reads them.
    const index = number(start) ?? 0;
    return [{ type: "slice", start: index, end: index + 1, step: undefined, single: true }];
  }
  return [{ type: "slice", start: number(start), end: number(end), step: number(step), single: false }];
}

function splitCommas(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "'" || text[i] === '"') i = Math.max(i, endOfQuote(text, i));
    else if (text[i] === ",") {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}

function parseFilter(text: string): PathNode {
  const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/s.exec(text);
  if (comparison === null) return { type: "filter", left: parsePath(text), operator: "exists", right: [] };
  const [, left = "", operator = "", right = ""] = comparison;
  return { type: "filter", left: parsePath(left), operator, right: parsePath(right) };
}
