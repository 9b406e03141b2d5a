/** Programs named `kubectl-…` on the PATH, which are commands too. Upstream: kubectl pkg/cmd/cmd.go (HandlePluginCommand). */
import type { ProgramContext } from "../engine/base/program.ts";
import { exec } from "../engine/base/syscalls.ts";
import type { Call } from "../engine/base/syscalls.ts";

const PREFIX = "kubectl-";

/** `exact`: only the longest name counts. */
interface Search {
  exact?: boolean;
}

/** Goes on as the plugin that the words name, the longest name first; comes back when there is none. */
export function* runPlugin(ctx: ProgramContext, words: readonly string[], search: Search = {}): Call<void> {
  const firstFlag = words.findIndex((word) => word.startsWith("-"));
  const names = (firstFlag < 0 ? words : words.slice(0, firstFlag)).map((word) => word.replaceAll("-", "_"));
  for (let length = names.length; length > 0; length--) {
    const path = ctx.which(PREFIX + names.slice(0, length).join("-"));
    if (path !== undefined) {
      const argv = [path, ...words.slice(length)];
      yield* exec({ argv, env: { ...ctx.env }, cwd: ctx.cwd, stdio: [0, 1, 2] });
    }
    if (search.exact === true) return;
  }
}
