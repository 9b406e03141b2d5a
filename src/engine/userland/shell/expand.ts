/** Word expansion in bash's order: braces, tilde, parameters, commands and arithmetic, splitting, globs. */
import type { Word, WordPart } from "unbash";
import type { Call } from "../../base/syscalls.ts";
import { ArithmeticError } from "./arithmetic.ts";
import { expandBraces } from "./brace.ts";
import { substitute, processSubstitution } from "./command-substitution.ts";
import { ShellError } from "./control.ts";
import { expandGlob } from "./glob.ts";
import { expandParameter } from "./parameter.ts";
import { quotedParts, wordParts } from "./parse.ts";
import { escapePattern, hasMagic } from "./pattern.ts";
import type { FieldSink, FieldTarget, Shell } from "./shell.ts";

/** One word being built: its text, and the same as a pattern where quoted characters are escaped. */
interface Field {
  text: string;
  pattern: string;
  /** True iff something quoted was in it, so that it stays even when empty. */
  quoted: boolean;
}

export class Fields {
  readonly done: Field[] = [];
  current: Field | undefined;
  /** False for assignments, patterns and here-documents: nothing is split. */
  readonly splits: boolean;
  private readonly ifs: string;

  constructor(splits: boolean, ifs: string) {
    this.splits = splits;
    this.ifs = ifs;
  }

  add(text: string, quoted: boolean): void {
    this.current ??= { text: "", pattern: "", quoted: false };
    this.current.text += text;
    this.current.pattern += quoted ? escapePattern(text) : text;
    if (quoted) this.current.quoted = true;
  }

  get empty(): boolean {
    return this.current === undefined;
  }

  addPattern(text: string, pattern: string): void {
    this.current ??= { text: "", pattern: "", quoted: false };
    this.current.text += text;
    this.current.pattern += pattern;
  }

  /** An expansion's result outside quotes: splits at IFS. */
  addSplit(text: string): void {
    const { ifs } = this;
    if (!this.splits || ifs === "") {
      if (text !== "") this.add(text, false);
      return;
    }
    let piece = "";
    for (let i = 0; i < text.length; i++) {
      const char = text[i] as string;
      if (!ifs.includes(char)) {
        piece += char;
        continue;
      }
      if (piece !== "") this.add(piece, false);
      piece = "";
      if (" \t\n".includes(char)) this.finish();
      else {
        // A separator that is not white space ends a field even when the field is empty.
        this.current ??= { text: "", pattern: "", quoted: true };
        this.finish();
        while (i + 1 < text.length && " \t\n".includes(text[i + 1] as string) && ifs.includes(text[i + 1] as string))
          i++;
      }
    }
    if (piece !== "") this.add(piece, false);
  }

  finish(): void {
    if (this.current !== undefined) this.done.push(this.current);
    this.current = undefined;
  }
}

function ifsOf(shell: Shell): string {
  return shell.variables.get("IFS") ?? " \t\n";
}

/** The fields that a command's words become. */
export function* expandWords(shell: Shell, words: readonly Word[]): Call<string[]> {
  const result: string[] = [];
  for (const word of words) {
    const { parts } = word;
    if (parts === undefined) {
      result.push(word.value.startsWith("~") && word.text.startsWith("~") ? tilde(shell, word.value) : word.value);
      continue;
    }
    if (parts.some((part) => part.type === "BraceExpansion")) {
      for (const text of expandBraces(word.text)) yield* expandInto(shell, wordParts(text) ?? [], result);
    } else yield* expandInto(shell, parts, result);
  }
  return result;
}

function* expandInto(shell: Shell, parts: readonly WordPart[], result: string[]): Call<void> {
  const fields = new Fields(true, ifsOf(shell));
  yield* expandParts(shell, parts, { fields, quoted: false });
  fields.finish();
  for (const field of fields.done) {
    if (field.text === "" && !field.quoted) continue;
    if (shell.options.noglob || !hasMagic(field.pattern)) {
      result.push(field.text);
      continue;
    }
    const matches = expandGlob(field.pattern, { fs: shell.ctx.fs, cwd: shell.ctx.cwd, dotglob: shell.shopt.dotglob });
    if (matches.length > 0) result.push(...matches);
    else if (shell.shopt.failglob) throw new ShellError(`no match: ${field.text}`);
    else if (!shell.shopt.nullglob) result.push(field.text);
  }
}

/** A word as one text: no splitting, no globs (assignments, `case`, redirections, here-strings). */
export function* expandWord(shell: Shell, word: Word, options: { assignment?: boolean } = {}): Call<string> {
  if (word.parts === undefined) {
    if (!word.text.includes("~")) return word.value;
    return options.assignment === true
      ? word.value
          .split(":")
          .map((each) => tilde(shell, each))
          .join(":")
      : tilde(shell, word.value);
  }
  return (yield* single(shell, word.parts)).text;
}

/** A word as a pattern: what was quoted in it is escaped. */
export function* expandPattern(shell: Shell, word: Word): Call<string> {
  if (word.parts === undefined && word.text === word.value && !word.text.startsWith("~")) return word.value;
  const parts = word.parts ?? [{ type: "Literal", pos: 0, end: 0, text: word.text, value: word.value } as WordPart];
  return (yield* single(shell, parts)).pattern;
}

