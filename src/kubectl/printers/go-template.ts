/** Runs Go templates as `-o go-template` does. Upstream: Go text/template, cli-runtime pkg/printers/template.go. */
import { isObject } from "../../engine/base/json.ts";
import { CommandError } from "../errors.ts";
import { cellText } from "./custom-columns.ts";
import { goFormat } from "./go-format.ts";
import { type BlockNode, type Operand, type Pipeline, type TemplateNode } from "./go-template-parser.ts";

export { parseTemplate } from "./go-template-parser.ts";

interface Scope {
  dot: unknown;
  root: unknown;
  variables: Map<string, unknown>[];
  allowMissing: boolean;
}

class LoopControl extends Error {
  readonly kind: "break" | "continue";
  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

const MISSING = Symbol("no value");

export function executeTemplate(
  nodes: readonly TemplateNode[],
  value: unknown,
  options: { allowMissing: boolean },
): string {
  try {
    return run(nodes, { dot: value, root: value, variables: [new Map()], allowMissing: options.allowMissing });
  } catch (error) {
    if (!(error instanceof LoopControl)) throw error;
    throw new CommandError(`error parsing template: template: output:1: {{${error.kind}}} outside {{range}}`);
  }
}

function fail(message: string): never {
  throw new CommandError(`error executing template: template: output: ${message}`);
}

function run(nodes: readonly TemplateNode[], scope: Scope): string {
  const inner: Scope = { ...scope, variables: [...scope.variables, new Map()] };
  return nodes.map((node) => runNode(node, inner)).join("");
}

function runNode(node: TemplateNode, scope: Scope): string {
  switch (node.type) {
    case "text":
      return node.text;
    case "print": {
      const value = evaluate(node.pipeline, scope);
      return node.pipeline.variables.length > 0 ? "" : printed(value);
    }
    case "break":
    case "continue":
      throw new LoopControl(node.type);
    case "if":
    case "with": {
      const inner: Scope = { ...scope, variables: [...scope.variables, new Map()] };
      const value = evaluate(node.pipeline, inner);
      if (!truth(value)) return run(node.otherwise, inner);
      return run(node.body, node.type === "with" ? { ...inner, dot: value } : inner);
    }
    case "range":
      return runRange(node, scope);
  }
}

function runRange(node: BlockNode, scope: Scope): string {
  const value = evaluate({ ...node.pipeline, variables: [] }, scope);
  const entries = rangeEntries(value);
  if (entries.length === 0) return run(node.otherwise, scope);
  let text = "";
  for (const [key, item] of entries) {
    const { variables } = node.pipeline;
    const own = new Map<string, unknown>();
    if (variables.length === 1) own.set(variables[0] ?? "", item);
    if (variables.length === 2) own.set(variables[0] ?? "", key).set(variables[1] ?? "", item);
    try {
      // Text written before a break stays: pieces are gathered one node at a time.
      const inner: Scope = { ...scope, dot: item, variables: [...scope.variables, own, new Map()] };
      for (const child of node.body) text += runNode(child, inner);
    } catch (error) {
      if (!(error instanceof LoopControl)) throw error;
      if (error.kind === "break") break;
    }
  }
  return text;
}

function rangeEntries(value: unknown): [unknown, unknown][] {
  if (value === MISSING || value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  if (typeof value === "number") return Array.from({ length: value }, (_, index) => [index, index]);
  if (isObject(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  }
  return fail(`range can't iterate over ${cellText(value)}`);
}

function evaluate(pipeline: Pipeline, scope: Scope): unknown {
  let value: unknown;
  pipeline.commands.forEach((command, index) => {
    value = evaluateCommand(command, scope, index === 0 ? [] : [value]);
  });
  for (const name of pipeline.variables) {
    const holder = pipeline.declares ? undefined : scope.variables.findLast((map) => map.has(name));
    (holder ?? scope.variables.at(-1))?.set(name, value);
  }
  return value;
}

function evaluateCommand(command: readonly Operand[], scope: Scope, piped: readonly unknown[]): unknown {
  const [first, ...rest] = command;
  if (first === undefined) return fail("missing value for command");
  if (first.term.type === "function") {
    const args = (): unknown[] => [...rest.map((operand) => evaluateOperand(operand, scope)), ...piped];
    return fieldsOf(callFunction(first.term.name, args, { rest, piped, scope }), first.fields, scope);
  }
  if (rest.length > 0 || piped.length > 0) return fail("can't give argument to non-function");
  return evaluateOperand(first, scope);
}

function evaluateOperand(operand: Operand, scope: Scope): unknown {
  const { term, fields } = operand;
  switch (term.type) {
    case "literal":
      return term.value;
    case "dot":
      return fieldsOf(scope.dot, fields, scope);
    case "variable": {
      if (term.name === "$") return fieldsOf(scope.root, fields, scope);
      const holder = scope.variables.findLast((map) => map.has(term.name));
      if (holder === undefined) return fail(`undefined variable ${JSON.stringify(term.name)}`);
      return fieldsOf(holder.get(term.name), fields, scope);
    }
    case "pipeline":
      return fieldsOf(evaluate(term.pipeline, { ...scope, variables: [...scope.variables, new Map()] }), fields, scope);
    case "function":
      return callFunction(term.name, () => [], { rest: [], piped: [], scope });
  }
}

function fieldsOf(value: unknown, fields: readonly string[], scope: Scope): unknown {
  let current = value;
  for (const field of fields) {
    if (current === MISSING || current === null || current === undefined) {
      if (!scope.allowMissing) fail(`nil data; no entry for key ${JSON.stringify(field)}`);
      return MISSING;
    }
    if (!isObject(current)) {
      return fail(
        `can't evaluate field ${field} in type ${Array.isArray(current) ? "[]interface {}" : "interface {}"}`,
      );
    }
    const next: unknown = current[field];
    if (next === undefined && !scope.allowMissing) fail(`map has no entry for key ${JSON.stringify(field)}`);
    current = next === undefined ? MISSING : next;
  }
  return current;
}

function truth(value: unknown): boolean {
  if (value === MISSING || value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

function printed(value: unknown): string {
  return value === MISSING || value === null || value === undefined ? "<no value>" : cellText(value);
}

function callFunction(
  name: string,
  args: () => unknown[],
  lazy: { rest: readonly Operand[]; piped: readonly unknown[]; scope: Scope },
): unknown {
  if (name === "and" || name === "or") {
    let value: unknown;
    for (const operand of lazy.rest) {
      value = evaluateOperand(operand, lazy.scope);
      if (truth(value) === (name === "or")) return value;
    }
    return lazy.piped.length > 0 ? lazy.piped[0] : value;
  }
  const run = FUNCTIONS[name];
  if (run === undefined) {
    throw new CommandError(`error parsing template: template: output:1: function ${JSON.stringify(name)} not defined`);
  }
  return run(args());
}

const FUNCTIONS: Readonly<Record<string, (args: unknown[]) => unknown>> = {
  not: ([value]) => !truth(value),
  len: ([value]) => {
    if (typeof value === "string") return new TextLength(value).bytes;
    if (Array.isArray(value)) return value.length;
    if (isObject(value)) return Object.keys(value).length;
    return fail(`error calling len: len of nil pointer`);
  },
  index: ([value, ...keys]) => keys.reduce(indexOne, value),
  slice: ([value, from = 0, to]) => {
    if (typeof value !== "string" && !Array.isArray(value)) return fail("error calling slice: slice of untyped nil");
    const end = to === undefined ? value.length : Number(to);
    const wrong = [Number(from), end].find((index) => index < 0 || index > value.length);
    if (wrong !== undefined) return fail(`error calling slice: index out of range: ${wrong}`);
    if (Number(from) > end) return fail(`error calling slice: invalid slice index: ${Number(from)} > ${end}`);
    return value.slice(Number(from), end);
  },
  // Blanks stand between two neighbours of which neither is a text.
  print: (args) =>
    args
      .map((arg, index) => {
        const apart = index > 0 && typeof arg !== "string" && typeof args[index - 1] !== "string";
        return `${apart ? " " : ""}${printed(arg)}`;
      })
      .join(""),
  println: (args) => `${args.map(printed).join(" ")}\n`,
  printf: ([format, ...args]) =>
    goFormat(
      String(format),
      args.map((arg) => (arg === MISSING ? null : arg)),
    ),
  eq: ([left, ...others]) => others.some((other) => comparable(left, other) && left === other),
  ne: ([left, right]) => left !== right,
  lt: ([left, right]) => comparable(left, right) && (left as number) < (right as number),
  le: ([left, right]) => comparable(left, right) && (left as number) <= (right as number),
  gt: ([left, right]) => comparable(left, right) && (left as number) > (right as number),
  ge: ([left, right]) => comparable(left, right) && (left as number) >= (right as number),
  html: (args) =>
    args
      .map(printed)
      .join("")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&#34;")
      .replaceAll("'", "&#39;"),
  js: (args) =>
    args
      .map(printed)
      .join("")
      .replaceAll(/[\\'"]/g, "\\$&")
      .replaceAll(/[<>&=\0-\x1f]/g, (character) => `\\u${hex(character, 4)}`),
  urlquery: (args) =>
    encodeURIComponent(args.map(printed).join(""))
      .replaceAll("%20", "+")
      .replaceAll(/[!'()*]/g, (character) => `%${hex(character, 2)}`),
  base64decode: ([value]) => decodeBase64(String(value)),
  exists: ([value, ...keys]) => {
    let current: unknown = value;
    for (const key of keys) {
      if (Array.isArray(current)) current = current[Number(key)];
      else if (isObject(current)) current = current[String(key)];
      else return false;
      if (current === undefined) return false;
    }
    return true;
  },
};

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(digits, "0");
}

/** Go counts the bytes of a string. */
class TextLength {
  readonly bytes: number;
  constructor(text: string) {
    this.bytes = encodeURIComponent(text).replace(/%../g, "x").length;
  }
}

function comparable(left: unknown, right: unknown): boolean {
  if (left === MISSING || right === MISSING || left === null || right === null) return left === right;
  if (typeof left !== typeof right) return fail("incompatible types for comparison");
  return true;
}

function indexOne(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const at = Number(key);
    if (at < 0 || at >= value.length) return fail(`error calling index: reflect: slice index out of range`);
    return value[at] as unknown;
  }
  if (isObject(value)) return value[String(key)] === undefined ? MISSING : value[String(key)];
  return fail("error calling index: index of untyped nil");
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decodeBase64(text: string): string {
  const clean = text.replace(/[\r\n=]/g, "");
  let escaped = "";
  let bits = 0;
  let held = 0;
  for (const character of clean) {
    const digit = BASE64.indexOf(character);
    if (digit < 0) return fail(`error calling base64decode: illegal base64 data`);
    held = (held << 6) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      escaped += `%${((held >> bits) & 0xff).toString(16).padStart(2, "0")}`;
      held &= (1 << bits) - 1;
    }
  }
  return decodeURIComponent(escaped);
}
