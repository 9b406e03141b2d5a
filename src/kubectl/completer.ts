/** Completion of kubectl lines. */
import type { Completer } from "../engine/base/program.ts";

// oxlint-disable-next-line require-yield
export const kubectlCompleter: Completer = function* kubectlCompleter(_line, cursor) {
  return { from: cursor, candidates: [] };
};
