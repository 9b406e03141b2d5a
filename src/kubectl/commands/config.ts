/** `kubectl config`. Upstream: kubectl pkg/cmd/config. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { defineCommand, OUTPUT_FLAG, PRINT_FLAGS } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { type Kubeconfig, kubeconfigPath, readKubeconfig, writeKubeconfig } from "../kubeconfig.ts";
import { printerFor } from "../printers/object-printer.ts";
import { toJson } from "../printers/json.ts";
import { toYaml } from "../printers/yaml.ts";
import { aligned, TABLE_TABS } from "../printers/tab-writer.ts";

function load(call: Invocation): { path: string; config: Kubeconfig } {
  const path = kubeconfigPath(call.ctx, call.flags);
  return { path, config: readKubeconfig(call.ctx, path) };
}

/** Secrets are not shown unless asked for. */
function redacted(config: Kubeconfig): Kubeconfig {
  const hide = <T extends Record<string, unknown>>(entry: T): T =>
    Object.fromEntries(
      Object.entries(entry).map(([key, value]) => {
        if (key === "token" || key === "password") return [key, "REDACTED"];
        return [key, key.endsWith("-data") ? "DATA+OMITTED" : value];
      }),
    ) as T;
  return {
    ...config,
    clusters: config.clusters.map((entry) => ({ ...entry, cluster: hide(entry.cluster) })),
    users: config.users.map((entry) => ({ ...entry, user: hide(entry.user) })),
  };
}

function minified(config: Kubeconfig, name: string): Kubeconfig {
  const context = config.contexts.find((entry) => entry.name === name);
  if (context === undefined) throw new CommandError(`cannot locate context ${name}`);
  return {
    ...config,
    "current-context": name,
    contexts: [context],
    clusters: config.clusters.filter((entry) => entry.name === context.context.cluster),
    users: config.users.filter((entry) => entry.name === context.context.user),
  };
}

const view = defineCommand({
  name: "view",
  short: "Display merged kubeconfig settings or a specified kubeconfig file",
  usage: "[flags]",
  flags: [
    ...PRINT_FLAGS.filter((flag) => flag !== OUTPUT_FLAG),
    { ...OUTPUT_FLAG, default: "yaml" },
    { name: "minify", type: "bool", usage: "Only what the current context uses." },
    { name: "raw", type: "bool", usage: "With certificates and tokens." },
    { name: "flatten", type: "bool", unsupported: true },
    { name: "merge", type: "bool", unsupported: true },
  ],
  completes: "none",
  *run(call) {
    let { config } = load(call);
    if (call.flags.bool("minify")) config = minified(config, call.flags.string("context") || config["current-context"]);
    if (!call.flags.bool("raw")) config = redacted(config);
    const orNull = <T>(list: T[]): T[] | null => (list.length === 0 ? null : list);
    const shown = {
      ...config,
      clusters: orNull(config.clusters),
      contexts: orNull(config.contexts),
      preferences: {},
      users: orNull(config.users),
    };
    const output = call.flags.string("output");
    if (output === "json") yield* call.out(toJson(shown));
    else if (output === "yaml") yield* call.out(toYaml(shown));
    else yield* call.out(printerFor(call)(shown as unknown as KubeObject));
  },
});

const getContexts = defineCommand({
  name: "get-contexts",
  short: "Describe one or many contexts",
  usage: "[(-o|--output=)name)]",
  flags: [OUTPUT_FLAG, { name: "no-headers", type: "bool", usage: "Leave column headers out." }],
  completes: "contexts",
  *run(call) {
    const { config } = load(call);
    const chosen = [...config.contexts]
      .filter((entry) => call.args.length === 0 || call.args.includes(entry.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const missing = call.args.find((name) => !config.contexts.some((entry) => entry.name === name));
    if (call.flags.string("output") === "name") {
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
  },
});

const currentContext = defineCommand({
  name: "current-context",
  short: "Display the current-context",
  completes: "none",
  *run(call) {
    const name = load(call).config["current-context"];
    if (name === "") throw new CommandError("current-context is not set");
    yield* call.out(`${name}\n`);
  },
});

const useContext = defineCommand({
  name: "use-context",
  aliases: ["use"],
  short: "Set the current-context in a kubeconfig file",
  usage: "CONTEXT_NAME",
  completes: "contexts",
  *run(call) {
    const [name] = call.args;
    if (name === undefined || call.args.length !== 1)
      throw usageError(call.path, `Unexpected args: [${call.args.join(" ")}]`);
    const { path, config } = load(call);
    if (!config.contexts.some((entry) => entry.name === name)) {
      throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`);
    }
    writeKubeconfig(call.ctx, path, { ...config, "current-context": name });
    yield* call.out(`Switched to context ${JSON.stringify(name)}.\n`);
  },
});

const setContext = defineCommand({
  name: "set-context",
  short: "Set a context entry in kubeconfig",
  usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
  flags: [{ name: "current", type: "bool", usage: "Change the current context." }],
  completes: "contexts",
  *run(call) {
    const { path, config } = load(call);
    const current = call.flags.bool("current");
    if (current === call.args.length > 0 || call.args.length > 1) {
      throw usageError(
        call.path,
        current
          ? "cannot specify both a context name and --current"
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
    const contexts = [...config.contexts.filter((entry) => entry.name !== name), { name, context }];
    writeKubeconfig(call.ctx, path, { ...config, contexts: contexts.sort((a, b) => (a.name < b.name ? -1 : 1)) });
    yield* call.out(`Context ${JSON.stringify(name)} ${known === undefined ? "created" : "modified"}.\n`);
  },
});

const deleteContext = defineCommand({
  name: "delete-context",
  short: "Delete the specified context from the kubeconfig",
  usage: "NAME",
  completes: "contexts",
  *run(call) {
    const { path, config } = load(call);
    const [name] = call.args;
    if (name === undefined) throw usageError(call.path, "Unexpected args: []");
    if (!config.contexts.some((entry) => entry.name === name)) {
      throw new CommandError(`cannot delete context ${name}, not in ${path}`);
    }
    if (config["current-context"] === name) {
      yield* call.err(
        `warning: this removed your active context, use "kubectl config use-context" to select a different one\n`,
      );
    }
    writeKubeconfig(call.ctx, path, { ...config, contexts: config.contexts.filter((entry) => entry.name !== name) });
    yield* call.out(`deleted context ${name} from ${path}\n`);
  },
});

function listNames(part: "clusters" | "users"): (call: Invocation) => ReturnType<typeof namesOf> {
  return (call) => namesOf(call, part);
}

function* namesOf(call: Invocation, part: "clusters" | "users"): ReturnType<Invocation["out"]> {
  const { config } = load(call);
  const names = config[part].map((entry) => entry.name).sort();
  yield* call.out(`${["NAME", ...names].join("\n")}\n`);
}

const getClusters = defineCommand({
  name: "get-clusters",
  short: "Display clusters defined in the kubeconfig",
  completes: "none",
  run: listNames("clusters"),
});

const getUsers = defineCommand({
  name: "get-users",
  short: "Display users defined in the kubeconfig",
  completes: "none",
  run: listNames("users"),
});

export const config = defineCommand({
  name: "config",
  group: "Other Commands",
  short: "Modify kubeconfig files",
  usage: "SUBCOMMAND",
  subcommands: [currentContext, deleteContext, getClusters, getContexts, getUsers, setContext, useContext, view],
});
