/**
 * `kubectl completion`: scripts that ask `kubectl __complete`. Upstream: kubectl pkg/cmd/completion.
 * The playground's own shell asks this kubectl itself; there the scripts define what nobody calls.
 */
import { defineCommand } from "../command.ts";
import { usageError } from "../errors.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  // The function is called as upstream's, for `complete -F __start_kubectl k`. Bash splits words at = and : too,
  // so what is typed is read from the line.
  bash: `# bash completion for kubectl
__start_kubectl() {
    local line="\${COMP_LINE:0:COMP_POINT}" words typed candidate
    read -ra words <<< "$line"
    typed=""
    case "$line" in
        *[[:space:]]) words+=("") ;;
        *) typed="\${words[\${#words[@]}-1]}" ;;
    esac
    local kept=""
    case "$typed" in
        -*) ;;
        *:*) kept="\${typed%:*}:" ;;
    esac
    COMPREPLY=()
    while IFS= read -r candidate; do
        case "$candidate" in
            "" | :[0-9]*) ;;
            *) COMPREPLY+=("\${candidate#"$kept"}") ;;
        esac
    done < <(kubectl __complete "\${words[@]:1}" 2>/dev/null)
    case "\${COMPREPLY[0]-}" in
        *=) compopt -o nospace 2>/dev/null ;;
    esac
}
if type complete >/dev/null 2>&1; then
    complete -o default -F __start_kubectl kubectl
fi
`,
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
  zsh: `#compdef kubectl
# zsh completion for kubectl
_kubectl() {
    local -a candidates open
    local candidate
    for candidate in "\${(@f)$(kubectl __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case "$candidate" in
            "" | :[0-9]*) ;;
            *=) open+=("$candidate") ;;
            *) candidates+=("$candidate") ;;
        esac
    done
    [[ "$words[CURRENT]" == -*=* ]] && compset -P '*='
    compadd -S '' -a open
    compadd -a candidates
}
if [[ "$funcstack[1]" = "_kubectl" ]]; then
    _kubectl
else
    compdef _kubectl kubectl
fi
`,
};

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
    const script = SCRIPTS[shell];
    if (script === undefined) throw usageError(call.path, `Unsupported shell type ${JSON.stringify(shell)}.`);
    yield* call.out(script);
  },
});
