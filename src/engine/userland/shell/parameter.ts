/** `$x` and `${…}` with all of bash's operators. */
import type { ParameterExpansionPart, ParameterOperation, SimpleExpansionPart, Word } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { ShellError } from "./control.ts";
import { matchPattern, patternSource } from "./pattern.ts";
import { quoteForShell } from "./quote.ts";
import type { Shell, FieldTarget as Target } from "./shell.ts";

/** A parameter's present value: one text, or a list for $@, $* and whole arrays. */
interface Value {
  /** Undefined iff unset. */
  text: string | undefined;
  list: string[] | undefined;
  /** "@" keeps elements apart in quotes, "*" joins them. */
  join: "@" | "*" | undefined;
}

export function* expandParameter(
  shell: Shell,
  part: SimpleExpansionPart | ParameterExpansionPart,
  target: Target,
): Call<void> {
  if (part.type === "SimpleExpansion") {
    const name = part.text.slice(1);
    emit(shell, checked(shell, name, valueOf(shell, name, undefined)), target);
    return;
  }
  const { operation } = part;
  if (
    operation?.type === "Unknown" ||
    (part.parameter === "" && operation === undefined && part.prefix === undefined)
  ) {
    throw new ShellError(`${part.text}: bad substitution`, { fatal: true });
  }
  const index = part.index === undefined ? undefined : yield* indexText(shell, part.parameter, part.index);
  if (operation?.type === "Names") {
    const names = shell.variables
      .names()
      .filter((name) => name.startsWith(part.parameter))
      .sort();
    return emit(shell, { text: names.join(" "), list: names, join: operation.operator }, target);
  }
  let name = part.parameter;
  if (part.prefix === "!") {
    if (index === "@" || index === "*") {
      const keys = shell.variables.elements(name).map(([key]) => key);
      return emit(shell, { text: keys.join(" "), list: keys, join: index }, target);
    }
    name = valueOf(shell, name, index).text ?? "";
    if (name === "") throw new ShellError(`${part.parameter}: invalid indirect expansion`, { fatal: true });
  }
  const value = valueOf(shell, name, part.prefix === "!" ? undefined : index);
  if (part.prefix === "#") {
    const known = checked(shell, name, value);
    const length = known.list === undefined ? [...(known.text ?? "")].length : known.list.length;
    return emit(shell, { text: String(length), list: undefined, join: undefined }, target);
  }
  if (operation === undefined) return emit(shell, checked(shell, name, value), target);
  yield* operate(shell, { name, index, value, operation }, target);
}

function* indexText(shell: Shell, name: string, index: Word): Call<string> {
  if (index.text === "@" || index.text === "*") return index.text;
  const text = yield* shell.interpreter.expandWord(shell, index);
  return shell.elementKey(name, text);
}

function valueOf(shell: Shell, name: string, index: string | undefined): Value {
  if (index === undefined) {
    if (name === "@" || name === "*") {
      const list = shell.positional;
      return { text: list.length === 0 ? undefined : (shell.parameter(name) as string), list, join: name };
    }
    return { text: shell.parameter(name), list: undefined, join: undefined };
  }
  if (index === "@" || index === "*") {
    const list =
      name === "PIPESTATUS"
        ? shell.pipeStatus.map(String)
        : name === "FUNCNAME"
          ? [...shell.callStack].reverse()
          : shell.variables.elements(name).map(([, value]) => value);
    return { text: list.length === 0 ? undefined : list.join(" "), list, join: index };
  }
  if (name === "PIPESTATUS")
    return { text: shell.pipeStatus[Number(index)]?.toString(), list: undefined, join: undefined };
  return { text: shell.variables.element(name, index), list: undefined, join: undefined };
}

function checked(shell: Shell, name: string, value: Value): Value {
  if (value.text === undefined && value.list === undefined && shell.options.nounset) {
    throw new ShellError(`${name}: unbound variable`, { fatal: true, status: shell.mode === "command" ? 127 : 1 });
  }
  return value;
}

function emit(shell: Shell, value: Value, target: Target): void {
  const { fields, quoted } = target;
  if (value.list === undefined) {
    if (quoted) fields.add(value.text ?? "", true);
    else fields.addSplit(value.text ?? "");
    return;
  }
  if (quoted && value.join === "*") {
    fields.add(value.list.join((shell.variables.get("IFS") ?? " ").slice(0, 1)), true);
    return;
  }
  if (!fields.splits) {
    if (value.list.length > 0) fields.add(value.list.join(" "), quoted);
    return;
  }
  value.list.forEach((item, at) => {
    if (at > 0) fields.finish();
    if (quoted) fields.add(item, true);
    else fields.addSplit(item);
  });
}

interface Operated {
  name: string;
  index: string | undefined;
  value: Value;
  operation: ParameterOperation;
}

