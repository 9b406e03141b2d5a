/** What Tab offers after `kubectl`: commands, flags, types, names, namespaces, contexts, containers, formats, files. */
import type { Completer, Completion, ProgramContext } from "../engine/base/program.ts";
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { CLIENT_VERSION } from "./client-version.ts";
import type { Command } from "./command.ts";
import { apiVersionOf, type ApiResource, resourcePath } from "./discovery.ts";
import { ApiError, CommandError, ErrorList } from "./errors.ts";
import { FlagError, type Flag, parseFlags } from "./flags.ts";
import { NAMESPACES, PODS } from "./generators/resources.ts";
import { findCommand, flagsOf } from "./find-command.ts";
import { Invocation } from "./invocation.ts";
import { loadKubeconfig } from "./kubeconfig-chain.ts";
import { COMMANDS } from "./registry.ts";

const FORMATS = [
  "custom-columns=",
  "custom-columns-file=",
  "go-template=",
  "json",
  "jsonpath=",
  "kyaml",
  "name",
  "wide",
  "yaml",
];

/** A completer for the shell of `ctx`: the line begins with `kubectl` or a name for it. */
export function kubectlCompleter(ctx: ProgramContext): Completer {
  return function* complete(line, cursor) {
    const before = line.slice(0, cursor);
    const words = before.split(/\s+/);
    const typed = words.at(-1) ?? "";
    const from = cursor - typed.length;
    try {
      return yield* completeWord(ctx, { words: words.slice(1, -1), typed, from });
    } catch (error) {
      if (error instanceof CommandError || error instanceof ApiError || error instanceof ErrorList) {
        return { from, candidates: [] };
      }
      throw error;
    }
  };
}

interface Place {
  /** Words after `kubectl` and before the one that is typed. */
  words: readonly string[];
  typed: string;
  from: number;
}

function* completeWord(ctx: ProgramContext, place: Place): Call<Completion> {
  const { words, typed, from } = place;
  const { command, path, rest, unknown } = findCommand(words);
  if (words.includes("--")) return { from, candidates: [] };
  const flags = flagsOf(command);
  const pending = pendingFlag(flags, words);
  const equals = /^--([\w-]+)=(.*)$/.exec(typed);
  const invocation = (): Invocation =>
    new Invocation(ctx, command ?? (COMMANDS[0] as Command), {
      path,
      parsed: lenient(flags, rest),
      argv: words,
      release: CLIENT_VERSION.gitVersion,
    });
  if (equals !== null) {
    const flag = flags.find((entry) => entry.name === equals[1]);
    const value = equals[2] ?? "";
    const values = flag === undefined ? [] : yield* flagValues(invocation(), flag, value);
    return { from: from + typed.length - value.length, candidates: matching(values, value) };
  }
  if (pending !== undefined)
    return { from, candidates: matching(yield* flagValues(invocation(), pending, typed), typed) };
  if (typed.startsWith("-")) {
    const names = flags
      .filter((flag) => flag.unsupported !== true && flag.gate === undefined && flag.deprecated === undefined)
      .map((flag) => `--${flag.name}${flag.type === "bool" || flag.bare !== undefined ? "" : "="}`);
    return { from, candidates: matching(names, typed) };
  }
  const subcommands = command === undefined ? COMMANDS : (command.subcommands ?? []);
  if (subcommands.length > 0 && (unknown === undefined || command === undefined)) {
    const names = subcommands.filter((entry) => entry.hidden !== true).map((entry) => entry.name);
    if (command === undefined || command.run === undefined) return { from, candidates: matching(names, typed) };
    return { from, candidates: matching([...names, ...(yield* argumentsOf(invocation(), command, typed))], typed) };
  }
  return {
    from,
    candidates: command === undefined ? [] : matching(yield* argumentsOf(invocation(), command, typed), typed),
  };
}

function matching(candidates: readonly string[], typed: string): string[] {
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(typed)).sort();
}

function lenient(flags: readonly Flag[], words: readonly string[]): ReturnType<typeof parseFlags> {
  for (let end = words.length; end > 0; end--) {
    try {
      return parseFlags(flags, words.slice(0, end));
    } catch (error) {
      if (!(error instanceof FlagError || error instanceof CommandError)) throw error;
    }
  }
  return parseFlags(flags, []);
}

