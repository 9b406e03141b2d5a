/** Words, numbers, strings and marks of a SQL text. Names in `backticks` are words as they stand. */

export type Token =
  | { kind: "word"; text: string; quoted: boolean }
  | { kind: "string"; text: string }
  | { kind: "number"; text: string }
  | { kind: "mark"; text: string };

const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'((?:[^'\\]|''|\\.)*)'|"([^"]*)"|`([^`]*)`|(\d+(?:\.\d+)?)|([A-Za-z_@][\w@$.]*)|(<=|>=|<>|!=|[(),;*=<>+\-./%])/y;

/** What stands in "double quotes": a name, as the standard has it, or a string, as in MySQL. */
export type DoubleQuotes = "name" | "string";

/** undefined: there is something in it that is no SQL. */
export function tokensOf(sql: string, doubleQuotes: DoubleQuotes): Token[] | undefined {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < sql.length) {
    const match = PATTERN.exec(sql);
    if (match === null) return undefined;
    const [, text, name, ticked, number, word, mark] = match;
    if (text !== undefined) tokens.push({ kind: "string", text: text.replaceAll("''", "'").replace(/\\(.)/g, "$1") });
    else if (name !== undefined && doubleQuotes === "string") tokens.push({ kind: "string", text: name });
    else if (name !== undefined || ticked !== undefined) {
      tokens.push({ kind: "word", text: name ?? ticked ?? "", quoted: true });
    } else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word, quoted: false });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}

/** Statements of a script, each without its semicolon; what stands behind the last one is `rest`. */
export function splitStatements(text: string): { statements: string[]; rest: string } {
  const statements: string[] = [];
  let start = 0;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"' || char === "`") quote = char;
    else if (char === ";") {
      statements.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return { statements: statements.filter((statement) => statement !== ""), rest: text.slice(start) };
}
