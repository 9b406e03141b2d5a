/** Words of a CQL statement, one after the other. */
import type { CqlValue } from "./cql.ts";

/** What a client is told. */
export class CqlError extends Error {}

export function invalid(message: string): CqlError {
  return new CqlError(`InvalidRequest: Error from server: code=2200 [Invalid query] message="${message}"`);
}

type Token = { kind: "word" | "string" | "number" | "mark"; text: string };

const PATTERN =
  /\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|'((?:[^']|'')*)'|"([^"]*)"|([0-9a-fA-F]{8}-[0-9a-fA-F-]{27})|(-?\d+(?:\.\d+)?)|([A-Za-z]\w*)|(<=|>=|[(),;*=<>.{}[\]:?])/y;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const at = PATTERN.lastIndex;
    const match = PATTERN.exec(text);
    if (match === null) throw syntax(text.slice(at, at + 1));
    const [, string, name, id, number, word, mark] = match;
    if (string !== undefined) tokens.push({ kind: "string", text: string.replaceAll("''", "'") });
    else if (id !== undefined) tokens.push({ kind: "string", text: id });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (name !== undefined || word !== undefined)
      tokens.push({ kind: "word", text: name ?? (word as string).toLowerCase() });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}

function syntax(near: string): CqlError {
  const text = near === "" ? "<EOF>" : near;
  return new CqlError(
    `SyntaxException: line 1:0 no viable alternative at input '${text}' (Drydock: this playground knows a part of CQL)`,
  );
}

export class Reader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(text: string) {
    this.tokens = tokensOf(text.replace(/;\s*$/, ""));
  }

  takes(...texts: string[]): boolean {
    const fits = texts.every((text, offset) => this.tokens[this.at + offset]?.text === text);
    if (fits) this.at += texts.length;
    return fits;
  }

  expect(...texts: string[]): void {
    for (const text of texts) if (!this.takes(text)) throw this.problem();
  }

  problem(): CqlError {
    return syntax(this.tokens[this.at]?.text ?? "");
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.problem();
  }

  name(): string {
    const token = this.tokens[this.at];
    if (token?.kind !== "word") throw this.problem();
    this.at++;
    return token.text;
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takes(",")) items.push(item());
    return items;
  }

  names(): string[] {
    this.expect("(");
    const names = this.list(() => this.name());
    this.expect(")");
    return names;
  }

  value(makeId: () => string): CqlValue {
    const token = this.tokens[this.at++];
    if (token?.kind === "string") return token.text;
    if (token?.kind === "number") return Number(token.text);
    if (token?.text === "true" || token?.text === "false") return token.text === "true";
    if (token?.text === "null") return null;
    if (/^(uuid|now)$/.test(token?.text ?? "") && this.takes("(", ")")) return makeId();
    this.at--;
    throw this.problem();
  }

  /** Passes over `{'class': …}`; false where there is none. */
  map(): boolean {
    if (!this.takes("{")) return false;
    this.list(() => {
      this.value(() => "");
      this.expect(":");
      this.value(() => "");
    });
    this.expect("}");
    return true;
  }
}
