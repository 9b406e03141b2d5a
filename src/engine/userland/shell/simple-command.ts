/** Simple commands: assignments, functions, builtins, programs. */
import type { Assignment, ArrayValue, Command, Word } from "unbash";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { exec, spawn } from "../../base/syscalls.ts";
import { errorText } from "../errors.ts";
import { builtins } from "./builtins/registry.ts";
import { cannotFork, ReturnFunction, ShellError } from "./control.ts";
import { expandWord, expandWords } from "./expand.ts";
import { wordParts } from "./parse.ts";
import { quoteIfNeeded } from "./quote.ts";
import { applyRedirects } from "./redirect.ts";
import type { Shell, FunctionBody, RunOptions } from "./shell.ts";
import type { Variable } from "./variables.ts";

/** Deepest nesting of function calls; bash would run out of stack. */
const MAX_CALLS = 200;

/** Builtins that take assignments as arguments (`export a=$b` doesn't split). */
const DECLARING = new Set(["export", "local", "declare", "typeset", "readonly", "alias"]);

export function* simpleCommand(shell: Shell, node: Command, options: RunOptions): Call<number> {
  const { redirects } = node;
  if (redirects.length === 0) return yield* runSimple(shell, node, options);
  if (node.name?.text === "exec" && node.args.length === 0) {
    // `exec > file` changes the shell's own descriptors for good.
    shell.io = (yield* applyRedirects(shell, redirects)).io;
    return 0;
  }
  return yield* shell.interpreter.withRedirects(shell, redirects, () => runSimple(shell, node, options));
}

function* runSimple(shell: Shell, node: Command, options: RunOptions): Call<number> {
  const assignments = node.prefix.filter((part): part is Assignment => part.type === "Assignment");
  shell.substitutionStatus = undefined;
  if (node.name === undefined) return yield* assignAll(shell, assignments);
  const declaring = DECLARING.has(node.name.text);
  const words: string[] = yield* expandWords(shell, [node.name]);
  const arrays: Assignment[] = [];
  for (const argument of node.args) {
    if (argument.type === "Word") words.push(...(yield* expandWords(shell, [argument])));
    else if (argument.value.type === "ArrayValue") {
      if (!declaring) throw new ShellError("syntax error near unexpected token `('", { status: 2 });
      arrays.push(argument);
      words.push(`${argument.name}`);
    } else if (declaring) words.push(yield* assignmentText(shell, argument, argument.value));
    else words.push(...(yield* expandWords(shell, [asWord(argument)])));
  }
  if (words.length === 0) {
    yield* assignAll(shell, assignments);
    return shell.substitutionStatus ?? 0;
  }
  if (shell.options.xtrace) yield* trace(shell, assignments, words);
  const run = function* (): Call<number> {
    return yield* invoke(shell, words, { ...options, assigned: assignments.length > 0 });
  };
  const status =
    assignments.length === 0 ? yield* run() : yield* withAssignments(shell, assignments, words[0] as string, run);
  for (const array of arrays) yield* assignArray(shell, array, array.value as ArrayValue);
  return status;
}

/** `a=b` among the arguments of an ordinary command is a word like any other. */
function asWord(argument: Assignment): Word {
  const value = argument.value as Word;
  const head = argument.text.slice(0, argument.text.length - value.text.length);
  if (value.parts === undefined) {
    return { type: "Word", pos: argument.pos, end: argument.end, text: argument.text, value: head + value.value };
  }
  const prefix = { type: "Literal", pos: argument.pos, end: argument.pos, value: head, text: head } as const;
  return {
    type: "Word",
    pos: argument.pos,
    end: argument.end,
    text: argument.text,
    value: argument.text,
    parts: [prefix, ...value.parts],
  };
}

function* assignmentText(shell: Shell, argument: Assignment, value: Word): Call<string> {
  const text = yield* expandWord(shell, value, { assignment: true });
  const index = argument.index === undefined ? "" : `[${argument.index.text}]`;
  return `${argument.name}${index}${argument.append === true ? "+" : ""}=${text}`;
}

function* assignAll(shell: Shell, assignments: readonly Assignment[]): Call<number> {
  for (const assignment of assignments) yield* assign(shell, assignment);
  if (shell.options.xtrace) yield* trace(shell, assignments, []);
  return shell.substitutionStatus ?? 0;
}

function* assign(shell: Shell, assignment: Assignment): Call<void> {
  const { name, value, append, index } = assignment;
  if (value.type === "ArrayValue") return yield* assignArray(shell, assignment, value);
  const text = yield* expandWord(shell, value, { assignment: true });
  if (index !== undefined) {
    const key = shell.elementKey(name, yield* expandWord(shell, index));
    const before = append === true ? (shell.variables.element(name, key) ?? "") : "";
    shell.variables.setElement(name, key, before + text);
    return;
  }
  if (append !== true) return shell.assign(name, text);
  const integer = shell.variables.find(name)?.integer === true;
  shell.assign(
    name,
    integer ? `${shell.variables.get(name) ?? 0}+(${text})` : (shell.variables.get(name) ?? "") + text,
  );
}

