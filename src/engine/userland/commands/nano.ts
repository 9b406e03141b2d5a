import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { intent } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";

/**
 * Editors: there is no full-screen editing in this terminal; the text opens in the editor pane beside it, and the command
 * ends when it is saved or given up there. The intent `open-editor` takes `{ title, text }` and answers with the text as
 * saved, or with null.
 */
function editor(name: string): Command {
  return defineCommand({ name, usage: `Usage: ${name} FILE\nOpen FILE in the editor pane.`, run: edit });
}

export const editors: readonly Command[] = ["nano", "vi", "vim", "emacs"].map(editor);

function* edit(io: CommandIo): Call<number> {
  const [file, another] = io.operands;
  if (file === undefined || another !== undefined) {
    yield* io.complain("name the one file to edit");
    return 1;
  }
  const { fs } = io.ctx;
  const path = io.path(file);
  try {
    if (fs.exists(path) && fs.stat(path).type === "directory") throw new SystemError("EISDIR", file);
    const text = fs.exists(path) ? fs.readFile(path) : "";
    const saved = yield* ask(io, { title: file, text });
    if (saved === undefined) return 1;
    if (saved !== null) fs.writeFile(path, saved);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.failed(file, error);
    return 1;
  }
  return 0;
}

/** The text as saved, null when it was given up, undefined after a message that nobody can edit. */
function* ask(io: CommandIo, request: { title: string; text: string }): Call<string | null | undefined> {
  try {
    return (yield* intent("open-editor", request)) as string | null;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.complain(`there is no editor here: write files with  cat > ${request.title} <<EOF`);
    return undefined;
  }
}
