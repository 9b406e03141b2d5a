/**
 * What a command works on: arguments (`pods web`, `pod/web deploy/api`, `pods,services -l app=web`) and files.
 * Upstream: cli-runtime pkg/resource/builder.go.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { type ApiResource, apiVersionOf, resourcePath } from "./discovery.ts";
import { aboutList, CommandError, hasReason, throwGathered } from "./errors.ts";
import { builtInResource } from "./generators/resources.ts";
import type { Invocation } from "./invocation.ts";
import { type Manifest, readManifests } from "./manifests.ts";

/** One object, or the name of one. */
export interface Info {
  resource: ApiResource;
  /** Empty for cluster-scoped resources. */
  namespace: string;
  name: string;
  /** What a file says, or what the server answered. */
  object?: KubeObject;
  /** The file, as messages name it. */
  source?: string;
}

export const NO_RESOURCES =
  "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

export const FILES_AND_ARGUMENTS =
  "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well";

/** What the arguments ask for, before the server is asked for objects. */
export type Selection =
  | { how: "named"; infos: Info[]; singleItem: boolean }
  | { how: "list"; resources: ApiResource[]; namespace: string };

export interface BuilderOptions {
  args?: readonly string[];
  selector?: string;
  fieldSelector?: string;
  all?: boolean;
  allNamespaces?: boolean;
  /** Types without names list (get); else they are an error (delete, describe of one …). */
  listByDefault?: boolean;
  /** `args` are not the command's own: files that it names do not matter. */
  ownArgs?: boolean;
  /** Objects of files stay as the files say: the server is not asked for them. */
  asInFiles?: boolean;
}

function splitTypes(argument: string): string[] {
  return argument.split(",");
}

export function usesFiles(call: Invocation): boolean {
  const { flags } = call;
  const named = flags.has("filename") && flags.list("filename").length > 0;
  return named || (flags.has("kustomize") && flags.string("kustomize") !== "");
}

/** Reads arguments as types and names. */
export function* selectByArgs(call: Invocation, options: BuilderOptions): Call<Selection> {
  const args = options.args ?? call.args;
  const { selector = "", fieldSelector = "" } = options;
  if (args.length === 0) throw new CommandError(NO_RESOURCES);
  const slashed = args.filter((arg) => arg.includes("/"));
  const selecting = selector !== "" || fieldSelector !== "";
  if (slashed.length > 0) {
    if (slashed.length < args.length) {
      throw new CommandError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      );
    }
    if (selecting || options.all === true) {
      throw new CommandError("selectors and the all flag cannot be used when passing resource/name arguments");
    }
    const infos: Info[] = [];
    for (const arg of args) infos.push(yield* namedInfo(call, arg, options));
    return { how: "named", infos, singleItem: infos.length === 1 };
  }
  const [types = "", ...names] = args;
  if (names.length > 0) {
    if (selecting) throw new CommandError("name cannot be provided when a selector is specified");
    if (options.all === true) throw new CommandError("name cannot be provided when --all is specified");
  }
  const resources: ApiResource[] = [];
  for (const type of splitTypes(types)) {
    const members = yield* call.discovery.category(type);
    resources.push(...(members.length > 0 ? members : [yield* call.discovery.find(type)]));
  }
  if (names.length === 0) {
    if (!selecting && options.all !== true && options.listByDefault !== true) {
      throw new CommandError("resource(s) were provided, but no name was specified");
    }
    return { how: "list", resources, namespace: options.allNamespaces === true ? "" : call.namespace };
  }
  const infos = resources.flatMap((resource) => names.map((name) => infoOf(call, resource, name, options)));
  return { how: "named", infos, singleItem: infos.length === 1 };
}

function infoOf(call: Invocation, resource: ApiResource, name: string, options: BuilderOptions): Info {
  if (options.allNamespaces === true && resource.namespaced) {
    throw new CommandError("a resource cannot be retrieved by name across all namespaces");
  }
  return { resource, namespace: resource.namespaced ? call.namespace : "", name };
}

function* namedInfo(call: Invocation, arg: string, options: BuilderOptions): Call<Info> {
  const parts = arg.split("/");
  const [type = "", name = ""] = parts;
  if (parts.length !== 2) {
    throw new CommandError("arguments in resource/name form may not have more than one slash");
  }
  if (type === "" || name === "" || /,/.test(type)) {
    throw new CommandError("arguments in resource/name form must have a single resource and name");
  }
  return infoOf(call, yield* call.discovery.find(type), name, options);
}

/** Objects that files name. `ensure CRDs are installed first` when the server doesn't know a kind. */
export function* infosOfFiles(call: Invocation): Call<{ infos: Info[]; errors: Error[] }> {
  const manifests = yield* readManifests(call, call.flags.list("filename"), call.flags.bool("recursive"));
  const infos: Info[] = [];
  const errors: Error[] = [...manifests.errors];
  for (const manifest of manifests.manifests) {
    try {
      infos.push(yield* infoOfManifest(call, manifest));
    } catch (error) {
      if (!(error instanceof CommandError) || error.verbatim) throw error;
      errors.push(error);
    }
  }
  return { infos, errors };
}

/** Upstream: the same check of `label`, `annotate`, `patch` and `set …`. */
export function refuseLocalServerDryRun(call: Invocation): void {
  if (call.flags.bool("local") && call.dryRun === "server") {
    throw new CommandError("cannot specify --local and --dry-run=server - did you mean --dry-run=client?");
  }
}

