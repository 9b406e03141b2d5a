/** PromQL's syntax. Upstream: prometheus/prometheus promql/parser. Simplified: what `Expression` has, and nothing else. */
import type { Matcher } from "./series.ts";
import { unescaped, wholeRegExp } from "./series.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "selector"; readonly matchers: readonly Matcher[]; readonly rangeMs?: number }
  | { readonly kind: "call"; readonly name: string; readonly argument: Expression }
  | {
      readonly kind: "aggregate";
      readonly name: string;
      readonly argument: Expression;
      readonly labels: readonly string[];
      readonly without: boolean;
    }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression };

export const AGGREGATIONS: ReadonlySet<string> = new Set(["sum", "avg", "min", "max", "count"]);
/** Of a range of each series. */
export const RANGE_FUNCTIONS: ReadonlySet<string> = new Set([
  "rate",
  "irate",
  "increase",
  "avg_over_time",
  "min_over_time",
  "max_over_time",
  "sum_over_time",
]);

export class PromqlError extends Error {
  /** Of the request, which is wrong. */
  readonly parameter: string;

  constructor(message: string, parameter = "query") {
    super(message);
    this.parameter = parameter;
  }
}

const TOKEN =
  /\s*(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|(\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|!=|==|>=|<=|[-+*/(){}[\],=<>]))/y;
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
export const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
const SUMS = new Set(["+", "-"]);
const PRODUCTS = new Set(["*", "/"]);

interface Token {
  readonly kind: "name" | "duration" | "number" | "string" | "operator";
  readonly text: string;
}

/** Throws a `PromqlError`. */
export function parsePromql(text: string): Expression {
  const parser = new Parser(tokensOf(text));
  return parser.whole();
}

/** Matchers of a series selector by itself, as `match[]` has it. */
export function parseSelector(text: string): readonly Matcher[] {
  const expression = parsePromql(text);
  if (expression.kind === "selector" && expression.rangeMs === undefined) return expression.matchers;
  throw new PromqlError("parse error: unexpected end of input inside series selector");
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new PromqlError(`1:${at + 1}: parse error: unexpected character: ${text.charAt(at)}`);
    const [, name, duration, number, string, operator] = found;
    if (name !== undefined) tokens.push({ kind: "name", text: name });
    else if (duration !== undefined) tokens.push({ kind: "duration", text: duration });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (string !== undefined) tokens.push({ kind: "string", text: unescaped(string.slice(1, -1)) });
    else tokens.push({ kind: "operator", text: operator ?? "" });
  }
  return tokens;
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.comparison();
    const rest = this.peek();
    if (rest !== undefined) throw unexpected(rest);
    return expression;
  }

  private comparison(): Expression {
    return this.chain(COMPARISONS, () => this.chain(SUMS, () => this.product()));
  }

  private product(): Expression {
    return this.chain(PRODUCTS, () => this.unary());
  }

  private chain(operators: ReadonlySet<string>, next: () => Expression): Expression {
    let left = next();
    for (let token = this.peek(); token?.kind === "operator" && operators.has(token.text); token = this.peek()) {
      this.at++;
      left = { kind: "binary", operator: token.text, left, right: next() };
    }
    return left;
  }

  private unary(): Expression {
    if (!this.takes("-")) return this.primary();
    return { kind: "binary", operator: "*", left: { kind: "number", value: -1 }, right: this.primary() };
  }

  private primary(): Expression {
    if (this.takes("(")) {
      const inner = this.comparison();
      this.expect(")");
      return inner;
    }
    const token = this.peek();
    if (token === undefined) throw new PromqlError("parse error: unexpected end of input");
    if (token.kind === "number") {
      this.at++;
      return { kind: "number", value: Number(token.text) };
    }
    if (token.text === "{" && token.kind === "operator") return this.selector(undefined);
    if (token.kind !== "name") throw unexpected(token);
    this.at++;
    if (AGGREGATIONS.has(token.text)) return this.aggregate(token.text);
    if (this.peek()?.text !== "(" || this.peek()?.kind !== "operator") return this.selector(token.text);
    if (!RANGE_FUNCTIONS.has(token.text)) {
      throw new PromqlError(`parse error: this playground knows no function with name ${JSON.stringify(token.text)}`);
    }
    this.expect("(");
    const argument = this.comparison();
    this.expect(")");
    if (argument.kind === "selector" && argument.rangeMs !== undefined) {
      return { kind: "call", name: token.text, argument };
    }
    throw new PromqlError(
      `parse error: expected type range vector in call to function ${JSON.stringify(token.text)}, got instant vector`,
    );
  }

  /** `sum by (pod) (…)` and `sum(…) by (pod)`. */
  private aggregate(name: string): Expression {
    const before = this.grouping();
    this.expect("(");
    const argument = this.comparison();
    this.expect(")");
    const { labels, without } = before ?? this.grouping() ?? { labels: [], without: false };
    return { kind: "aggregate", name, argument, labels, without };
  }

  private grouping(): { labels: string[]; without: boolean } | undefined {
    const token = this.peek();
    if (token?.kind !== "name" || (token.text !== "by" && token.text !== "without")) return undefined;
    this.at++;
    this.expect("(");
    const labels: string[] = [];
    while (!this.takes(")")) {
      labels.push(this.take("name").text);
      this.takes(",");
    }
    return { labels, without: token.text === "without" };
  }

  private selector(name: string | undefined): Expression {
    const matchers: Matcher[] = name === undefined ? [] : [{ label: "__name__", operator: "=", value: name }];
    if (this.takes("{")) {
      while (!this.takes("}")) {
        const label = this.take("name").text;
        const operator = this.take("operator").text;
        if (operator !== "=" && operator !== "!=" && operator !== "=~" && operator !== "!~") {
          throw new PromqlError(`parse error: unexpected ${JSON.stringify(operator)} in label matching`);
        }
        const value = this.take("string").text;
        if (operator.endsWith("~") && wholeRegExp(value) === undefined) {
          throw new PromqlError(`parse error: error parsing regexp: \`${value}\``);
        }
        matchers.push({ label, operator, value });
        this.takes(",");
      }
    }
    if (!this.takes("[")) return { kind: "selector", matchers };
    const rangeMs = durationMs(this.take("duration").text);
    this.expect("]");
    return { kind: "selector", matchers, rangeMs };
  }

  private peek(): Token | undefined {
    return this.tokens[this.at];
  }

  private takes(operator: string): boolean {
    const token = this.peek();
    if (token?.kind !== "operator" || token.text !== operator) return false;
    this.at++;
    return true;
  }

  private expect(operator: string): void {
    if (this.takes(operator)) return;
    const token = this.peek();
    throw token === undefined ? new PromqlError("parse error: unexpected end of input") : unexpected(token);
  }

  private take(kind: Token["kind"]): Token {
    const token = this.peek();
    if (token === undefined) throw new PromqlError("parse error: unexpected end of input");
    if (token.kind !== kind) throw unexpected(token);
    this.at++;
    return token;
  }
}

function unexpected({ kind, text }: Token): PromqlError {
  return new PromqlError(`parse error: unexpected ${kind === "name" ? "identifier " : ""}${JSON.stringify(text)}`);
}

/** `1m30s`, `250ms`; 0 for anything else. */
export function durationMs(text: string): number {
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    total += Number(amount) * (UNITS[unit] ?? 0);
  return total;
}