/** The flag whose value is being typed. */
function pendingFlag(flags: readonly Flag[], words: readonly string[]): Flag | undefined {
  const last = words.at(-1) ?? "";
  const found = last.startsWith("--")
    ? flags.find((flag) => `--${flag.name}` === last)
    : /^-\w$/.test(last)
      ? flags.find((flag) => flag.short === last[1])
      : undefined;
  return found === undefined || found.type === "bool" || found.bare !== undefined ? undefined : found;
}

function* flagValues(call: Invocation, flag: Flag, typed: string): Call<string[]> {
  switch (flag.name) {
    case "namespace":
      return yield* namesOf(call, NAMESPACES);
    case "output":
      return FORMATS;
    case "filename":
      return files(call, typed);
    case "dry-run":
      return ["none", "client", "server"];
    case "restart":
      return ["Always", "OnFailure", "Never"];
    case "type":
      return call.command.name === "expose"
        ? ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]
        : ["json", "merge", "strategic"];
    case "container":
      return yield* containers(call);
    case "context":
    case "cluster":
    case "user": {
      const config = loadKubeconfig(call.ctx, call.flags);
      return config[`${flag.name}s` as const].map((entry) => entry.name);
    }
    default:
      return [];
  }
}

function* argumentsOf(call: Invocation, command: Command, typed: string): Call<string[]> {
  switch (command.completes) {
    case "files":
      return [];
    case "nodes":
      return yield* nodeNames(call, command);
    case "contexts":
      return loadKubeconfig(call.ctx, call.flags).contexts.map((entry) => entry.name);
    case "pods":
      return call.args.length > 0 ? [] : typed.includes("/") ? yield* slashed(call, typed) : yield* namesOf(call, PODS);
    case "types":
      return yield* types(call);
    case "resources":
      return yield* resourceArguments(call, typed);
    default:
      return [];
  }
}

function* nodeNames(call: Invocation, command: Command): Call<string[]> {
  if (command.name === "taint" && call.args.length === 0) return ["node"];
  const resource = yield* call.discovery.find("nodes");
  return yield* namesOf(call, resource);
}

function* resourceArguments(call: Invocation, typed: string): Call<string[]> {
  if (typed.includes("/")) return yield* slashed(call, typed);
  const [type] = call.args;
  if (type === undefined) return yield* types(call);
  if (type.includes("/")) return [];
  return (yield* namesOf(call, yield* call.discovery.find(type))).filter((name) => !call.args.includes(name));
}

function* slashed(call: Invocation, typed: string): Call<string[]> {
  const type = typed.slice(0, typed.indexOf("/"));
  return (yield* namesOf(call, yield* call.discovery.find(type))).map((name) => `${type}/${name}`);
}

function* types(call: Invocation): Call<string[]> {
  const resources = yield* call.discovery.resources();
  return resources.map((resource) =>
    resource.group === "" || apiVersionOf(resource) === "apps/v1"
      ? resource.name
      : `${resource.name}.${resource.group}`,
  );
}

function* namesOf(call: Invocation, resource: ApiResource): Call<string[]> {
  const list = yield* call.rest.json<{ items: KubeObject[] }>({
    path: resourcePath(resource, { namespace: call.namespace }),
  });
  return list.items.map((item) => item.metadata.name);
}

function* containers(call: Invocation): Call<string[]> {
  const [argument = ""] = call.args;
  const name = argument.slice(argument.indexOf("/") + 1);
  const pod = yield* call.rest.json<
    KubeObject & { spec: { containers: { name: string }[]; initContainers?: { name: string }[] } }
  >({
    path: resourcePath(PODS, { namespace: call.namespace, name }),
  });
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((container) => container.name);
}

function files(call: Invocation, typed: string): string[] {
  const slash = typed.lastIndexOf("/") + 1;
  const folder = typed.slice(0, slash);
  const { fs, cwd } = call.ctx;
  const path = folder.startsWith("/") ? folder : `${cwd}/${folder}`;
  if (!fs.exists(path)) return [];
  return fs.readdir(path.replace(/(.)\/$/, "$1")).map((name) => {
    const directory = fs.stat(`${path.replace(/\/$/, "")}/${name}`).type === "directory";
    return `${folder}${name}${directory ? "/" : ""}`;
  });
}
