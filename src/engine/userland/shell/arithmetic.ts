/** Shell arithmetic on text whose `$` expansions are done: 64-bit in bash. Simplified: exact up to 2^53. */

export interface ArithmeticVariables {
  get(name: string, index: string | undefined): string;
  set(name: string, index: string | undefined, value: string): void;
}

/** bash's words, without the expression before them. */
export class ArithmeticError extends Error {}

const MAX_DEPTH = 64;
const TOKEN =
  /\s+|0[xX][0-9a-fA-F]+|\d+#\w+|\d+|[A-Za-z_]\w*|<<=|>>=|\*\*|\+\+|--|[+\-*/%&^|]=|<<|>>|<=|>=|==|!=|&&|\|\||[+\-*/%<>=!~&^|?:(),[\]]/y;
const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const ASSIGN = new Set(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="]);

interface Operand {
  value: number;
  name?: string;
  index?: string | undefined;
}

export function evaluate(text: string, variables: ArithmeticVariables, depth = 0): number {
  if (depth > MAX_DEPTH) throw new ArithmeticError("expression recursion level exceeded");
  if (/^\s*-?\d{1,15}\s*$/.test(text) && !/^\s*-?0\d/.test(text)) return Number(text);
  return new Evaluation(text, variables, depth).run();
}

class Evaluation {
  private readonly tokens: string[] = [];
  private at = 0;
  private readonly source: string;
  private readonly variables: ArithmeticVariables;
  private readonly depth: number;
  /** Above zero in the branch of && || ?: that is not taken: nothing is assigned or divided there. */
  private skipping = 0;

  constructor(source: string, variables: ArithmeticVariables, depth: number) {
    this.source = source;
    this.variables = variables;
    this.depth = depth;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < source.length) {
      const from = TOKEN.lastIndex;
      const match = TOKEN.exec(source);
      if (match === null) throw this.error("syntax error: invalid arithmetic operator", source.slice(from));
      if (match[0].trim() !== "") this.tokens.push(match[0]);
    }
  }

  run(): number {
    if (this.tokens.length === 0) return 0;
    const { value } = this.comma();
    if (this.at < this.tokens.length) throw this.error("syntax error in expression", this.rest());
    return value;
  }

  private rest(): string {
    return this.tokens.slice(this.at).join(" ");
  }

  private error(what: string, token: string): ArithmeticError {
    return new ArithmeticError(`${this.source.trim()}: ${what} (error token is "${token}")`);
  }

  private peek(): string | undefined {
    return this.tokens[this.at];
  }

  private accept(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private comma(): Operand {
    let operand = this.assignment();
    while (this.accept(",")) operand = this.assignment();
    return operand;
  }

  private assignment(): Operand {
    const left = this.ternary();
    const operator = this.peek();
    if (operator === undefined || !ASSIGN.has(operator)) return left;
    if (left.name === undefined) throw this.error("attempted assignment to non-variable", this.rest());
    this.at++;
    const right = this.assignment().value;
    const value = operator === "=" ? right : this.apply(operator.slice(0, -1), left.value, right);
    this.store(left, value);
    return { value };
  }

  private store(target: Operand, value: number): void {
    if (this.skipping === 0) this.variables.set(target.name as string, target.index, String(value));
  }

  private ternary(): Operand {
    const test = this.binary(0);
    if (!this.accept("?")) return test;
    const taken = test.value !== 0;
    const yes = this.branch(taken, () => this.comma().value);
    if (!this.accept(":")) throw this.error("`:' expected for conditional expression", this.rest());
    const no = this.branch(!taken, () => this.assignment().value);
    return { value: taken ? yes : no };
  }

  private branch(taken: boolean, run: () => number): number {
    if (!taken) this.skipping++;
    try {
      return run();
    } finally {
      if (!taken) this.skipping--;
    }
  }

  private binary(level: number): Operand {
    const operators = BINARY[level];
    if (operators === undefined) return this.power();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = this.peek();
      if (operator === undefined || !operators.includes(operator)) return left;
      this.at++;
      if (operator === "&&" || operator === "||") {
        const needed = operator === "&&" ? left.value !== 0 : left.value === 0;
        const right = this.branch(needed, () => this.binary(level + 1).value);
        const both = operator === "&&" ? left.value !== 0 && right !== 0 : left.value !== 0 || right !== 0;
        left = { value: both ? 1 : 0 };
      } else left = { value: this.apply(operator, left.value, this.binary(level + 1).value) };
    }
  }

  private power(): Operand {
    const base = this.unary();
    if (!this.accept("**")) return base;
    const exponent = this.power().value;
    if (exponent < 0) throw this.error("exponent less than 0", this.rest());
    return { value: base.value ** exponent };
  }

  private unary(): Operand {
    const operator = this.peek();
    if (operator === "++" || operator === "--") {
      this.at++;
      const target = this.unary();
      if (target.name === undefined) return operator === "++" ? target : { value: target.value };
      const value = target.value + (operator === "++" ? 1 : -1);
      this.store(target, value);
      return { value };
    }
    if (operator === "+" || operator === "-" || operator === "!" || operator === "~") {
      this.at++;
      const { value } = this.unary();
      if (operator === "!") return { value: value === 0 ? 1 : 0 };
      return { value: operator === "-" ? -value : operator === "~" ? ~value : value };
    }
    return this.postfix();
  }

  private postfix(): Operand {
    const operand = this.primary();
    const operator = this.peek();
    if (operand.name !== undefined && (operator === "++" || operator === "--")) {
      this.at++;
      this.store(operand, operand.value + (operator === "++" ? 1 : -1));
      return { value: operand.value };
    }
    return operand;
  }

  private primary(): Operand {
    const token = this.tokens[this.at++];
    if (token === undefined) throw this.error("syntax error: operand expected", this.tokens.at(-1) ?? "");
    if (token === "(") {
      const inner = this.comma();
      if (!this.accept(")")) throw this.error("missing `)'", this.rest());
      return { value: inner.value };
    }
    if (/^\d/.test(token)) return { value: this.number(token) };
    if (/^[A-Za-z_]/.test(token)) {
      let index: string | undefined;
      if (this.accept("[")) {
        const from = this.at;
        let nested = 1;
        while (this.at < this.tokens.length && nested > 0) {
          const next = this.tokens[this.at++];
          if (next === "[") nested++;
          if (next === "]") nested--;
        }
        index = this.tokens.slice(from, this.at - 1).join("");
      }
      const text = this.variables.get(token, index);
      return { value: text === "" ? 0 : evaluate(text, this.variables, this.depth + 1), name: token, index };
    }
    throw this.error("syntax error: operand expected", [token, ...this.tokens.slice(this.at)].join(" "));
  }

  private number(token: string): number {
    const based = /^(\d+)#(\w+)$/.exec(token);
    if (based !== null) return Number.parseInt(based[2] as string, Number(based[1]));
    if (/^0[xX]/.test(token)) return Number.parseInt(token, 16);
    if (/^0\d/.test(token)) {
      if (/[89]/.test(token))
        throw new ArithmeticError(`${token}: value too great for base (error token is "${token}")`);
      return Number.parseInt(token, 8);
    }
    return Number(token);
  }

  private apply(operator: string, a: number, b: number): number {
    switch (operator) {
      case "+":
        return a + b;
      case "-":
        return a - b;
      case "*":
        return a * b;
      case "/":
      case "%":
        if (b === 0) {
          if (this.skipping > 0) return 0;
          throw this.error("division by 0", this.tokens.slice(this.at - 1).join(" "));
        }
        return operator === "/" ? Math.trunc(a / b) + 0 : (a % b) + 0;
      case "<<":
        return Number(BigInt.asIntN(64, BigInt(a) << BigInt(b & 63)));
      case ">>":
        return Number(BigInt(a) >> BigInt(b & 63));
      case "&":
        return Number(BigInt.asIntN(64, BigInt(a) & BigInt(b)));
      case "|":
        return Number(BigInt.asIntN(64, BigInt(a) | BigInt(b)));
      case "^":
        return Number(BigInt.asIntN(64, BigInt(a) ^ BigInt(b)));
      case "<":
        return a < b ? 1 : 0;
      case ">":
        return a > b ? 1 : 0;
      case "<=":
        return a <= b ? 1 : 0;
      case ">=":
        return a >= b ? 1 : 0;
      case "==":
        return a === b ? 1 : 0;
      default:
        return a !== b ? 1 : 0;
    }
  }
}
