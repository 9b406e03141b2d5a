/** `kubectl config view`. Upstream: kubectl pkg/cmd/config/view.go. */
import type { KubeObject } from "../../engine/api/meta/object.ts";
import { SystemError } from "../../engine/base/program.ts";
import { encodeBase64 } from "../../engine/base/base64.ts";
import { loadConfig } from "../config-file.ts";
import { defineCommand, OUTPUT_FLAG, PRINT_FLAGS } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { folderOf, originOf } from "../kubeconfig-chain.ts";
import { absolutePath, type Kubeconfig } from "../kubeconfig.ts";
import { toJson } from "../printers/json.ts";
import { printerFor } from "../printers/object-printer.ts";
import { toYaml } from "../printers/yaml.ts";
import { asObject } from "../as-object.ts";

export const view = defineCommand({
  name: "view",
  short: "Display merged kubeconfig settings or a specified kubeconfig file",
  usage: "[flags]",
  flags: [
    ...PRINT_FLAGS.filter((flag) => flag !== OUTPUT_FLAG),
    { ...OUTPUT_FLAG, default: "yaml" },
    { name: "minify", type: "bool", usage: "Only what the current context uses." },
    { name: "raw", type: "bool", usage: "With certificates and tokens." },
    { name: "flatten", type: "bool", usage: "Certificates and keys of files become part of the output." },
    { name: "merge", type: "bool", unsupported: true },
  ],
  completes: "none",
  *run(call) {
    if (call.args.length > 0) throw usageError(call.path, `unexpected arguments: [${call.args.join(" ")}]`);
    let { config } = loadConfig(call);
    if (call.flags.bool("minify")) config = minified(config, call.flags.string("context") || config["current-context"]);
    if (call.flags.bool("flatten")) config = flattened(call, config);
    else if (!call.flags.bool("raw")) config = redacted(config);
    const output = call.flags.string("output");
    if (output === "json") yield* call.out(toJson(structOrder(config), { sorted: false }));
    else if (output === "yaml") yield* call.out(toYaml(structOrder(config)));
    else if (output === "name") yield* call.out("config/<unknown>\n");
    else yield* call.out(printerFor(call)(asObject(structOrder(config)) satisfies KubeObject));
  },
});

const PARTS = ["cluster", "user", "context"] as const;
const FIELDS: Readonly<Record<(typeof PARTS)[number], readonly string[]>> = {
  cluster: [
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "disable-compression",
    "extensions",
  ],
  user: [
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "as",
    "as-uid",
    "as-groups",
    "as-user-extra",
    "username",
    "password",
    "auth-provider",
    "exec",
    "extensions",
  ],
  context: ["cluster", "user", "namespace", "extensions"],
};

/** Fields in the order of upstream's structs, which its JSON keeps; empty lists as null. */
function structOrder(config: Kubeconfig): object {
  const ordered = (list: readonly object[], part: (typeof PARTS)[number]): object[] | null => {
    if (list.length === 0) return null;
    return list.map((entry) => {
      const { name, [part]: fields } = entry as Record<string, unknown>;
      const own = (fields ?? {}) as Record<string, unknown>;
      const keys = [...FIELDS[part].filter((key) => own[key] !== undefined), ...Object.keys(own)];
      return { name, [part]: Object.fromEntries([...new Set(keys)].map((key) => [key, own[key]])) };
    });
  };
  return {
    kind: config.kind,
    apiVersion: config.apiVersion,
    preferences: config.preferences,
    clusters: ordered(config.clusters, "cluster"),
    users: ordered(config.users, "user"),
    contexts: ordered(config.contexts, "context"),
    "current-context": config["current-context"],
  };
}

/** Secrets are not shown unless asked for. */
function redacted(config: Kubeconfig): Kubeconfig {
  const hide = <T extends Record<string, unknown>>(entry: T): T =>
    Object.fromEntries(
      Object.entries(entry ?? {}).map(([key, value]) => {
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
  if (name === "") throw new CommandError("current-context must exist in order to minify");
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

function flattened(call: Invocation, config: Kubeconfig): Kubeconfig {
  const inline = <T extends Record<string, unknown>>(entry: T, origin: string | undefined): T => {
    const result: Record<string, unknown> = { ...entry };
    for (const key of ["certificate-authority", "client-certificate", "client-key"]) {
      const path = result[key];
      if (typeof path !== "string" || path === "") continue;
      delete result[key];
      result[`${key}-data`] = encodeBase64(fileText(call, path, origin));
    }
    return result as T;
  };
  return {
    ...config,
    clusters: config.clusters.map((entry) => ({ ...entry, cluster: inline(entry.cluster, originOf(entry)) })),
    users: config.users.map((entry) => ({ ...entry, user: inline(entry.user, originOf(entry)) })),
  };
}

/** Of a file that an entry of another one names: its path begins where that one is. */
function fileText(call: Invocation, path: string, origin: string | undefined): string {
  const beside = origin === undefined || path.startsWith("/") ? path : `${folderOf(origin)}/${path}`;
  try {
    return call.ctx.fs.readFile(absolutePath(call.ctx, beside));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new CommandError(`open ${path}: no such file or directory`);
  }
}
