/**
 * `kubectl completion`. Upstream: kubectl pkg/cmd/completion.
 * Simplified: for bash and zsh the script only says that completion is there: the playground's shell asks this kubectl
 * itself. For fish and PowerShell, which run elsewhere, it asks `kubectl __complete`.
 */
import { defineCommand } from "../command.ts";
import { usageError } from "../errors.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  fish: `# fish completion for kubectl
function __kubectl_candidates
    set -l words (commandline -opc)
    kubectl __complete $words[2..-1] (commandline -ct) 2>/dev/null | string match -v ':*'
end
complete -c kubectl -f -a '(__kubectl_candidates)'
`,
  powershell: `# powershell completion for kubectl
Register-ArgumentCompleter -Native -CommandName kubectl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
    if ($wordToComplete -eq '') { $words += '""' }
    kubectl __complete @words 2>$null | Where-Object { $_ -notlike ':*' } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
`,
};
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
    const script = SCRIPTS[shell];
    if (script !== undefined) return yield* call.out(script);
    yield* call.out(
      `# kubectl completion for ${shell}.\n# The playground's shell completes kubectl by itself: press Tab. Nothing to define here.\n`,
    );
    return undefined;
  },
});
