/** A Go template as tokens. Upstream: Go text/template/parse/lex.go. */

export type TokenType =
  | "text"
  | "open"
  | "close"
  | "space"
  | "assign"
  | "declare"
  | "pipe"
  | "paren-open"
  | "paren-close"
  | "string"
  | "raw-string"
  | "char"
  | "number"
  | "bool"
  | "variable"
  | "field"
  | "identifier"
  | "keyword"
  | "character"
  | "error"
  | "eof";

export interface Token {
  type: TokenType;
  text: string;
  /** Where it begins in the source. */
  at: number;
  line: number;
}

/** `.` and `nil` count among them, as upstream's do. */
const KEYWORDS: ReadonlySet<string> = new Set(
  ". block break continue define else end if range nil template with".split(" "),
);

/** How a token is named in a complaint. */
export function tokenName({ type, text }: Token): string {
  if (type === "eof") return "EOF";
  if (type === "error") return text;
  if (type === "keyword") return `<${text}>`;
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
}

const NUMBER =
  /^[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*|0[bB][01_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/;

class LexError extends Error {}

export class Lexer {
  private at = 0;
  private inside = false;
  private depth = 0;
  private line = 1;
  private countedTo = 0;
  private ended: Token | undefined;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** After an error or the end always the same. */
  next(): Token {
    if (this.ended !== undefined) return this.ended;
    const start = this.at;
    try {
      const token = this.inside ? this.action() : this.outside();
      if (token.type === "eof") this.ended = token;
      return token;
    } catch (error) {
      if (!(error instanceof LexError)) throw error;
      this.ended = this.token("error", start, error.message);
      return this.ended;
    }
  }

  private token(type: TokenType, from: number, text = this.source.slice(from, this.at)): Token {
    for (; this.countedTo < from; this.countedTo++) if (this.source[this.countedTo] === "\n") this.line++;
    return { type, text, at: from, line: this.line };
  }

  /** Text up to the next action, or that action's opening; comments are passed over. */
  private outside(): Token {
    for (;;) {
      const start = this.at;
      const open = this.source.indexOf("{{", start);
      if (open < 0) {
        if (start === this.source.length) return this.token("eof", start, "");
        this.at = this.source.length;
        return this.token("text", start);
      }
      const trims = /^\{\{-[ \t\r\n]/.test(this.source.slice(open, open + 4));
      if (open > start) {
        const text = this.source.slice(start, open);
        const kept = trims ? text.replace(/[ \t\r\n]+$/, "") : text;
        this.at = open;
        if (kept !== "") return this.token("text", start, kept);
      }
      const inner = open + (trims ? 4 : 2);
      if (this.source.startsWith("/*", inner)) {
        this.comment(inner);
        continue;
      }
      this.at = inner;
      this.inside = true;
      this.depth = 0;
      return this.token("open", open, "{{");
    }
  }

  private comment(from: number): void {
    const end = this.source.indexOf("*/", from);
    if (end < 0) throw new LexError("unclosed comment");
    this.at = end + 2;
    const close = this.closing();
    if (close === 0) throw new LexError("comment ends before closing delimiter");
    this.leave(close);
  }

  /** How long the closing delimiter here is, with the mark that trims. */
  private closing(): number {
    const here = this.source.slice(this.at, this.at + 4);
    return here.startsWith("}}") ? 2 : /^[ \t\r\n]-\}\}/.test(here) ? 4 : 0;
  }

  private leave(length: number): void {
    this.at += length;
    this.inside = false;
    if (length === 4) this.at += /^[ \t\r\n]*/.exec(this.source.slice(this.at))?.[0].length ?? 0;
  }

  private action(): Token {
    const start = this.at;
    const close = this.closing();
    if (close > 0) {
      if (this.depth > 0) throw new LexError("unclosed left paren");
      const token = this.token("close", start, "}}");
      this.leave(close);
      return token;
    }
    const character = String.fromCodePoint(this.source.codePointAt(start) ?? 0);
    if (start >= this.source.length) throw new LexError("unclosed action");
    if (/[ \t\r\n]/.test(character)) return this.space();
    this.at += character.length;
    switch (character) {
      case "=":
        return this.token("assign", start);
      case ":":
        if (this.source[this.at] !== "=") throw new LexError("expected :=");
        this.at++;
        return this.token("declare", start);
      case "|":
        return this.token("pipe", start);
      case '"':
      case "'":
        return this.quoted(character);
      case "`":
        this.at = this.source.indexOf("`", this.at) + 1;
        if (this.at === 0) throw new LexError("unterminated raw quoted string");
        return this.token("raw-string", start);
      case "(":
        this.depth++;
        return this.token("paren-open", start);
      case ")":
        this.depth--;
        if (this.depth < 0) throw new LexError("unexpected right paren");
        return this.token("paren-close", start);
      case "$":
        return this.word("variable", start);
    }
    if (character === "." && !/\d/.test(this.source[this.at] ?? "")) return this.word("field", start);
    if (/[.+\-\d]/.test(character)) return this.number(start);
    if (/[\p{L}\p{Nd}_]/u.test(character)) return this.word("identifier", start);
    if (/[\x20-\x7e]/.test(character)) return this.token("character", start);
    throw new LexError(`unrecognized character in action: ${unicode(character)}`);
  }

  private space(): Token {
    const start = this.at;
    while (/[ \t\r\n]/.test(this.source[this.at] ?? "") && this.closing() === 0) this.at++;
    return this.token("space", start);
  }

  private quoted(quote: string): Token {
    const start = this.at - 1;
    for (; this.source[this.at] !== quote; this.at++) {
      if (this.source[this.at] === "\\") this.at++;
      if (this.at >= this.source.length || this.source[this.at] === "\n") {
        throw new LexError(quote === '"' ? "unterminated quoted string" : "unterminated character constant");
      }
    }
    this.at++;
    return this.token(quote === '"' ? "string" : "char", start);
  }

  /** A name behind `$`, `.` or nothing, which must end where a word can end. */
  private word(type: "variable" | "field" | "identifier", start: number): Token {
    this.at += /^[\p{L}\p{Nd}_]*/u.exec(this.source.slice(this.at))?.[0].length ?? 0;
    const rest = this.source.slice(this.at);
    const bare = type !== "identifier" && this.at === start + 1;
    if (rest !== "" && !/^(?:[ \t\r\n.,|:()]|\}\})/.test(rest)) {
      const next = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      throw new LexError(`bad character ${unicode(next)}`);
    }
    const text = this.source.slice(start, this.at);
    if (type === "field" && bare) return this.token("keyword", start);
    if (type !== "identifier") return this.token(type, start);
    if (KEYWORDS.has(text)) return this.token("keyword", start);
    return this.token(text === "true" || text === "false" ? "bool" : "identifier", start);
  }

  private number(start: number): Token {
    const scan = (): string => {
      this.at += NUMBER.exec(this.source.slice(this.at))?.[0].length ?? 0;
      return String.fromCodePoint(this.source.codePointAt(this.at) ?? 0);
    };
    this.at = start;
    let next = scan();
    const complex = next === "+" || next === "-";
    if (complex) next = scan();
    const glued = /[\p{L}\p{Nd}_]/u.test(next);
    if (glued) this.at += next.length;
    if (glued || (complex && this.source[this.at - 1] !== "i")) {
      throw new LexError(`bad number syntax: ${JSON.stringify(this.source.slice(start, this.at))}`);
    }
    return this.token("number", start);
  }
}

function unicode(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code}${/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character) ? ` '${character}'` : ""}`;
}
