/** Commands of upstream's that this server has nothing to answer with: they fail with the reason. */
import { type Command, type CommandGroup, defineCommand } from "../command.ts";
import { CommandError } from "../errors.ts";

function missing(name: string, group: CommandGroup, options: { short: string; why: string }): Command {
  return defineCommand({
    name,
    group,
    short: options.short,
    anyFlags: true,
    completes: "none",
    *run() {
      throw new CommandError(options.why);
    },
  });
}

const TROUBLE = "Troubleshooting and Debugging Commands";

export const notHere: readonly Command[] = [
  missing("cp", TROUBLE, {
    short: "Copy files and directories to and from containers",
    why: "cp is not supported here yet: copy text through exec (kubectl exec POD -- cat FILE > FILE)",
  }),
];
