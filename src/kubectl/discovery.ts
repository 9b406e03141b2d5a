/** What resources the server has, asked of the server. Upstream: client-go discovery and restmapper. */
import { isObject } from "../engine/base/json.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { ApiError, CommandError } from "./errors.ts";
import type { RestClient } from "./rest-client.ts";

export interface ApiResource {
  group: string;
  version: string;
  /** The plural, as in paths. */
  name: string;
  singularName: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  shortNames: string[];
  categories: string[];
  subresources: string[];
}

interface WireResource {
  name: string;
  singularName?: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

interface AggregatedResource {
  resource: string;
  responseKind: { kind: string };
  scope: "Namespaced" | "Cluster";
  singularResource?: string;
  /** null where only subresources are served. */
  verbs: string[] | null;
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
}

const AGGREGATED_ACCEPT =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

export function apiVersionOf(resource: { group: string; version: string }): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `pods`, `deployments.apps` */
export function qualifiedName(resource: { group: string; name: string }): string {
  return resource.group === "" ? resource.name : `${resource.name}.${resource.group}`;
}

/** `pod`, `deployment.apps`: how objects are named in what kubectl prints. */
export function printedKind(resource: { group: string; kind: string }): string {
  const kind = resource.kind.toLowerCase();
  return resource.group === "" ? kind : `${kind}.${resource.group}`;
}

/** Path of a collection, of an object, or of its subresource. */
export function resourcePath(
  resource: ApiResource,
  target: { namespace?: string; name?: string; subresource?: string },
): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const { namespace = "", name = "", subresource = "" } = target;
  const scope = resource.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name === "" ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource.name}${object}${subresource === "" ? "" : `/${subresource}`}`;
}

export class Discovery {
  private readonly rest: RestClient;
  private loaded: ApiResource[] | undefined;
  private groups: string[] = [];

  constructor(rest: RestClient) {
    this.rest = rest;
  }

  /** All resources, preferred version of each group first. */
  *resources(): Call<ApiResource[]> {
    if (this.loaded === undefined) {
      const core = yield* this.load("/api");
      const named = yield* this.load("/apis");
      this.loaded = [...core, ...named];
    }
    return this.loaded;
  }

  /** `v1`, `apps/v1` …, sorted. */
  *groupVersions(): Call<string[]> {
    yield* this.resources();
    return [...new Set(this.groups)].sort();
  }

  /** Understands `po`, `pods`, `Pod`, `deployments.apps`, `deployments.v1.apps`. */
  *find(argument: string): Call<ApiResource> {
    const found = yield* this.lookUp(argument);
    if (found === undefined) {
      const [name] = argument.split(".");
      throw new CommandError(`the server doesn't have a resource type ${JSON.stringify(name)}`);
    }
    return found;
  }

  /** As `find`, where upstream asks its REST mapper itself: the failure is shown as it stands. */
  *mapping(argument: string): Call<ApiResource> {
    try {
      return yield* this.find(argument);
    } catch (error) {
      throw error instanceof CommandError ? new CommandError(error.message, { verbatim: true }) : error;
    }
  }

  /** The same; undefined when the server has no such resource. */
  *lookUp(argument: string): Call<ApiResource | undefined> {
    const resources = yield* this.resources();
    const word = argument.toLowerCase();
    return match(resources, word, () => true) ?? this.matchQualified(resources, word);
  }

  private matchQualified(resources: readonly ApiResource[], word: string): ApiResource | undefined {
    const [name = "", ...rest] = word.split(".");
    if (rest.length === 0) return undefined;
    const [version = "", ...groupParts] = rest;
    const group = groupParts.join(".");
    return (
      match(resources, name, (entry) => entry.group === rest.join(".")) ??
      // `pods.v1.` names a version; `pods.v1` a group.
      match(resources, name, (entry) => groupParts.length > 0 && entry.version === version && entry.group === group) ??
      match(resources, name, (entry) => entry.group.startsWith(`${rest.join(".")}.`))
    );
  }

  /** Resources of a category (`all`), in the order of their groups. */
  *category(name: string): Call<ApiResource[]> {
    const resources = yield* this.resources();
    const found = resources.filter((resource) => resource.categories.includes(name));
    const seen = new Set<string>();
    return found.filter((resource) => {
      const id = qualifiedName(resource);
      if (seen.has(id)) return false;
      seen.add(id);
      return true;
    });
  }

  /** The resource that keeps objects of this kind; undefined when the server has none. */
  *forKind(apiVersion: string, kind: string): Call<ApiResource | undefined> {
    const resources = yield* this.resources();
    return resources.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  }

  private *load(path: string): Call<ApiResource[]> {
    let answer: unknown;
    try {
      answer = yield* this.rest.json({ path, accept: AGGREGATED_ACCEPT });
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 404) return [];
      throw error;
    }
    if (!isObject(answer)) return [];
    if (answer["kind"] === "APIGroupDiscoveryList") return this.readAggregated(answer["items"] as never[]);
    const found: ApiResource[] = [];
    for (const groupVersion of legacyGroupVersions(answer)) {
      this.groups.push(groupVersion);
      const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
      try {
        const list = yield* this.rest.json<{ resources: WireResource[] }>({ path: root });
        found.push(...readLegacy(groupVersion, list.resources));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // A version that nobody answers for is passed over.
      }
    }
    return found;
  }

  private readAggregated(
    groups: readonly {
      metadata?: { name?: string };
      versions: { version: string; freshness?: string; resources?: AggregatedResource[] }[];
    }[],
  ): ApiResource[] {
    return groups.flatMap((entry) => {
      const group = entry.metadata?.name ?? "";
      return entry.versions.flatMap(({ version, freshness, resources = [] }) => {
        // As upstream's client: what is stale is as if it were not there.
        if (freshness === "Stale") return [];
        this.groups.push(apiVersionOf({ group, version }));
        return resources.map((resource) => ({
          group,
          version,
          name: resource.resource,
          singularName: resource.singularResource ?? "",
          kind: resource.responseKind.kind,
          namespaced: resource.scope === "Namespaced",
          verbs: resource.verbs ?? [],
          shortNames: resource.shortNames ?? [],
          categories: resource.categories ?? [],
          subresources: (resource.subresources ?? []).map((sub) => sub.subresource),
        }));
      });
    });
  }
}