function* single(shell: Shell, parts: readonly WordPart[]): Call<Field> {
  const fields = new Fields(false, "");
  yield* expandParts(shell, parts, { fields, quoted: false });
  return fields.current ?? { text: "", pattern: "", quoted: false };
}

/** The parts of a here-document's body. */
export function* expandHereDoc(shell: Shell, parts: readonly WordPart[]): Call<string> {
  const fields = new Fields(false, "");
  yield* expandParts(shell, parts, { fields, quoted: true });
  return fields.current?.text ?? "";
}

/** Text that behaves as if in double quotes: arithmetic, PS1. */
export function* expandQuotedText(shell: Shell, text: string): Call<string> {
  if (!/[$`\\]/.test(text)) return text;
  const parts = quotedParts(text);
  if (parts === undefined) return text;
  return (yield* single(shell, parts)).text;
}

/** `fatal`: an error ends a `-c` shell, as it does in `$((…))` but not in `((…))`. */
export function* expandArithmetic(shell: Shell, text: string, options: { fatal?: boolean } = {}): Call<number> {
  const expanded = (yield* expandQuotedText(shell, text)).replaceAll('"', "");
  try {
    return shell.arithmetic(expanded);
  } catch (error) {
    if (error instanceof ArithmeticError)
      throw new ShellError(error.message, { fatal: options.fatal === true && shell.mode === "command" });
    throw error;
  }
}

export function* expandParts(shell: Shell, parts: readonly WordPart[], target: FieldTarget): Call<void> {
  const { fields, quoted } = target;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as WordPart;
    switch (part.type) {
      case "Literal":
        if (quoted) fields.add(part.value, true);
        else if (i === 0 && fields.empty && part.text.startsWith("~")) addTilde(shell, part, fields);
        else addLiteral(part.text, fields);
        break;
      case "SingleQuoted":
      case "AnsiCQuoted":
        fields.add(part.value, true);
        break;
      case "DoubleQuoted":
      case "LocaleString":
        if (part.parts.length === 0) fields.add("", true);
        // "$@" alone makes no word at all when there is nothing in it.
        else yield* expandParts(shell, part.parts, { fields, quoted: true });
        break;
      case "Glob":
      case "ExtendedGlob":
        if (quoted) fields.add(part.text, true);
        else if (part.parts !== undefined) yield* addGlob(shell, part, fields);
        else fields.add(part.text, false);
        break;
      case "SimpleExpansion":
      case "ParameterExpansion":
        yield* expandParameter(shell, part, target);
        break;
      case "CommandExpansion": {
        const text = yield* substitute(shell, part);
        if (quoted) fields.add(text, true);
        else fields.addSplit(text);
        break;
      }
      case "ArithmeticExpansion": {
        const inner = part.text.startsWith("$((") ? part.text.slice(3, -2) : part.text.slice(2, -1);
        const text = String(yield* expandArithmetic(shell, inner, { fatal: true }));
        if (quoted) fields.add(text, true);
        else fields.addSplit(text);
        break;
      }
      case "ProcessSubstitution":
        fields.add(yield* processSubstitution(shell, part), true);
        break;
      case "BraceExpansion":
        fields.add(part.text, quoted);
        break;
    }
  }
}

/** `[…]` and `@(…)` may hold expansions and quotes. */
function* addGlob(
  shell: Shell,
  part: Extract<WordPart, { type: "Glob" | "ExtendedGlob" }>,
  fields: FieldSink,
): Call<void> {
  const plain = part.parts?.every((each) => each.type === "Literal" || each.type === "Glob") ?? true;
  if (plain) {
    fields.add(part.text, false);
    return;
  }
  const inner = yield* single(shell, part.parts ?? []);
  const open = part.type === "Glob" ? "[" : `${part.operator}(`;
  const close = part.type === "Glob" ? "]" : ")";
  fields.addPattern(open + inner.text + close, open + inner.pattern + close);
}

function addLiteral(text: string, fields: FieldSink): void {
  if (!text.includes("\\")) return fields.add(text, false);
  for (const [, escaped, plain] of text.matchAll(/\\([^]?)|([^\\]+)/g)) {
    if (plain !== undefined) fields.add(plain, false);
    else if (escaped !== "\n") fields.add(escaped ?? "", true);
  }
}

function addTilde(shell: Shell, part: { text: string }, fields: FieldSink): void {
  const slash = part.text.indexOf("/");
  const head = slash < 0 ? part.text : part.text.slice(0, slash);
  const expanded = tilde(shell, head);
  if (expanded === head) return addLiteral(part.text, fields);
  fields.add(expanded, true);
  if (slash >= 0) addLiteral(part.text.slice(slash), fields);
}

export function tilde(shell: Shell, text: string): string {
  if (!text.startsWith("~")) return text;
  const slash = text.indexOf("/");
  const name = slash < 0 ? text.slice(1) : text.slice(1, slash);
  const rest = slash < 0 ? "" : text.slice(slash);
  if (name === "") return (shell.variables.get("HOME") ?? shell.ctx.user.home) + rest;
  if (name === "+") return shell.ctx.cwd + rest;
  if (name === "-") return (shell.variables.get("OLDPWD") ?? "~-") + rest;
  if (name === shell.ctx.user.name) return shell.ctx.user.home + rest;
  if (name === "root") return `/root${rest}`;
  return text;
}
