/** The kubeconfig file: where the API server is and who speaks to it. Upstream: client-go tools/clientcmd. */
import { isObject } from "../engine/base/json.ts";
import { type ProgramContext, SystemError } from "../engine/base/program.ts";
import { readYaml } from "../engine/base/yaml-text.ts";
import { CommandError } from "./errors.ts";
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

export function absolutePath(ctx: ProgramContext, path: string): string {
  return path.startsWith("/") ? path : `${ctx.cwd === "/" ? "" : ctx.cwd}/${path.replace(/^\.\//, "")}`;
}

const LISTS = [
  ["clusters", "NamedCluster"],
  ["users", "NamedAuthInfo"],
  ["contexts", "NamedContext"],
] as const;

export function emptyKubeconfig(): Kubeconfig {
  return {
    ...{ apiVersion: "v1", kind: "Config", clusters: [], contexts: [] },
    ...{ "current-context": "", preferences: {}, users: [] },
  };
}

/** One file; one that isn't there is empty. `shown`: its name in messages. */
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
