/** `kubectl config …-context(s)`. Upstream: kubectl pkg/cmd/config. */
import { defineCommand, OUTPUT_FLAG } from "../command.ts";
import { loadConfig, saveConfig, withEntry, wrongArguments } from "../config-file.ts";
import { CommandError } from "../errors.ts";
import { helpText } from "../command-help.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

export const getContexts = defineCommand({
  name: "get-contexts",
  short: "Describe one or many contexts",
  usage: "[(-o|--output=)name)]",
  flags: [OUTPUT_FLAG, { name: "no-headers", type: "bool", usage: "Leave column headers out." }],
  completes: "contexts",
  *run(call) {
    const { config } = loadConfig(call);
    const chosen = [...config.contexts]
      .filter((entry) => call.args.length === 0 || call.args.includes(entry.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const output = call.flags.string("output");
    if (output !== "" && output !== "name") {
      yield* call.err(
        `error: --output ${output} is not available in kubectl config get-contexts; resetting to default output format\n`,
      );
      return 1;
    }
    const missing = call.args.find((name) => !config.contexts.some((entry) => entry.name === name));
    if (output === "name") {
      yield* call.out(chosen.map((entry) => `${entry.name}\n`).join(""));
    } else {
      const rows = chosen.map(({ name, context }) => [
        name === config["current-context"] ? "*" : "",
        name,
        context.cluster,
        context.user,
        context.namespace ?? "",
      ]);
      const header = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
      yield* call.out(aligned(call.flags.bool("no-headers") ? rows : [header, ...rows], TABLE_TABS));
    }
    if (missing !== undefined) throw new CommandError(`context ${missing} not found`);
    return 0;
  },
});

export const currentContext = defineCommand({
  name: "current-context",
  short: "Display the current-context",
  completes: "none",
  *run(call) {
    const name = loadConfig(call).config["current-context"];
    if (name === "") throw new CommandError("current-context is not set");
    yield* call.out(`${name}\n`);
  },
});

export const useContext = defineCommand({
  name: "use-context",
  aliases: ["use"],
  short: "Set the current-context in a kubeconfig file",
  usage: "CONTEXT_NAME",
  completes: "contexts",
  *run(call) {
    const [name] = call.args;
    if (name === undefined || call.args.length !== 1) return yield* wrongArguments(call);
    const { config } = loadConfig(call);
    if (!config.contexts.some((entry) => entry.name === name)) {
      throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
    }
    saveConfig(call, { ...config, "current-context": name });
    yield* call.out(`Switched to context ${JSON.stringify(name)}.\n`);
    return undefined;
  },
});

export const setContext = defineCommand({
  name: "set-context",
  short: "Set a context entry in kubeconfig",
  usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
  flags: [{ name: "current", type: "bool", usage: "Change the current context." }],
  completes: "contexts",
  *run(call) {
    const { config } = loadConfig(call);
    const current = call.flags.bool("current");
    if (current === call.args.length > 0 || call.args.length > 1) {
      throw new CommandError(
        current
          ? "you cannot specify both a context name and --current"
          : "you must specify a non-empty context name or --current",
      );
    }
    const name = current ? config["current-context"] : (call.args[0] ?? "");
    if (name === "") throw new CommandError("no current context is set");
    const known = config.contexts.find((entry) => entry.name === name);
    const context = { cluster: "", user: "", ...known?.context };
    for (const key of ["cluster", "user", "namespace"] as const) {
      if (call.flags.changed(key)) context[key] = call.flags.string(key);
    }
    saveConfig(call, { ...config, contexts: withEntry(config.contexts, { name, context }) });
    yield* call.out(`Context ${JSON.stringify(name)} ${known === undefined ? "created" : "modified"}.\n`);
  },
});

export const deleteContext = defineCommand({
  name: "delete-context",
  short: "Delete the specified context from the kubeconfig",
  usage: "NAME",
  completes: "contexts",
  *run(call) {
    const { path, config } = loadConfig(call);
    const [name] = call.args;
    if (name === undefined) {
      yield* call.out(helpText(call.command, call.path));
      return;
    }
    if (!config.contexts.some((entry) => entry.name === name)) {
      throw new CommandError(`cannot delete context ${name}, not in ${path}`);
    }
    if (config["current-context"] === name) {
      yield* call.err(
        `warning: this removed your active context, use "kubectl config use-context" to select a different one\n`,
      );
    }
    saveConfig(call, { ...config, contexts: config.contexts.filter((entry) => entry.name !== name) });
    yield* call.out(`deleted context ${name} from ${path}\n`);
  },
});

export const renameContext = defineCommand({
  name: "rename-context",
  short: "Rename a context from the kubeconfig file",
  usage: "CONTEXT_NAME NEW_NAME",
  completes: "contexts",
  *run(call) {
    const [name, next] = call.args;
    if (name === undefined || next === undefined || call.args.length !== 2) return yield* wrongArguments(call);
    const { path, config } = loadConfig(call);
    const context = config.contexts.find((entry) => entry.name === name);
    if (context === undefined)
      throw new CommandError(`cannot rename the context ${JSON.stringify(name)}, it's not in ${path}`);
    if (config.contexts.some((entry) => entry.name === next)) {
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(name)}, the context ${JSON.stringify(next)} already exists in ${path}`,
      );
    }
    const contexts = config.contexts.map((entry) => (entry === context ? { ...entry, name: next } : entry));
    const current = config["current-context"] === name ? next : config["current-context"];
    saveConfig(call, { ...config, contexts, "current-context": current });
    yield* call.out(`Context ${JSON.stringify(name)} renamed to ${JSON.stringify(next)}.\n`);
    return undefined;
  },
});
