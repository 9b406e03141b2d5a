import type { Call } from "../../../base/syscalls.ts";
import { ShellError } from "../control.ts";
import { expandArithmetic } from "../expand.ts";
import { quoteForShell } from "../quote.ts";
import type { Shell } from "../shell.ts";
import type { Variable } from "../variables.ts";
import type { Builtin } from "../shell.ts";
import { invalidOption } from "./builtin.ts";

const NAME = /^[A-Za-z_]\w*$/;

/** Splits `name[index]+=value`; value undefined when there is no `=`. */
function parseAssignment(text: string): {
  name: string;
  index: string | undefined;
  append: boolean;
  value: string | undefined;
} {
  const match = /^([A-Za-z_]\w*)(?:\[([^\]]*)\])?(\+?)=([^]*)$/.exec(text);
  if (match === null) return { name: text, index: undefined, append: false, value: undefined };
  return { name: match[1] as string, index: match[2], append: match[3] === "+", value: match[4] as string };
}

function setParsed(shell: Shell, parsed: ReturnType<typeof parseAssignment>): void {
  const { name, index, append, value } = parsed;
  if (value === undefined) return;
  if (index !== undefined) shell.variables.setElement(name, shell.elementKey(name, index), value);
  else shell.assign(name, append ? (shell.variables.get(name) ?? "") + value : value);
}

function flagsOf(variable: Variable): string {
  const letters = `${variable.array === undefined ? "" : variable.associative === true ? "A" : "a"}${variable.integer === true ? "i" : ""}${variable.readonly ? "r" : ""}${variable.exported ? "x" : ""}`;
  return letters === "" ? "--" : `-${letters}`;
}

function* show(shell: Shell, name: string): Call<void> {
  const variable = shell.variables.find(name);
  if (variable === undefined) return;
  let text = name;
  if (variable.array !== undefined) {
    const entries = shell.variables.elements(name).map(([key, value]) => `[${key}]=${doubleQuoted(value)}`);
    text += `=(${entries.join(" ")}${variable.associative === true && entries.length > 0 ? " " : ""})`;
  } else if (variable.value !== undefined) text += `=${doubleQuoted(variable.value)}`;
  yield* shell.out(`declare ${flagsOf(variable)} ${text}\n`);
}

function doubleQuoted(value: string): string {
  return /[\u0000-\u001f]/.test(value) ? quoteForShell(value) : `"${value.replace(/["\\$`]/g, "\\$&")}"`;
}

function* checkName(shell: Shell, builtin: string, text: string, name: string): Call<boolean> {
  if (NAME.test(name)) return true;
  yield* shell.complain(`${builtin}: \`${text}': not a valid identifier`);
  return false;
}

/** export [-n] [name[=value] …] */
export const exportBuiltin: Builtin = function* (shell, args) {
  let exported = true;
  while (args[0]?.startsWith("-")) {
    const flag = args.shift();
    if (flag === "-n") exported = false;
    else if (flag !== "-p" && flag !== "--")
      return yield* invalidOption(shell, "export", flag as string, "export [-fn] [name[=value] ...] or export -p");
  }
  if (args.length === 0) {
    for (const name of shell.variables.names().sort())
      if (shell.variables.find(name)?.exported === true) yield* show(shell, name);
    return 0;
  }
  let status = 0;
  for (const arg of args) {
    const parsed = parseAssignment(arg);
    if (!(yield* checkName(shell, "export", arg, parsed.name))) {
      status = 1;
      continue;
    }
    setParsed(shell, parsed);
    shell.variables.mark(parsed.name, { exported });
  }
  return status;
};

/** readonly [name[=value] …] */
export const readonly: Builtin = function* (shell, args) {
  if (args[0] === "-p") args.shift();
  if (args.length === 0) {
    for (const name of shell.variables.names().sort())
      if (shell.variables.find(name)?.readonly === true) yield* show(shell, name);
    return 0;
  }
  for (const arg of args) {
    const parsed = parseAssignment(arg);
    if (!(yield* checkName(shell, "readonly", arg, parsed.name))) return 1;
    setParsed(shell, parsed);
    shell.variables.mark(parsed.name, { readonly: true });
  }
  return 0;
};

/** local [-aAirx] name[=value] … */
export const local: Builtin = function* (shell, args, name) {
  if (!shell.variables.inScope) {
    yield* shell.complain("local: can only be used in a function");
    return 1;
  }
  return yield* declareAll(shell, args, { builtin: name, scoped: true });
};

