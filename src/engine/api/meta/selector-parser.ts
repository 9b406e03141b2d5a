/** The grammar of label selectors as text. Upstream: apimachinery pkg/labels/selector.go (Lexer, Parser). */
import { fieldErrorText, invalidValue } from "./field-error.ts";
import { isQualifiedName } from "./names.ts";
import { newRequirement, SelectorError, type Operator, type Requirement } from "./label-requirement.ts";

interface Token {
  type: "identifier" | "operator" | "end" | "error";
  text: string;
}

const SYMBOLS = new Set(["=", "!", "(", ")", ",", ">", "<"]);
const SPACE = new Set([" ", "\t", "\r", "\n"]);
const LITERALS = new Set([")", ",", "!", "==", "=", ">", "in", "<", "!=", "notin", "("]);

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text[at] as string;
    if (SPACE.has(first)) {
      at++;
      continue;
    }
    const start = at;
    if (SYMBOLS.has(first)) {
      // The longest operator: upstream reads on while the symbols read so far are one, or none was found yet.
      let found = "";
      while (at < text.length && SYMBOLS.has(text[at] as string)) {
        const candidate = text.slice(start, at + 1);
        if (LITERALS.has(candidate)) found = candidate;
        else if (found !== "") break;
        at++;
      }
      if (found === "")
        tokens.push({ type: "error", text: `error expected: keyword found '${text.slice(start, at)}'` });
      else tokens.push({ type: "operator", text: found });
      continue;
    }
    while (at < text.length && !SYMBOLS.has(text[at] as string) && !SPACE.has(text[at] as string)) at++;
    const word = text.slice(start, at);
    tokens.push({ type: LITERALS.has(word) ? "operator" : "identifier", text: word });
  }
  tokens.push({ type: "end", text: "" });
  return tokens;
}

/** In the place of a value `in` and `notin` are words like any other. */
function isWord(token: Token): boolean {
  return token.type === "identifier" || (token.type === "operator" && /^(?:in|notin)$/.test(token.text));
}

function isSymbol(token: Token, text: string): boolean {
  return token.type === "operator" && token.text === text;
}

export function parseRequirements(text: string): Requirement[] {
  return new Parser(scan(text)).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.peek();
      if (token.type === "end") return requirements;
      if (!isWord(token) && !isSymbol(token, "!")) {
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.requirement());
      const after = this.take();
      if (after.type === "end") return requirements;
      if (!isSymbol(after, ",")) throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.peek();
      if (!isWord(next) && !isSymbol(next, "!")) {
        throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
      }
    }
  }

  private peek(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }

  private take(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  private requirement(): Requirement {
    try {
      return this.requirementInside();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  private requirementInside(): Requirement {
    let token = this.take();
    const absent = isSymbol(token, "!");
    if (absent) token = this.take();
    if (!isWord(token)) throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const errors = isQualifiedName(key);
    if (errors.length > 0) throw new SelectorError(fieldErrorText(invalidValue("<nil>", key, errors.join("; "))));
    const next = this.peek();
    if (next.type === "end" || isSymbol(next, ",")) {
      return newRequirement({ key, operator: absent ? "!" : "exists", values: [] });
    }
    // `!x=a`: upstream keeps the negation and leaves `=` for the caller to complain about.
    if (absent) return newRequirement({ key, operator: "!", values: [] });
    const operator = this.operator();
    const values = operator === "in" || operator === "notin" ? this.values() : [this.exactValue()];
    return newRequirement({ key, operator, values });
  }

  private operator(): Operator {
    const { type, text } = this.take();
    if (type === "operator") {
      if (text === ">") return "gt";
      if (text === "<") return "lt";
      if (text === "in" || text === "notin" || text === "=" || text === "==" || text === "!=") return text;
    }
    throw new SelectorError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  private exactValue(): string {
    const token = this.peek();
    if (token.type === "end" || isSymbol(token, ",")) return "";
    this.at++;
    if (isWord(token)) return token.text;
    throw new SelectorError(`found '${token.text}', expected: identifier`);
  }

  private values(): string[] {
    const open = this.take();
    if (!isSymbol(open, "(")) throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.peek();
    if (isSymbol(first, ")")) {
      this.at++;
      return [""];
    }
    if (!isWord(first) && !isSymbol(first, ",")) {
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.list();
    this.at++;
    return [...values].sort();
  }

  /** Stops before the closing parenthesis. */
  private list(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.take();
      const next = this.peek();
      if (isWord(token)) {
        values.add(token.text);
        if (isSymbol(next, ",")) continue;
        if (isSymbol(next, ")")) return values;
        throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      }
      if (!isSymbol(token, ",")) throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      if (values.size === 0) values.add("");
      if (isSymbol(next, ")")) return values.add("");
      if (isSymbol(next, ",")) values.add("");
    }
  }
}
