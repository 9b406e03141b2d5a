/** `[[ … ]]`, and the tests that it shares with `test`. */
import { posixRegExp } from "../character-classes.ts";
import type { TestExpression, Word } from "unbash";
import type { FileStat } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { ShellError } from "./control.ts";
import { expandPattern, expandWord } from "./expand.ts";
import { matchPattern } from "./pattern.ts";
import type { Shell } from "./shell.ts";

export function* testExpression(shell: Shell, node: TestExpression): Call<boolean> {
  switch (node.type) {
    case "TestLogical": {
      for (const operand of node.operands) {
        const value = yield* testExpression(shell, operand);
        if (value !== (node.operator === "&&")) return value;
      }
      return node.operator === "&&";
    }
    case "TestNot":
      return (yield* testExpression(shell, node.operand)) !== (node.negations.length % 2 === 1);
    case "TestGroup":
      return yield* testExpression(shell, node.expression);
    case "TestUnary": {
      const value = yield* expandWord(shell, node.operand);
      return node.operator === "-n" || node.operator === "" ? value !== "" : unaryTest(shell, node.operator, value);
    }
    case "TestBinary":
      return yield* binary(shell, node.operator, node.left, node.right);
  }
}

function* binary(shell: Shell, operator: string, left: Word, right: Word): Call<boolean> {
  const text = yield* expandWord(shell, left);
  switch (operator) {
    case "=":
    case "==":
    case "!=": {
      const pattern = yield* expandPattern(shell, right);
      return matchPattern(pattern, text, shell.shopt.nocasematch) === (operator !== "!=");
    }
    case "=~":
      return matchRegExp(shell, text, yield* regExpText(shell, right));
    case "-eq":
    case "-ne":
    case "-lt":
    case "-le":
    case "-gt":
    case "-ge": {
      const a = shell.arithmetic(text);
      const b = shell.arithmetic(yield* expandWord(shell, right));
      return compareNumbers(operator, a, b);
    }
    default:
      return binaryTest(shell, operator, text, yield* expandWord(shell, right));
  }
}

/** The right side of =~: quoted parts match as they are, the rest is an extended regular expression. */
function* regExpText(shell: Shell, word: Word): Call<string> {
  if (word.parts === undefined) return word.text;
  let source = "";
  for (const part of word.parts) {
    const alone: Word = { type: "Word", pos: 0, end: 0, text: part.text, value: part.text, parts: [part] };
    if (
      part.type === "Literal" ||
      part.type === "Glob" ||
      part.type === "ExtendedGlob" ||
      part.type === "BraceExpansion"
    )
      source += part.text;
    else if (part.type === "SingleQuoted" || part.type === "DoubleQuoted" || part.type === "AnsiCQuoted") {
      source += (yield* expandWord(shell, alone)).replace(/[\^$.*+?()[\]{}|\\]/g, "\\$&");
    } else source += yield* expandWord(shell, alone);
  }
  return source;
}

function matchRegExp(shell: Shell, text: string, source: string): boolean {
  let expression: RegExp;
  try {
    expression = new RegExp(posixRegExp(source), shell.shopt.nocasematch ? "i" : "");
  } catch {
    throw new ShellError("invalid regular expression", { status: 2 });
  }
  const match = expression.exec(text);
  shell.variables.setArray(
    "BASH_REMATCH",
    (match ?? []).map((group, at) => [String(at), group ?? ""] as const),
  );
  return match !== null;
}

export function compareNumbers(operator: string, a: number, b: number): boolean {
  switch (operator) {
    case "-eq":
      return a === b;
    case "-ne":
      return a !== b;
    case "-lt":
      return a < b;
    case "-le":
      return a <= b;
    case "-gt":
      return a > b;
    default:
      return a >= b;
  }
}

export const UNARY_OPERATORS: ReadonlySet<string> = new Set([
  "-a",
  "-b",
  "-c",
  "-d",
  "-e",
  "-f",
  "-g",
  "-h",
  "-k",
  "-L",
  "-n",
  "-o",
  "-p",
  "-r",
  "-s",
  "-S",
  "-t",
  "-u",
  "-v",
  "-w",
  "-x",
  "-z",
  "-O",
  "-G",
  "-N",
]);

type TestPlace = Pick<Shell, "ctx"> & Partial<Pick<Shell, "variables" | "options" | "io">>;

export function unaryTest(place: TestPlace, operator: string, value: string): boolean {
  const { ctx } = place;
  switch (operator) {
    case "-z":
      return value === "";
    case "-n":
      return value !== "";
    case "-t":
      return ctx.tty(place.io?.[Number(value)] ?? Number(value)) !== undefined;
    case "-v": {
      const element = /^(\w+)\[(.*)\]$/.exec(value);
      if (element !== null) return place.variables?.element(element[1] as string, element[2] as string) !== undefined;
      return place.variables?.get(value) !== undefined;
    }
    case "-o":
      return (place.options as Record<string, boolean> | undefined)?.[value] === true;
    default:
      return fileTest(place, operator, value);
  }
}

function fileTest(place: TestPlace, operator: string, value: string): boolean {
  if (value === "") return false;
  const { fs, cwd } = place.ctx;
  const path = resolvePath(cwd, value);
  let stat: FileStat;
  try {
    stat = operator === "-h" || operator === "-L" ? fs.lstat(path) : fs.stat(path);
  } catch {
    return false;
  }
  switch (operator) {
    case "-d":
      return stat.type === "directory";
    case "-f":
      return stat.type === "file";
    case "-h":
    case "-L":
      return stat.type === "symlink";
    case "-c":
      return stat.type === "device";
    case "-b":
      return stat.type === "block";
    case "-S":
      return stat.type === "socket";
    case "-p":
      return false;
    case "-s":
      return stat.size > 0;
    case "-x":
      return (stat.mode & 0o111) !== 0 || stat.type === "directory";
    case "-u":
      return (stat.mode & 0o4000) !== 0;
    case "-g":
      return (stat.mode & 0o2000) !== 0;
    case "-k":
      return (stat.mode & 0o1000) !== 0;
    default:
      return true;
  }
}

export function binaryTest(place: TestPlace, operator: string, left: string, right: string): boolean {
  const { fs, cwd } = place.ctx;
  const time = (path: string): number => {
    const full = resolvePath(cwd, path);
    return fs.exists(full) ? fs.stat(full).mtime : Number.NEGATIVE_INFINITY;
  };
  switch (operator) {
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "-nt":
      return time(left) > time(right);
    case "-ot":
      return time(left) < time(right);
    case "-ef":
      return resolvePath(cwd, left) === resolvePath(cwd, right);
    default:
      throw new ShellError(`${operator}: binary operator expected`, { status: 2 });
  }
}
