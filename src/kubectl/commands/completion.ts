/**
 * `kubectl completion`. Upstream: kubectl pkg/cmd/completion. Simplified: the script only says that completion is there:
 * the playground's shell asks this kubectl itself; outside of it there is nothing that would answer.
 */
import { defineCommand } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";

const SHELLS = ["bash", "fish", "powershell", "zsh"];

export const completion = defineCommand({
  name: "completion",
  group: "Settings Commands",
  short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
  usage: "SHELL",
  examples: ["source <(kubectl completion bash)"],
  completes: "none",
  *run(call) {
    const [shell] = call.args;
    if (shell === undefined) throw usageError(call.path, "Shell not specified.");
    if (call.args.length > 1) throw usageError(call.path, "Too many arguments. Expected only the shell type.");
    if (!SHELLS.includes(shell)) throw usageError(call.path, `Unsupported shell type ${JSON.stringify(shell)}.`);
    if (shell === "powershell" || shell === "fish") {
      throw new CommandError(`this kubectl completes in the playground's shell alone: there is no script for ${shell}`);
    }
    yield* call.out(
      `# kubectl completion for ${shell}.\n# The playground's shell completes kubectl by itself: press Tab. Nothing to define here.\n`,
    );
  },
});
