/** `kubectl help`: all commands by group. Upstream: kubectl pkg/util/templates. Simplified: the words are ours. */
import type { CommandGroup } from "./command.ts";
import { COMMANDS } from "./registry.ts";

const GROUPS: readonly CommandGroup[] = [
  "Basic Commands (Beginner)",
  "Basic Commands (Intermediate)",
  "Deploy Commands",
  "Cluster Management Commands",
  "Troubleshooting and Debugging Commands",
  "Advanced Commands",
  "Settings Commands",
  "Other Commands",
];

export function rootHelp(): string {
  const groups = GROUPS.map((group) => {
    const lines = COMMANDS.filter(
      (command) => (command.group ?? "Other Commands") === group && command.hidden !== true,
    ).map((command) => `  ${command.name.padEnd(15)} ${command.short}`);
    return lines.length === 0 ? "" : `${group}:\n${lines.join("\n")}\n\n`;
  });
  return `kubectl controls the Kubernetes cluster manager.\n\n${groups.join("")}Usage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n`;
}
