import { defineCommand } from "../command.ts";
import { basicToExtended } from "../regular-expression.ts";

class ExprError extends Error {}

export const expr = defineCommand({
  name: "expr",
  usage:
    "Usage: expr EXPRESSION\nPrint the value of EXPRESSION: | & < <= = != >= > + - * / % STRING : REGEXP, match, substr, index, length, ( )",
  options: { none: true },
  badUsageStatus: 2,
  *run(io) {
    if (io.operands.length === 0) return yield* io.misuse("missing operand", 2);
    try {
      const value = new Parser(io.operands).run();
      yield* io.out(`${value}\n`);
      return value === "" || /^-?0+$/.test(value) ? 1 : 0;
    } catch (error) {
      if (!(error instanceof ExprError)) throw error;
      yield* io.complain(error.message);
      return 2;
    }
  },
});

const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["<", "<=", "=", "==", "!=", ">=", ">"],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];

class Parser {
  private at = 0;
  private readonly words: readonly string[];

  constructor(words: readonly string[]) {
    this.words = words;
  }

  run(): string {
    const value = this.binary(0);
    if (this.at < this.words.length) throw new ExprError(`syntax error: unexpected argument '${this.words[this.at]}'`);
    return value;
  }

  private binary(level: number): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.primary();
    let left = this.binary(level + 1);
    for (
      let operator = this.words[this.at];
      operator !== undefined && operators.includes(operator);
      operator = this.words[this.at]
    ) {
      this.at++;
      left = apply(operator, left, this.binary(level + 1));
    }
    return left;
  }

  private primary(): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new ExprError(`syntax error: missing argument after '${this.words.at(-1)}'`);
    if (word === "(") {
      const value = this.binary(0);
      if (this.words[this.at++] !== ")")
        throw new ExprError("syntax error: expecting ')' after '" + (this.words.at(-1) ?? "") + "'");
      return value;
    }
    if (word === "length" && this.words[this.at] !== undefined) return String([...this.primary()].length);
    if (word === "match") return apply(":", this.primary(), this.primary());
    if (word === "substr") {
      const [text, from, size] = [this.primary(), Number(this.primary()), Number(this.primary())];
      return from < 1 ? "" : text.slice(from - 1, from - 1 + size);
    }
    if (word === "index") {
      const [text, chars] = [this.primary(), this.primary()];
      return String([...text].findIndex((char) => chars.includes(char)) + 1);
    }
    return word;
  }
}

function apply(operator: string, left: string, right: string): string {
  const empty = (text: string): boolean => text === "" || /^-?0+$/.test(text);
  if (operator === "|") return empty(left) ? (empty(right) ? "0" : right) : left;
  if (operator === "&") return empty(left) || empty(right) ? "0" : left;
  if (operator === ":") {
    const match = new RegExp(`^(?:${basicToExtended(right)})`).exec(left);
    if (/\\\(/.test(right)) return match?.[1] ?? "";
    return String(match?.[0].length ?? 0);
  }
  const numbers = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
  if (["<", "<=", "=", "==", "!=", ">=", ">"].includes(operator)) {
    const order = numbers ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
    const truth = {
      "<": order < 0,
      "<=": order <= 0,
      "=": order === 0,
      "==": order === 0,
      "!=": order !== 0,
      ">=": order >= 0,
      ">": order > 0,
    }[operator];
    return truth === true ? "1" : "0";
  }
  if (!numbers) throw new ExprError("non-integer argument");
  const [a, b] = [Number(left), Number(right)];
  if ((operator === "/" || operator === "%") && b === 0) throw new ExprError("division by zero");
  return String(
    operator === "+"
      ? a + b
      : operator === "-"
        ? a - b
        : operator === "*"
          ? a * b
          : operator === "/"
            ? Math.trunc(a / b)
            : a % b,
  );
}