/** declare [-aAgirxpfF] [name[=value] …] */
export const declare: Builtin = function* (shell, args, name) {
  const flags = args.filter((arg) => /^[-+]/.test(arg)).join("");
  const names = args.filter((arg) => !/^[-+]/.test(arg));
  if (flags.includes("f") || flags.includes("F")) {
    for (const each of names.length > 0 ? names : [...shell.functions.keys()].sort()) {
      const body = shell.functions.get(each);
      if (body === undefined) return 1;
      yield* shell.out(
        flags.includes("F")
          ? names.length > 0
            ? `${each}\n`
            : `declare -f ${each}\n`
          : `${body.source.slice(body.node.pos, body.node.end)}\n`,
      );
    }
    return 0;
  }
  if (flags.includes("p") || names.length === 0) {
    let status = 0;
    for (const each of names.length > 0 ? names : shell.variables.names().sort()) {
      if (shell.variables.find(each) === undefined) {
        yield* shell.complain(`${name}: ${each}: not found`);
        status = 1;
      } else yield* show(shell, each);
    }
    return status;
  }
  return yield* declareAll(shell, args, { builtin: name, scoped: shell.variables.inScope && !flags.includes("g") });
};

function* declareAll(shell: Shell, args: string[], how: { builtin: string; scoped: boolean }): Call<number> {
  const marks: { exported?: boolean; readonly?: boolean; integer?: boolean } = {};
  let array: "indexed" | "associative" | undefined;
  let status = 0;
  for (const arg of args) {
    if (/^[-+]/.test(arg)) {
      const on = arg.startsWith("-");
      for (const letter of arg.slice(1)) {
        if (letter === "x") marks.exported = on;
        else if (letter === "r") marks.readonly = on;
        else if (letter === "i") marks.integer = on;
        else if (letter === "a") array = "indexed";
        else if (letter === "A") array = "associative";
        else if (letter !== "g")
          return yield* invalidOption(
            shell,
            how.builtin,
            `${arg[0]}${letter}`,
            `${how.builtin} [-aAgirx] [name[=value] ...]`,
          );
      }
      continue;
    }
    const parsed = parseAssignment(arg);
    if (!(yield* checkName(shell, how.builtin, arg, parsed.name))) {
      status = 1;
      continue;
    }
    if (how.scoped) shell.variables.makeLocal(parsed.name);
    if (array !== undefined && shell.variables.find(parsed.name)?.array === undefined) {
      shell.variables.setArray(parsed.name, [], { associative: array === "associative" });
    }
    if (marks.integer !== undefined) shell.variables.mark(parsed.name, { integer: marks.integer });
    setParsed(shell, parsed);
    if (parsed.value === undefined && array === undefined && shell.variables.find(parsed.name) === undefined)
      shell.variables.mark(parsed.name, {});
    shell.variables.mark(parsed.name, marks);
  }
  return status;
}

/** unset [-v|-f] name … */
export const unset: Builtin = function* (shell, args) {
  let functionsOnly = false;
  let variablesOnly = false;
  while (args[0]?.startsWith("-")) {
    const flag = args.shift();
    if (flag === "-f") functionsOnly = true;
    else if (flag === "-v") variablesOnly = true;
    else return yield* invalidOption(shell, "unset", flag as string, "unset [-f] [-v] [-n] [name ...]");
  }
  for (const arg of args) {
    const element = /^(\w+)\[(.*)\]$/.exec(arg);
    if (shell.variables.find(arg)?.readonly === true) {
      yield* shell.complain(`unset: ${arg}: cannot unset: readonly variable`);
      return 1;
    }
    if (element !== null)
      shell.variables.unsetElement(element[1] as string, shell.elementKey(element[1] as string, element[2] as string));
    else if (functionsOnly || (!variablesOnly && shell.variables.find(arg) === undefined)) shell.functions.delete(arg);
    else shell.variables.unset(arg);
  }
  return 0;
};

/** let expression … */
export const letBuiltin: Builtin = function* (shell, args) {
  if (args.length === 0) throw new ShellError("let: expression expected");
  let value = 0;
  for (const arg of args) value = yield* expandArithmetic(shell, arg);
  return value === 0 ? 1 : 0;
};
