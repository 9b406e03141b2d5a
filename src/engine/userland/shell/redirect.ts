/** Redirections: they make a new table of descriptors for one command, and close what they opened afterwards. */
import type { Redirection } from "unbash";
import type { OpenMode } from "../../base/program.ts";
import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { close, dup, open, pipe, spawn, write } from "../../base/syscalls.ts";
import { resolvePath } from "../../runtime/paths.ts";
import { errorText } from "../errors.ts";
import { ShellError } from "./control.ts";
import { expandHereDoc, expandWord, expandWords } from "./expand.ts";
import type { Shell } from "./shell.ts";

export interface Redirected {
  io: (number | undefined)[];
  opened: number[];
}

/** Opens what the redirections name. Throws a `ShellError` after closing again when one fails. */
export function* applyRedirects(shell: Shell, redirects: readonly Redirection[]): Call<Redirected> {
  const result: Redirected = { io: [...shell.io], opened: [] };
  try {
    for (const redirect of redirects) yield* applyOne(shell, redirect, result);
  } catch (error) {
    yield* closeAll(result.opened);
    throw error;
  }
  return result;
}

export function* closeAll(opened: readonly number[]): Call<void> {
  for (const fd of opened) yield* close(fd);
}

function* applyOne(shell: Shell, redirect: Redirection, result: Redirected): Call<void> {
  const descriptor = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : undefined;
  if (redirect.type === "HereDoc") {
    const { body, operator } = redirect;
    const text = body.parts === undefined ? body.text : yield* expandHereDoc(shell, body.parts);
    result.io[descriptor ?? 0] = yield* feed(operator === "<<-" ? text.replace(/^\t+/gm, "") : text, result);
    return;
  }
  if (redirect.type === "HereString") {
    const text = redirect.target === undefined ? "" : yield* expandWord(shell, redirect.target);
    result.io[descriptor ?? 0] = yield* feed(`${text}\n`, result);
    return;
  }
  const words = redirect.target === undefined ? [""] : yield* expandWords(shell, [redirect.target]);
  const target = words[0] ?? "";
  if (words.length !== 1) throw new ShellError(`${redirect.target?.text ?? ""}: ambiguous redirect`);
  const { operator } = redirect;
  if (operator === "<&" || (operator === ">&" && (descriptor !== undefined || /^(\d+|-)$/.test(target)))) {
    duplicate({ from: descriptor ?? (operator === "<&" ? 0 : 1), target }, result);
    return;
  }
  const both = operator === "&>" || operator === "&>>" || operator === ">&";
  const mode: OpenMode =
    operator === "<" ? "read" : operator === "<>" ? "read-write" : operator.endsWith(">>") ? "append" : "write";
  const fd = yield* openFile(shell, target, { mode, clobber: operator !== ">" });
  result.opened.push(fd);
  result.io[descriptor ?? (operator.startsWith("<") ? 0 : 1)] = fd;
  if (both) result.io[2] = fd;
}

function duplicate(what: { from: number; target: string }, result: Redirected): void {
  if (what.target === "-") {
    result.io[what.from] = undefined;
    return;
  }
  const fd = result.io[Number(what.target.replace(/-$/, ""))];
  if (fd === undefined) throw new ShellError(`${what.target}: Bad file descriptor`);
  result.io[what.from] = fd;
}

function* openFile(shell: Shell, target: string, how: { mode: OpenMode; clobber: boolean }): Call<number> {
  const { ctx, options, io } = shell;
  const standard: Readonly<Record<string, number>> = { "/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2 };
  const alias = standard[target];
  try {
    if (alias !== undefined && io[alias] !== undefined) return yield* dup(io[alias]);
    if (options.noclobber && !how.clobber && how.mode === "write") {
      const path = resolvePath(ctx.cwd, target);
      if (ctx.fs.exists(path) && ctx.fs.stat(path).type === "file") {
        throw new ShellError(`${target}: cannot overwrite existing file`);
      }
    }
    return yield* open(target, how.mode);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (shell.dialect === "bash") throw new ShellError(`${target}: ${errorText(error)}`);
    const doing = how.mode === "read" ? "open" : "create";
    const words =
      error.errno === "ENOENT" && how.mode !== "read"
        ? "nonexistent directory"
        : error.errno === "ENOENT"
          ? "no such file"
          : errorText(error);
    throw new ShellError(
      `${shell.dialect === "dash" ? `cannot ${doing} ${target}: ${error.errno === "ENOENT" && how.mode !== "read" ? "Directory nonexistent" : error.errno === "ENOENT" ? "No such file" : words}` : `can't ${doing} ${target}: ${words}`}`,
      { status: shell.dialect === "dash" ? 2 : 1 },
    );
  }
}

/** A descriptor that yields `text`. A long text is fed by a process of its own, as it doesn't fit into a pipe. */
function* feed(text: string, result: Redirected): Call<number> {
  const [reader, writer] = yield* pipe();
  result.opened.push(reader);
  if (text.length < 60_000) yield* write(writer, text);
  else {
    yield* spawn({
      argv: ["here-document"],
      env: {},
      cwd: "/",
      stdio: [reader, writer, writer],
      newGroup: true,
      *program() {
        yield* close(0);
        yield* close(2);
        yield* write(1, text);
        return 0;
      },
    });
  }
  yield* close(writer);
  return reader;
}
