/**
 * Several kubeconfig files as one: `KUBECONFIG=a:b`. Of entries of one name the first file's counts, and of current
 * contexts the first that is set; what changes is written where it stands. Upstream: client-go tools/clientcmd (loader.go,
 * config.go).
 */
import type { ProgramContext } from "../engine/base/program.ts";
import type { FlagValues } from "./flags.ts";
import { absolutePath, emptyKubeconfig, type Kubeconfig, readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";

const PARTS = ["clusters", "contexts", "users"] as const;

/** Which file an entry came from: what it names beside it is there. */
const origins = new WeakMap<object, string>();

/** The path of the file that an entry of a loaded configuration stands in; undefined: in none. */
export function originOf(entry: object | undefined): string | undefined {
  return entry && origins.get(entry);
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** The files that are read, as they are named, the first counting most; there is at least one. */
function names(ctx: ProgramContext, flags: FlagValues): readonly string[] {
  const given = flags.string("kubeconfig");
  if (given !== "") return [given];
  const named = (ctx.env["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  return named.length === 0 ? [`${ctx.env["HOME"] ?? ctx.user.home}/.kube/config`] : named;
}

/** Where what is new is written, as it is named: the first of the files that is there, or the last. */
export function kubeconfigName(ctx: ProgramContext, flags: FlagValues): string {
  const all = names(ctx, flags);
  return all.find((name) => ctx.fs.exists(absolutePath(ctx, name))) ?? (all.at(-1) as string);
}

export function kubeconfigPath(ctx: ProgramContext, flags: FlagValues): string {
  return absolutePath(ctx, kubeconfigName(ctx, flags));
}

/** All files as one, entries in the order of their names. */
export function loadKubeconfig(ctx: ProgramContext, flags: FlagValues): Kubeconfig {
  return merged(files(ctx, flags));
}

function files(ctx: ProgramContext, flags: FlagValues): Map<string, Kubeconfig> {
  const found = new Map<string, Kubeconfig>();
  for (const name of names(ctx, flags)) {
    const path = absolutePath(ctx, name);
    const config = readKubeconfig(ctx, path, name);
    for (const part of PARTS) for (const entry of config[part]) origins.set(entry, path);
    if (!found.has(path)) found.set(path, config);
  }
  return found;
}

function merged(chain: ReadonlyMap<string, Kubeconfig>): Kubeconfig {
  const configs = [...chain.values()];
  const all = <T extends { name: string }>(lists: readonly (readonly T[])[]): T[] => {
    const byName = new Map<string, T>();
    for (const entry of lists.flat()) if (!byName.has(entry.name)) byName.set(entry.name, entry);
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    ...(configs[0] ?? emptyKubeconfig()),
    clusters: all(configs.map(({ clusters }) => clusters)),
    contexts: all(configs.map(({ contexts }) => contexts)),
    users: all(configs.map(({ users }) => users)),
    "current-context": configs.map((config) => config["current-context"]).find((name) => name !== "") ?? "",
  };
}

/** Writes what differs from the files: an entry where it stands, a new one and the current context where new ones go. */
export function saveKubeconfig(ctx: ProgramContext, flags: FlagValues, wanted: Kubeconfig): void {
  const chain = files(ctx, flags);
  const before = merged(chain);
  const fresh = kubeconfigPath(ctx, flags);
  const touched = new Set<string>();
  const change = (path: string, next: (config: Kubeconfig) => Kubeconfig): void => {
    chain.set(path, next(chain.get(path) ?? emptyKubeconfig()));
    touched.add(path);
  };
  for (const part of PARTS) {
    for (const { path, name, entry } of differences(before[part], wanted[part])) {
      change(path ?? fresh, (config) => {
        const others = (config[part] as { name: string }[]).filter((each) => each.name !== name);
        return { ...config, [part]: entry === undefined ? others : [...others, entry] };
      });
    }
  }
  const current = wanted["current-context"];
  if (current !== before["current-context"]) {
    const setting = [...chain].find(([, config]) => config["current-context"] !== "")?.[0];
    change(current === "" ? (setting ?? fresh) : fresh, (config) => ({ ...config, "current-context": current }));
  }
  for (const path of touched) writeKubeconfig(ctx, path, chain.get(path) ?? emptyKubeconfig());
}

interface Difference {
  /** Of the file that has it; undefined: none has. */
  path: string | undefined;
  name: string;
  /** undefined: it is to go. */
  entry: object | undefined;
}

function differences(before: readonly { name: string }[], wanted: readonly { name: string }[]): Difference[] {
  const text = (entry: object | undefined): string => JSON.stringify(entry) ?? "";
  const changed = wanted.flatMap((entry): Difference[] => {
    const was = before.find(({ name }) => name === entry.name);
    return text(was) === text(entry) ? [] : [{ path: originOf(was), name: entry.name, entry }];
  });
  const gone = before.filter(({ name }) => !wanted.some((entry) => entry.name === name));
  return [...changed, ...gone.map((was) => ({ path: originOf(was), name: was.name, entry: undefined }))];
}
