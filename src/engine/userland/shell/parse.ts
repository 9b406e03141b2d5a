/** Parsing by unbash, with errors in bash's words and a verdict on whether more lines may complete the input. */
import { parse as parseBash } from "unbash";
import type { ParsedScript, Statement, WordPart } from "unbash";

export interface ParsedSource {
  source: string;
  statements: readonly Statement[];
  /** bash's text without its prefix, e.g. ``syntax error near unexpected token `)'``, and the line it is on. */
  error: { text: string; line: number } | undefined;
  /** True iff more lines may complete it (PS2). */
  incomplete: boolean;
}

const CACHE_SIZE = 256;
const cache = new Map<string, ParsedSource>();

/** Parses shell text. The result is shared between equal texts: ten thousand containers run one script. */
export function parseSource(source: string): ParsedSource {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const parsed = analyse(source, parseBash(source));
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(source, parsed);
  return parsed;
}

function analyse(source: string, script: ParsedScript): ParsedSource {
  const first = script.errors?.[0];
  const openHereDoc = /<<-?\s*['"\\]?\w/.test(source) && openIn(script.commands);
  const trailing = /(^|[^\\])(\\\\)*\\$/.test(source);
  if (first === undefined) {
    return { source, statements: script.commands, error: undefined, incomplete: openHereDoc || trailing };
  }
  const { message, pos } = first;
  const quote = /unterminated (.*)/.exec(message)?.[1];
  const atEnd =
    pos >= source.trimEnd().length - 1 && /to close|expected '(then|do)'|expected command|expected 'in'/.test(message);
  const incomplete = quote !== undefined || (atEnd && !/unexpected/.test(message));
  const lines = source.slice(0, pos).split("\n").length;
  const total = source.replace(/\n$/, "").split("\n").length;
  let text: string;
  let line = lines;
  if (quote !== undefined) text = `unexpected EOF while looking for matching \`${closing(quote)}'`;
  else if (incomplete) {
    text = "syntax error: unexpected end of file";
    line = total + 1;
  } else text = `syntax error near unexpected token \`${tokenAt(source, pos)}'`;
  const statements = script.commands.filter(
    (statement, at) => statement.end <= lineStart(source, pos) && !(incomplete && at === script.commands.length - 1),
  );
  return { source, statements, error: { text, line }, incomplete: incomplete || openHereDoc };
}

function lineStart(source: string, pos: number): number {
  return source.lastIndexOf("\n", pos - 1) + 1;
}

function closing(what: string): string {
  if (what.includes("double quote")) return '"';
  if (what.includes("single quote") || what.includes("quote")) return "'";
  if (what.includes("backtick")) return "`";
  if (what.includes("parameter")) return "}";
  return ")";
}

function tokenAt(source: string, pos: number): string {
  const rest = source.slice(pos).replace(/^[ \t]+/, "");
  const token = /^(?:;;&?|;&|&&|\|\||[;&|()<>]+|[^\s;&|()<>]+)/.exec(rest)?.[0];
  return token ?? "newline";
}

/** True when a here-document below `node` has no closing line yet. */
function openIn(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some(openIn);
  const record = node as Record<string, unknown>;
  if (record["type"] === "HereDoc") return record["closing"] === undefined;
  return Object.keys(record).some((key) => key !== "parts" && key !== "script" && openIn(record[key]));
}

const partsCache = new Map<string, readonly WordPart[] | undefined>();

/** The parts of `text` as if it stood in double quotes (arithmetic, prompts). Quotes in it are dropped. */
export function quotedParts(text: string): readonly WordPart[] | undefined {
  if (!partsCache.has(text)) {
    if (partsCache.size >= CACHE_SIZE) partsCache.clear();
    partsCache.set(text, wordParts(`"${text.replaceAll('"', "")}"`));
  }
  return partsCache.get(text);
}

/** The parts of `text` as one word; undefined when it is not a word. */
export function wordParts(text: string): readonly WordPart[] | undefined {
  const command = parseBash(`: ${text}`).commands[0]?.command;
  const word = command?.type === "Command" ? command.args[0] : undefined;
  if (word?.type !== "Word") return undefined;
  return word.parts ?? [{ type: "Literal", pos: 0, end: 0, text: word.text, value: word.value }];
}
