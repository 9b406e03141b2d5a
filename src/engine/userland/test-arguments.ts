/** `test` and `[`: POSIX' rules by number of arguments, and -a, -o, !, ( ) for longer ones. */
import { binaryTest, compareNumbers, unaryTest, UNARY_OPERATORS } from "./shell/conditional.ts";

type Place = Parameters<typeof unaryTest>[0];

/** A mistake in the expression: status 2. */
export class TestError extends Error {}

const BINARY = new Set(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]);

export function testArguments(place: Place, args: readonly string[]): boolean {
  return new TestParser(place, args).run();
}

class TestParser {
  private at = 0;
  private readonly place: Place;
  private readonly args: readonly string[];

  constructor(place: Place, args: readonly string[]) {
    this.place = place;
    this.args = args;
  }

  run(): boolean {
    const { args } = this;
    if (args.length === 0) return false;
    if (args.length === 1) return args[0] !== "";
    const value = this.or();
    if (this.at < args.length) {
      if (args.length === 2) throw new TestError(`${args[0]}: unary operator expected`);
      if (args.length === 3) throw new TestError(`${args[1]}: binary operator expected`);
      throw new TestError("too many arguments");
    }
    return value;
  }

  private or(): boolean {
    let value = this.and();
    while (this.args[this.at] === "-o") {
      this.at++;
      const right = this.and();
      value = value || right;
    }
    return value;
  }

  private and(): boolean {
    let value = this.not();
    while (this.args[this.at] === "-a") {
      this.at++;
      const right = this.not();
      value = value && right;
    }
    return value;
  }

  private not(): boolean {
    if (this.args[this.at] === "!" && this.at + 1 < this.args.length && !BINARY.has(this.args[this.at + 1] as string)) {
      this.at++;
      return !this.not();
    }
    return this.primary();
  }

  private primary(): boolean {
    const { args, at, place } = this;
    const first = args[at];
    if (first === undefined) throw new TestError("argument expected");
    const operator = args[at + 1];
    if (operator !== undefined && BINARY.has(operator) && at + 2 < args.length) {
      this.at += 3;
      return this.binary(first, operator, args[at + 2] as string);
    }
    if (first === "(" && args.length > at + 1) {
      this.at++;
      const value = this.or();
      if (args[this.at] !== ")") throw new TestError("`)' expected");
      this.at++;
      return value;
    }
    if (UNARY_OPERATORS.has(first) && operator !== undefined) {
      this.at += 2;
      return unaryTest(place, first, operator);
    }
    this.at++;
    return first !== "";
  }

  private binary(left: string, operator: string, right: string): boolean {
    if (operator === "=" || operator === "==") return left === right;
    if (operator === "!=") return left !== right;
    if (!operator.startsWith("-") || /^-(nt|ot|ef)$/.test(operator))
      return binaryTest(this.place, operator, left, right);
    return compareNumbers(operator, integer(left), integer(right));
  }
}

function integer(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`);
  return Number(text);
}
