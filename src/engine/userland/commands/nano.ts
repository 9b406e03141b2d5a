import { SystemError } from "../../base/program.ts";
import type { Call } from "../../base/syscalls.ts";
import { intent } from "../../base/syscalls.ts";
import { defineCommand } from "../command.ts";
import type { Command, CommandIo } from "../command.ts";

/** Editors: there is no full-screen editing in this terminal; the file opens in the editor pane beside it. */
function editor(name: string): Command {
  return defineCommand({ name, usage: `Usage: ${name} FILE\nOpen FILE in the editor pane.`, run: edit });
}

export const editors: readonly Command[] = ["nano", "vi", "vim", "emacs"].map(editor);

function* edit(io: CommandIo): Call<number> {
  const [file] = io.operands;
  if (file === undefined) {
    yield* io.complain("name the file to edit");
    return 1;
  }
  try {
    yield* intent("open-editor", { path: io.path(file) });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    yield* io.complain(`there is no editor here: write files with  cat > ${file} <<EOF`);
    return 1;
  }
  yield* io.out(`${io.name}: ${file} opens in the editor pane\n`);
  return 0;
}
