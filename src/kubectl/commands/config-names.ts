/** `kubectl config get-clusters | get-users | delete-cluster | delete-user`. Upstream: kubectl pkg/cmd/config. */
import { type Command, defineCommand } from "../command.ts";
import { loadConfig, saveConfig } from "../config-file.ts";
import { CommandError, usageError } from "../errors.ts";
import { helpText } from "../command-help.ts";

function listCommand(part: "clusters" | "users"): Command {
  return defineCommand({
    name: `get-${part}`,
    short: `Display ${part} defined in the kubeconfig`,
    completes: "none",
    *run(call) {
      const { config } = loadConfig(call);
      const names = config[part].map((entry) => entry.name).sort();
      yield* call.out(`${["NAME", ...names].join("\n")}\n`);
    },
  });
}

function deleteCommand(noun: "cluster" | "user"): Command {
  const part = `${noun}s` as const;
  return defineCommand({
    name: `delete-${noun}`,
    short: `Delete the specified ${noun} from the kubeconfig`,
    usage: "NAME",
    completes: "none",
    *run(call) {
      const { path, config } = loadConfig(call);
      const [name] = call.args;
      if (name === undefined || call.args.length !== 1) {
        if (noun === "user") throw usageError(call.path, "user to delete is required");
        yield* call.out(helpText(call.command, call.path));
        return 0;
      }
      if (!config[part].some((entry) => entry.name === name)) {
        throw new CommandError(`cannot delete ${noun} ${name}, not in ${path}`);
      }
      saveConfig(call, { ...config, [part]: config[part].filter((entry) => entry.name !== name) });
      yield* call.out(`deleted ${noun} ${name} from ${path}\n`);
      return 0;
    },
  });
}

export const getClusters = listCommand("clusters");
export const getUsers = listCommand("users");
export const deleteCluster = deleteCommand("cluster");
export const deleteUser = deleteCommand("user");
