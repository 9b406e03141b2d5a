/**
 * What `JSON.parse` doesn't tell: fields that an object has twice, and what is wrong with a text in Go's words.
 * Upstream: encoding/json scanner.go, sigs.k8s.io/json (strict mode).
 */

/** Upstream stops collecting strict errors here. */
const MAX_DUPLICATES = 100;

export interface JsonScan {
  /** Paths such as `spec.template.spec.containers[0].image`, once for each repetition. */
  duplicates: string[];
  /** `invalid character '}' looking for beginning of value`; undefined for good JSON. */
  problem: string | undefined;
}

export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return { duplicates: scanner.duplicates, problem: undefined };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { duplicates: [], problem: error.message };
    throw error;
  }
}

/** Where the JSON value ends that begins at `from`, or what keeps it from being one and how many characters were read. */
export function jsonValueEnd(text: string, from: number): { end: number } | { problem: string; offset: number } {
  const scanner = new Scanner(text, from);
  try {
    return { end: scanner.oneValue() };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { problem: error.message, offset: scanner.read };
    throw error;
  }
}

class SyntaxProblem extends Error {}

class Scanner {
  readonly duplicates: string[] = [];
  private readonly text: string;
  private readonly path: (string | number)[] = [];
  private at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  /** How many characters the scanner has looked at. */
  get read(): number {
    return Math.min(this.at + 1, this.text.length);
  }

  oneValue(): number {
    this.value();
    return this.at;
  }

  document(): void {
    this.value();
    this.space();
    if (this.at < this.text.length) this.fail("after top-level value");
  }

  private value(): void {
    this.space();
    const { text, at } = this;
    switch (text[at]) {
      case "{":
        return this.object();
      case "[":
        return this.array();
      case '"':
        return this.string();
      case "t":
        return this.literal("true");
      case "f":
        return this.literal("false");
      case "n":
        return this.literal("null");
      default:
        return this.number();
    }
  }

  private object(): void {
    const seen = new Set<string>();
    this.at++;
    this.space();
    if (this.text[this.at] === "}") return void this.at++;
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail("looking for beginning of object key string");
      const start = this.at;
      this.string();
      const key = JSON.parse(this.text.slice(start, this.at)) as string;
      this.path.push(key);
      if (seen.has(key) && this.duplicates.length < MAX_DUPLICATES) this.duplicates.push(this.pathText());
      seen.add(key);
      this.space();
      if (this.text[this.at] !== ":") this.fail("after object key");
      this.at++;
      this.value();
      this.path.pop();
      this.space();
      if (this.text[this.at] === "}") return void this.at++;
      if (this.text[this.at] !== ",") this.fail("after object key:value pair");
      this.at++;
    }
  }

  private array(): void {
    this.at++;
    this.space();
    if (this.text[this.at] === "]") return void this.at++;
    for (let index = 0; ; index++) {
      this.path.push(index);
      this.value();
      this.path.pop();
      this.space();
      if (this.text[this.at] === "]") return void this.at++;
      if (this.text[this.at] !== ",") this.fail("after array element");
      this.at++;
    }
  }

  private string(): void {
    for (this.at++; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) return void this.at++;
      if (code === BACKSLASH) this.escape();
      else if (Number.isNaN(code) || code < SPACE) this.fail("in string literal");
    }
  }

  private escape(): void {
    const character = this.text[++this.at];
    if (character === "u") {
      for (let digit = 0; digit < 4; digit++) {
        this.at++;
        if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? "")) this.fail("in \\u hexadecimal character escape");
      }
    } else if (character === undefined || !'"\\/bfnrt'.includes(character)) this.fail("in string escape code");
  }

  private literal(word: string): void {
    for (const character of word) {
      if (this.text[this.at] !== character) this.fail(`in literal ${word} (expecting '${character}')`);
      this.at++;
    }
  }

  private number(): void {
    const begin = this.at;
    if (this.text[this.at] === "-") this.at++;
    if (this.text[this.at] === "0") this.at++;
    else this.digits(this.at === begin ? "looking for beginning of value" : "in numeric literal");
    if (this.text[this.at] === ".") {
      this.at++;
      this.digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.text[this.at] ?? "")) {
      this.at++;
      if (/[+-]/.test(this.text[this.at] ?? "")) this.at++;
      this.digits("in exponent of numeric literal");
    }
  }

  private digits(where: string): void {
    if (!isDigit(this.text[this.at])) this.fail(where);
    while (isDigit(this.text[this.at])) this.at++;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== SPACE && code !== 9 && code !== 10 && code !== 13) return;
      this.at++;
    }
  }

  private fail(where: string): never {
    const character = this.text[this.at];
    if (character === undefined) throw new SyntaxProblem("unexpected end of JSON input");
    const shown = character === "'" ? "\\'" : character === '"' ? '"' : JSON.stringify(character).slice(1, -1);
    throw new SyntaxProblem(`invalid character '${shown}' ${where}`);
  }

  private pathText(): string {
    let text = "";
    for (const part of this.path) {
      if (typeof part === "number") text += `[${part}]`;
      else text += text === "" ? part : `.${part}`;
    }
    return text;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
