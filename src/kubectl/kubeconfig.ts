/** The kubeconfig file: where the API server is and who speaks to it. Upstream: client-go tools/clientcmd. */
import { isObject } from "../engine/base/json.ts";
import { type ProgramContext, SystemError } from "../engine/base/program.ts";
import { readYaml } from "../engine/base/yaml-text.ts";
import { credentialHeaders } from "./client-credentials.ts";
import { CommandError } from "./errors.ts";
import type { FlagValues } from "./flags.ts";
import { toYaml } from "./printers/yaml.ts";

interface Named {
  name: string;
}

export interface NamedCluster extends Named {
  cluster: { server: string; [key: string]: unknown };
}

export interface NamedContext extends Named {
  context: { cluster: string; user: string; namespace?: string; [key: string]: unknown };
}

export interface NamedUser extends Named {
  user: { token?: string; [key: string]: unknown };
}

export interface Kubeconfig {
  apiVersion: string;
  kind: string;
  clusters: NamedCluster[];
  contexts: NamedContext[];
  "current-context": string;
  preferences: object;
  users: NamedUser[];
}

/** What requests need to know. */
export interface ClientConfig {
  /** Without a slash at the end. */
  server: string;
  namespace: string;
  /** True when the user named the namespace on the command line. */
  namespaceGiven: boolean;
  headers: Record<string, string>;
}

export function kubeconfigPath(ctx: ProgramContext, flags: FlagValues): string {
  const given = flags.string("kubeconfig");
  if (given !== "") return absolutePath(ctx, given);
  const fromEnv = (ctx.env["KUBECONFIG"] ?? "").split(":").find((path) => path !== "");
  return fromEnv === undefined ? `${ctx.env["HOME"] ?? ctx.user.home}/.kube/config` : absolutePath(ctx, fromEnv);
}

export function absolutePath(ctx: ProgramContext, path: string): string {
  return path.startsWith("/") ? path : `${ctx.cwd === "/" ? "" : ctx.cwd}/${path.replace(/^\.\//, "")}`;
}

const LISTS = [
  ["clusters", "NamedCluster"],
  ["users", "NamedAuthInfo"],
  ["contexts", "NamedContext"],
] as const;

/** `shown`: the file's name in messages. */
export function readKubeconfig(ctx: ProgramContext, path: string, shown = path): Kubeconfig {
  let text = "";
  try {
    text = ctx.fs.readFile(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === "EACCES") {
      throw new CommandError(`error loading config file ${JSON.stringify(path)}: open ${path}: permission denied`);
    }
    if (error.errno !== "ENOENT") throw error;
  }
  const document = readYaml(text);
  if ("problem" in document) {
    throw new CommandError(`error loading config file ${JSON.stringify(shown)}: ${document.problem}`);
  }
  const source = isObject(document.value) ? document.value : {};
  for (const [field, type] of LISTS) {
    const value = source[field] ?? [];
    if (Array.isArray(value)) continue;
    const kind = isObject(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;
    throw new CommandError(
      `error loading config file ${JSON.stringify(shown)}: json: cannot unmarshal ${kind} into Go struct field Config.${field} of type []v1.${type}`,
    );
  }
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: (source["clusters"] as NamedCluster[] | null | undefined) ?? [],
    contexts: (source["contexts"] as NamedContext[] | null | undefined) ?? [],
    "current-context": String(source["current-context"] ?? ""),
    preferences: isObject(source["preferences"]) ? source["preferences"] : {},
    users: (source["users"] as NamedUser[] | null | undefined) ?? [],
  };
}

/** Entries in the order of their names, empty lists as null: as upstream writes the file. */
export function writeKubeconfig(ctx: ProgramContext, path: string, config: Kubeconfig): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  if (folder !== "" && !ctx.fs.exists(folder)) ctx.fs.mkdir(folder, { recursive: true });
  const sorted = <T extends Named>(list: readonly T[]): T[] | null =>
    list.length === 0 ? null : [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { clusters, contexts, users } = config;
  const shown = { ...config, clusters: sorted(clusters), contexts: sorted(contexts), users: sorted(users) };
  ctx.fs.writeFile(path, toYaml(shown), { mode: 0o600 });
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** In a pod, where nothing is configured: its own account. Upstream: client-go rest/config.go (InClusterConfig). */
function withPodAccount(ctx: ProgramContext, config: Kubeconfig): Kubeconfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = ctx.env;
  const configured = config.clusters.length + config.contexts.length + config.users.length > 0;
  if (configured || host === undefined || port === undefined || !ctx.fs.exists(`${ACCOUNT}/token`)) return config;
  const name = "inClusterConfig";
  const namespace = ctx.fs.exists(`${ACCOUNT}/namespace`) ? ctx.fs.readFile(`${ACCOUNT}/namespace`).trim() : "default";
  return {
    ...config,
    clusters: [{ name, cluster: { server: `https://${host.includes(":") ? `[${host}]` : host}:${port}` } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace } }],
    users: [{ name, user: { tokenFile: `${ACCOUNT}/token` } }],
    "current-context": name,
  };
}

export function clientConfig(ctx: ProgramContext, flags: FlagValues): ClientConfig {
  const path = kubeconfigPath(ctx, flags);
  if (flags.string("kubeconfig") !== "" && !ctx.fs.exists(path)) {
    throw new CommandError(`stat ${flags.string("kubeconfig")}: no such file or directory`);
  }
  const config = withPodAccount(ctx, readKubeconfig(ctx, path));
  const contextName = flags.globalString("context") || config["current-context"];
  const context = config.contexts.find((entry) => entry.name === contextName)?.context;
  if (flags.globalString("context") !== "" && context === undefined) {
    const why = `context was not found for specified context: ${contextName}`;
    throw new CommandError(`Error in configuration: ${why}`, { verbatim: true });
  }
  const clusterName = flags.globalString("cluster") || (context?.cluster ?? "");
  const cluster = config.clusters.find((entry) => entry.name === clusterName)?.cluster;
  if (flags.globalString("cluster") !== "" && cluster === undefined) {
    throw new CommandError(`cluster ${JSON.stringify(clusterName)} does not exist`);
  }
  const userName = flags.globalString("user") || (context?.user ?? "");
  const user = config.users.find((entry) => entry.name === userName)?.user;
  if (flags.globalString("user") !== "" && user === undefined) {
    throw new CommandError(`auth info ${JSON.stringify(userName)} does not exist`);
  }
  const server = flags.globalString("server") || (cluster?.server ?? "http://localhost:8080");
  const headers = credentialHeaders(ctx, user ?? {}, {
    name: userName,
    token: flags.globalString("token"),
    folder: path.slice(0, path.lastIndexOf("/")),
  });
  if (flags.globalString("as") !== "") headers["impersonate-user"] = flags.globalString("as");
  if (flags.globalString("as-uid") !== "") headers["impersonate-uid"] = flags.globalString("as-uid");
  if (flags.list("as-group").length > 0) headers["impersonate-group"] = flags.list("as-group").join(",");
  const group = flags.list("as-group").length > 0 || flags.globalString("as-uid") !== "";
  if (group && flags.globalString("as") === "") {
    throw new CommandError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  }
  return {
    server: (/^https?:\/\//.test(server) ? server : `http://${server}`).replace(/\/+$/, ""),
    namespace: flags.globalString("namespace") || context?.namespace || "default",
    namespaceGiven: flags.changed("namespace") && flags.globalString("namespace") !== "",
    headers,
  };
}