/** Objects of files as they are, without asking the server about their kinds (`--local`). */
export function* localInfos(call: Invocation): Call<{ infos: Info[]; singleItem: boolean; errors: Error[] }> {
  if (!usesFiles(call)) throw new CommandError(NO_RESOURCES);
  const { manifests, errors } = yield* readManifests(call, call.flags.list("filename"), call.flags.bool("recursive"));
  const infos = manifests.map(({ object, source }): Info => {
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
    const built = builtInResource({ group: group ?? "", version: version ?? "", kind: object.kind });
    // Nobody was asked for the resource's name.
    const resource = { ...built, name: object.kind.toLowerCase() };
    return {
      resource,
      namespace: String(object.metadata?.namespace ?? ""),
      name: object.metadata?.name ?? "",
      object,
      source,
    };
  });
  return { infos, singleItem: infos.length === 1, errors: [...errors] };
}

function* infoOfManifest(call: Invocation, { object, source }: Manifest): Call<Info> {
  const resource = yield* call.discovery.forKind(object.apiVersion, object.kind);
  const { name = "", namespace: own = "" } = object.metadata ?? {};
  if (resource === undefined) {
    throw new CommandError(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(own)} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}\nensure CRDs are installed first`,
    );
  }
  if (!resource.namespaced) return { resource, namespace: "", name, object, source };
  if (own !== "" && call.config.namespaceGiven && own !== call.namespace) {
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(call.namespace)}. You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  const namespace = own === "" ? call.namespace : own;
  const placed = own === "" ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  return { resource, namespace, name, object: placed, source };
}

/** The objects themselves, each asked of the server. Failures are gathered and thrown at the end. */
export function* fetchInfos(
  call: Invocation,
  options: BuilderOptions & { ignoreNotFound?: boolean } = {},
): Call<{ infos: Info[]; singleItem: boolean; errors: Error[] }> {
  if (usesFiles(call) && options.ownArgs !== true) {
    if ((options.args ?? call.args).length > 0) {
      throw new CommandError(FILES_AND_ARGUMENTS);
    }
    const { infos, errors } = yield* infosOfFiles(call);
    if (options.asInFiles === true) return { infos, singleItem: infos.length === 1, errors };
    const found = yield* getEach(call, infos, options.ignoreNotFound === true);
    return { infos: found.infos, singleItem: infos.length === 1, errors: [...errors, ...found.errors] };
  }
  const selection = yield* selectByArgs(call, options);
  if (selection.how === "named") {
    const found = yield* getEach(call, selection.infos, options.ignoreNotFound === true);
    return { ...found, singleItem: selection.singleItem };
  }
  const infos: Info[] = [];
  for (const resource of selection.resources) {
    for (const item of yield* listAll(call, resource, { ...options, namespace: selection.namespace }))
      infos.push(infoFromObject(resource, withTypeMeta(item, resource)));
  }
  return { infos, singleItem: false, errors: [] };
}

function* listAll(
  call: Invocation,
  resource: ApiResource,
  options: { namespace: string; selector?: string; fieldSelector?: string },
): Call<KubeObject[]> {
  const { namespace, selector: labelSelector = "", fieldSelector = "" } = options;
  const items: KubeObject[] = [];
  try {
    for (let next: string | undefined = ""; next !== undefined;) {
      const list: { metadata?: { continue?: string }; items: KubeObject[] } = yield* call.rest.json({
        path: resourcePath(resource, { namespace }),
        query: { labelSelector, fieldSelector, limit: "500", continue: next },
      });
      items.push(...list.items);
      next = list.metadata?.continue || undefined;
    }
  } catch (error) {
    throw aboutList(error, { ...resource, labelSelector, fieldSelector });
  }
  return items;
}

/** Items of a list come without kind and version. */
export function withTypeMeta<T extends Partial<KubeObject>>(item: T, resource: ApiResource): KubeObject {
  return { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind } as KubeObject;
}

export function infoFromObject(resource: ApiResource, object: KubeObject): Info {
  return {
    resource,
    namespace: resource.namespaced ? String(object.metadata.namespace ?? "") : "",
    name: object.metadata.name,
    object,
  };
}

function* getEach(
  call: Invocation,
  infos: readonly Info[],
  ignoreNotFound: boolean,
): Call<{ infos: Info[]; errors: Error[] }> {
  const found: Info[] = [];
  const errors: Error[] = [];
  for (const info of infos) {
    try {
      const object = yield* getObject(call, info);
      found.push({ ...info, object });
    } catch (error) {
      if (ignoreNotFound && hasReason(error, "NotFound")) continue;
      if (!(error instanceof Error) || error instanceof CommandError) throw error;
      errors.push(error);
    }
  }
  return { infos: found, errors };
}

export function* getObject(call: Invocation, info: Info, subresource = ""): Call<KubeObject> {
  return yield* call.rest.json<KubeObject>({ path: resourcePath(info.resource, { ...info, subresource }) });
}

/** All objects or the failure that prevented it; none is a failure too. */
export function* fetchAll(call: Invocation, options: BuilderOptions = {}): Call<Info[]> {
  const { infos, errors } = yield* fetchInfos(call, options);
  throwGathered(errors);
  return infos;
}