function* operate(shell: Shell, what: Operated, target: Target): Call<void> {
  const { name, value, operation } = what;
  if (operation.type === "Default") return yield* applyDefault(shell, { ...what, operation }, target);
  const known = checked(shell, name, value);
  if (operation.type === "Slice") return emit(shell, yield* slice(shell, { ...what, value: known, operation }), target);
  let change: (text: string) => string;
  switch (operation.type) {
    case "Remove":
      change = remover(operation.operator, yield* shell.interpreter.expandPattern(shell, operation.operand));
      break;
    case "Replace":
      change = replacer(
        operation.operator,
        yield* shell.interpreter.expandPattern(shell, operation.pattern),
        yield* shell.interpreter.expandWord(shell, operation.replacement),
      );
      break;
    case "CaseModification":
      change = caseChanger(
        operation.operator,
        operation.operand === undefined ? undefined : yield* shell.interpreter.expandPattern(shell, operation.operand),
      );
      break;
    case "Transform":
      change = transformer(yield* shell.interpreter.expandWord(shell, operation.operand), name);
      break;
    default:
      throw new ShellError(`\${${name}}: bad substitution`, { fatal: true });
  }
  const text = known.text === undefined ? undefined : change(known.text);
  emit(shell, { ...known, text, list: known.list?.map(change) }, target);
}

function* applyDefault(
  shell: Shell,
  what: Operated & { operation: Extract<ParameterOperation, { type: "Default" }> },
  target: Target,
): Call<void> {
  const { name, value, operation } = what;
  const { operator, operand } = operation;
  const missing = value.text === undefined || (operator.startsWith(":") && value.text === "");
  const kind = operator.at(-1);
  if (kind === "+") {
    if (!missing) yield* emitWord(shell, operand, target);
    else if (target.quoted) target.fields.add("", true);
    return;
  }
  if (!missing) return emit(shell, value, target);
  if (kind === "-") return yield* emitWord(shell, operand, target);
  const text = yield* shell.interpreter.expandWord(shell, operand);
  if (kind === "=") {
    if (what.index === undefined) shell.assign(name, text);
    else shell.variables.setElement(name, what.index, text);
    return emit(shell, { text, list: undefined, join: undefined }, target);
  }
  const fallback = operator === ":?" ? "parameter null or not set" : "parameter not set";
  throw new ShellError(`${name}: ${text === "" ? fallback : text}`, {
    fatal: true,
    status: shell.dialect === "bash" ? 127 : 2,
  });
}

function* emitWord(shell: Shell, word: Word, target: Target): Call<void> {
  if (word.parts !== undefined) yield* shell.interpreter.expandParts(shell, word.parts, target);
  else if (target.quoted) target.fields.add(word.value, true);
  else if (word.text.startsWith("~")) target.fields.add(yield* shell.interpreter.expandWord(shell, word), true);
  else target.fields.addSplit(word.value);
  if (target.quoted) target.fields.add("", true);
}

function* slice(
  shell: Shell,
  what: Operated & { operation: Extract<ParameterOperation, { type: "Slice" }> },
): Call<Value> {
  const { value, operation } = what;
  const offset = yield* shell.interpreter.expandArithmetic(shell, operation.offset.text);
  const length =
    operation.length === undefined
      ? undefined
      : yield* shell.interpreter.expandArithmetic(shell, operation.length.text);
  if (value.list !== undefined) {
    // $@ counts from 1, and 0 is the shell's name.
    const all = what.index === undefined ? [shell.name, ...value.list] : value.list;
    const from = offset < 0 ? Math.max(0, all.length + offset) : what.index === undefined ? offset : offset;
    const list = all.slice(from, length === undefined ? undefined : from + length);
    return { ...value, list, text: list.join(" ") };
  }
  const chars = [...(value.text ?? "")];
  const from = offset < 0 ? chars.length + offset : offset;
  if (from < 0) return { ...value, text: "" };
  if (length === undefined) return { ...value, text: chars.slice(from).join("") };
  const to = length < 0 ? chars.length + length : from + length;
  if (to < from) {
    if (length < 0) throw new ShellError(`${length}: substring expression < 0`);
    return { ...value, text: "" };
  }
  return { ...value, text: chars.slice(from, to).join("") };
}

function remover(operator: string, pattern: string): (text: string) => string {
  const longest = operator.length === 2;
  const fromStart = operator.startsWith("#");
  return (text) => {
    for (let step = 0; step <= text.length; step++) {
      const size = longest ? text.length - step : step;
      const piece = fromStart ? text.slice(0, size) : text.slice(text.length - size);
      if (matchPattern(pattern, piece)) return fromStart ? text.slice(size) : text.slice(0, text.length - size);
    }
    return text;
  };
}

function replacer(operator: string, pattern: string, replacement: string): (text: string) => string {
  if (pattern === "") return (text) => text;
  const source = patternSource(pattern);
  const anchored = operator === "/#" ? `^(?:${source})` : operator === "/%" ? `(?:${source})$` : source;
  const expression = new RegExp(anchored, operator === "//" ? "gs" : "s");
  return (text) => text.replace(expression, () => replacement);
}

function caseChanger(operator: string, pattern: string | undefined): (text: string) => string {
  const upper = operator.startsWith("^");
  const all = operator.length === 2;
  const change = (char: string): string => {
    if (pattern !== undefined && pattern !== "" && !matchPattern(pattern, char)) return char;
    return upper ? char.toUpperCase() : char.toLowerCase();
  };
  return (text) =>
    all ? [...text].map(change).join("") : text === "" ? "" : change(text[0] as string) + text.slice(1);
}

function transformer(operator: string, name: string): (text: string) => string {
  switch (operator) {
    case "Q":
      return quoteForShell;
    case "U":
      return (text) => text.toUpperCase();
    case "L":
      return (text) => text.toLowerCase();
    case "u":
      return (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
    default:
      throw new ShellError(`\${${name}@${operator}}: bad substitution`, { fatal: true });
  }
}