function legacyGroupVersions(answer: Record<string, unknown>): string[] {
  if (answer["kind"] === "APIVersions") return answer["versions"] as string[];
  const groups = (answer["groups"] ?? []) as {
    versions: { groupVersion: string }[];
    preferredVersion?: { groupVersion: string };
  }[];
  return groups.flatMap((group) => {
    const all = group.versions.map((version) => version.groupVersion);
    const preferred = group.preferredVersion?.groupVersion;
    return preferred === undefined ? all : [preferred, ...all.filter((version) => version !== preferred)];
  });
}

function readLegacy(groupVersion: string, resources: readonly WireResource[]): ApiResource[] {
  const slash = groupVersion.indexOf("/");
  const group = slash < 0 ? "" : groupVersion.slice(0, slash);
  const version = groupVersion.slice(slash + 1);
  const found = resources
    .filter((resource) => !resource.name.includes("/"))
    .map((resource): ApiResource => ({
      group,
      version,
      name: resource.name,
      singularName: resource.singularName ?? "",
      kind: resource.kind,
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      subresources: [],
    }));
  for (const { name } of resources) {
    const slashAt = name.indexOf("/");
    if (slashAt < 0) continue;
    found.find((resource) => resource.name === name.slice(0, slashAt))?.subresources.push(name.slice(slashAt + 1));
  }
  return found;
}

function match(
  resources: readonly ApiResource[],
  word: string,
  accepts: (resource: ApiResource) => boolean,
): ApiResource | undefined {
  return (
    resources.find((entry) => accepts(entry) && (entry.name === word || entry.singularName === word)) ??
    resources.find((entry) => accepts(entry) && entry.kind.toLowerCase() === word) ??
    resources.find((entry) => accepts(entry) && entry.shortNames.includes(word))
  );
}