function* assignArray(shell: Shell, assignment: Assignment, value: ArrayValue): Call<void> {
  const { name } = assignment;
  const entries = new Map<string, string>(assignment.append === true ? shell.variables.elements(name) : []);
  let next = Math.max(-1, ...[...entries.keys()].map(Number).filter((key) => !Number.isNaN(key))) + 1;
  for (const element of value.elements) {
    const keyed = /^\[([^\]]*)\]=/.exec(element.text);
    if (keyed !== null) {
      const key = shell.elementKey(name, (keyed[1] as string).replace(/^(["'])(.*)\1$/, "$2"));
      const parts = wordParts(element.text.slice(keyed[0].length));
      const word: Word = { type: "Word", pos: 0, end: 0, text: "", value: "", parts };
      entries.set(key, parts === undefined ? "" : yield* expandWord(shell, word));
      next = Number(key) + 1;
      continue;
    }
    for (const item of yield* expandWords(shell, [element])) entries.set(String(next++), item);
  }
  shell.variables.setArray(name, entries);
}

/** `A=1 command`: the variables last for the command, and it gets them as environment. */
function* withAssignments(
  shell: Shell,
  assignments: readonly Assignment[],
  name: string,
  run: () => Call<number>,
): Call<number> {
  const saved = new Map<string, Variable | undefined>();
  for (const assignment of assignments) {
    if (!saved.has(assignment.name)) saved.set(assignment.name, shell.variables.find(assignment.name));
    yield* assign(shell, assignment);
    shell.variables.mark(assignment.name, { exported: true });
  }
  try {
    return yield* run();
  } finally {
    if (name !== "exec") for (const [key, before] of saved) shell.variables.restore(key, before);
  }
}

function* trace(shell: Shell, assignments: readonly Assignment[], words: readonly string[]): Call<void> {
  const prefix = shell.variables.get("PS4") ?? "+ ";
  for (const { name, value } of assignments) {
    const shown =
      value.type === "ArrayValue"
        ? shell.source.slice(value.pos, value.end)
        : quoteIfNeeded(shell.variables.get(name) ?? (words.length > 0 ? yield* expandWord(shell, value) : ""));
    yield* shell.err(`${prefix}${name}=${shown === "''" ? "" : shown}\n`);
  }
  if (words.length > 0) yield* shell.err(`${prefix}${words.map(quoteIfNeeded).join(" ")}\n`);
}

/** Runs expanded words: function, builtin or program. `plain` (command, exec) skips functions. */
export function* invoke(
  shell: Shell,
  words: readonly string[],
  options: RunOptions & { plain?: boolean; assigned?: boolean } = {},
): Call<number> {
  const name = words[0] as string;
  if (options.plain !== true) {
    const body = shell.functions.get(name);
    if (body !== undefined) return yield* callFunction(shell, body, words);
  }
  const builtin = builtins.get(name);
  if (builtin !== undefined) return yield* builtin(shell, words.slice(1), name);
  return yield* runProgram(shell, words, options);
}

export function* callFunction(shell: Shell, body: FunctionBody, words: readonly string[]): Call<number> {
  if (shell.callDepth >= MAX_CALLS) {
    throw new ShellError(`${words[0]}: maximum function nesting level exceeded (${MAX_CALLS})`, { fatal: true });
  }
  const { positional, source, position, loopDepth } = shell;
  shell.positional = words.slice(1);
  shell.source = body.source;
  shell.callDepth++;
  shell.loopDepth = 0;
  shell.callStack = [...shell.callStack, words[0] as string];
  shell.variables.enterScope();
  try {
    const { body: code } = body.node;
    if (code.type === "CompoundList") throw new ShellError("function without a body");
    return yield* shell.interpreter.runCommand(shell, code);
  } catch (error) {
    if (error instanceof ReturnFunction) return error.status;
    throw error;
  } finally {
    shell.variables.leaveScope();
    shell.callStack = shell.callStack.slice(0, -1);
    shell.callDepth--;
    shell.loopDepth = loopDepth;
    shell.positional = positional;
    shell.source = source;
    shell.position = position;
  }
}

/** Runs a program as a child, or in this process' place when nothing is left to do here. */
export function* runProgram(shell: Shell, words: readonly string[], options: RunOptions): Call<number> {
  const { io, ctx } = shell;
  const [stdin, stdout, stderr] = io;
  if (stdin === undefined || stdout === undefined || stderr === undefined)
    return yield* runWithClosed(shell, words, options);
  const request = {
    argv: [...words],
    env: shell.variables.exported(),
    cwd: ctx.cwd,
    stdio: [stdin, stdout, stderr] as [number, number, number],
  };
  try {
    if (options.tail === true && !shell.interactive && shell.traps.size === 0 && shell.callDepth === 0)
      return yield* exec(request);
    const pid = yield* spawn(request);
    return yield* shell.interpreter.waitForeground(shell, pid);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "EAGAIN") throw cannotFork(shell);
    return yield* cannotRun(shell, words[0] as string, error);
  }
}

function* runWithClosed(shell: Shell, words: readonly string[], options: RunOptions): Call<number> {
  const outer = shell.io;
  const nothing = yield* openNull();
  shell.io = [0, 1, 2].map((fd) => outer[fd] ?? nothing);
  try {
    return yield* runProgram(shell, words, options);
  } finally {
    shell.io = outer;
    yield { call: "close", fd: nothing };
  }
}

function* openNull(): Call<number> {
  return (yield { call: "open", path: "/dev/null", mode: "read-write" }) as number;
}

/** The words for a command that can't be run: 127 when there is none, 126 when it may not. */
export function* cannotRun(shell: Shell, name: string, error: SystemError): Call<number> {
  const isPath = name.includes("/");
  let words = errorText(error);
  if (error.errno === "EISDIR") words = shell.dialect === "bash" ? "Is a directory" : "Permission denied";
  if (error.errno === "ENOENT") {
    if (shell.dialect !== "bash") words = "not found";
    else if (!isPath) words = "command not found";
    else if (error.detail !== name && error.detail.startsWith(`${name}: `)) {
      yield* shell.complain(`${name}: cannot execute: required file not found`);
      return 127;
    }
  }
  yield* shell.complain(`${name}: ${words}`);
  return error.errno === "ENOENT" ? 127 : 126;
}
