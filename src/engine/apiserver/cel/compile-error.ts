/**
 * Complaints about expressions in cel-go's words and layout: `ERROR: <input>:1:5: undefined field 'x'`, the line, and a
 * mark under the place. Upstream: cel-go common/errors.go, checker/errors.go.
 * Simplified: a syntax error's text after `Syntax error: ` is the library's; only the first complaint is given.
 */
import type { CelNode } from "./cel-node.ts";

/** What the library's errors carry. */
export interface LibraryError {
  readonly name?: string;
  readonly code?: string;
  readonly summary?: string;
  readonly message: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: CelNode;
}

interface Place {
  at: number;
  text: string;
}

/** One complaint with its line and mark; `functions` are the names that are known. */
export function compileErrorText(expression: string, error: LibraryError, functions: ReadonlySet<string>): string {
  const { at, text } = describe(expression, error, functions);
  const before = expression.slice(0, at).split("\n");
  const line = before.length;
  const column = (before.at(-1) ?? "").length;
  const shown = expression.split("\n")[line - 1] ?? "";
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${shown}\n | ${".".repeat(column)}^`;
}

function describe(expression: string, error: LibraryError, functions: ReadonlySet<string>): Place {
  const start = error.range?.start ?? 0;
  const summary = error.summary ?? error.message;
  const { node } = error;
  switch (error.code) {
    case "unknown_variable":
      return undeclared(start, summary.replace(/^Unknown variable: /, ""));
    case "no_such_key":
      return { at: dotBefore(expression, start), text: `undefined field '${summary.replace(/^No such key: /, "")}'` };
    case "no_such_overload":
      return operatorComplaint(expression, { error, summary });
    case "no_matching_overload":
      return callComplaint(expression, { error, summary, functions });
    case "invalid_logical_operand": {
      const operand = (node?.args as readonly CelNode[] | undefined)?.find((side) => typeOf(side) !== "bool");
      return { at: operand === undefined ? start : placeOf(expression, operand), text: notBool(summary) };
    }
    case "invalid_condition_type":
      return { at: node === undefined ? start : placeOf(expression, node), text: notBool(summary) };
    case "invalid_index_type":
    case "cannot_index_type":
      if (node?.op !== ".") break;
      return {
        at: placeOf(expression, node),
        text: `type '${typeOf((node.args as [CelNode])[0])}' does not support field selection`,
      };
    default:
  }
  return { at: start, text: error.name === "ParseError" ? `Syntax error: ${summary}` : summary };
}

function undeclared(at: number, name: string): Place {
  return { at, text: `undeclared reference to '${name}' (in container '')` };
}

function notBool(summary: string): string {
  return `expected type 'bool' but found '${typeName(/got '(.*)'$/.exec(summary)?.[1] ?? "")}'`;
}

/** `list<Port>` → `list(Port)`. */
export function typeName(name: string): string {
  return name.replaceAll("<", "(").replaceAll(">", ")");
}

function typeOf(node: CelNode | undefined): string {
  return typeName((node as { checkedType?: { name: string } } | undefined)?.checkedType?.name ?? "dyn");
}

/** Where cel-go says a node is: at its operator, its dot or its parenthesis. */
function placeOf(expression: string, node: CelNode): number {
  const { start, end } = node.range;
  const args = node.args as readonly unknown[];
  switch (node.op) {
    case ".":
      return dotBefore(expression, end - 1);
    case "call":
    case "rcall":
      return parenthesis(expression, start, args[0] as string);
    case "id":
    case "value":
    case "!_":
    case "-_":
    case "list":
    case "map":
      return start;
    default: {
      const left = args[0] as CelNode | undefined;
      const found = left?.range === undefined ? -1 : expression.indexOf(node.op, left.range.end);
      return found < 0 ? start : found;
    }
  }
}

function dotBefore(expression: string, at: number): number {
  const dot = expression.lastIndexOf(".", at);
  return dot < 0 ? at : dot;
}

function parenthesis(expression: string, start: number, name: string): number {
  const called = new RegExp(`\\b${name.replace("matchesRE2", "matches")}\\s*\\(`, "g");
  called.lastIndex = start;
  const match = called.exec(expression);
  return match === null ? start : match.index + match[0].length - 1;
}

/** `no such overload: int == string` → `found no matching overload for '_==_' applied to '(int, string)'`. */
function operatorComplaint(expression: string, { error, summary }: { error: LibraryError; summary: string }): Place {
  const { node } = error;
  const start = error.range?.start ?? 0;
  const [, unary, only] = /^no such overload: ([-!])(.+)$/.exec(summary) ?? [];
  if (only !== undefined) {
    return { at: start, text: `found no matching overload for '${unary}_' applied to '(${typeName(only)})'` };
  }
  if (node === undefined) return { at: start, text: summary };
  const [left, right] = node.args as [CelNode, CelNode];
  const symbol = node.op === "in" ? "@in" : `_${node.op}_`;
  const text = `found no matching overload for '${symbol}' applied to '(${typeOf(left)}, ${typeOf(right)})'`;
  return { at: placeOf(expression, node), text };
}

/** `found no matching overload for 'list.foo(int)'` → `… for 'foo' applied to 'list(string).(int)'`. */
function callComplaint(
  expression: string,
  { error, summary, functions }: { error: LibraryError; summary: string; functions: ReadonlySet<string> },
): Place {
  const [, name = "", args = ""] = /'(?:.+\.)?(\w+)\((.*)\)'$/.exec(summary) ?? [];
  const at = parenthesis(expression, error.range?.start ?? 0, name);
  if (!functions.has(name)) return undeclared(at, name);
  const { node } = error;
  const receiver = node?.op === "rcall" ? `${typeOf((node.args as [string, CelNode])[1])}.` : "";
  const shown = name.replace("matchesRE2", "matches");
  return { at, text: `found no matching overload for '${shown}' applied to '${receiver}(${typeName(args)})'` };
}
