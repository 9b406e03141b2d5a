/**
 * What the server offers, derived from the registry. Upstream: apiserver pkg/endpoints/discovery and its `aggregated`.
 */
import type { RemoteResource, RemoteVersion, ResourceCatalog } from "../../api/meta/resource-catalog.ts";
import { placeOf } from "../../api/meta/group-priorities.ts";
import type { Resource } from "../../api/meta/resource.ts";
import { offersSubresource } from "../dispatch.ts";

interface Subresource {
  name: string;
  kind: string;
  verbs: readonly string[];
  group?: string;
  version?: string;
}

/** Kind and verbs of each subresource, in upstream's order. */
const SUBRESOURCES: readonly Subresource[] = [
  { name: "approval", kind: "", verbs: ["get", "patch", "update"] },
  { name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"] },
  { name: "binding", kind: "Binding", verbs: ["create"] },
  { name: "ephemeralcontainers", kind: "", verbs: ["get", "patch", "update"] },
  { name: "eviction", kind: "Eviction", verbs: ["create"], group: "policy", version: "v1" },
  { name: "exec", kind: "PodExecOptions", verbs: ["create", "get"] },
  { name: "finalize", kind: "Namespace", verbs: ["update"] },
  { name: "log", kind: "Pod", verbs: ["get"] },
  { name: "portforward", kind: "PodPortForwardOptions", verbs: ["create", "get"] },
  { name: "proxy", kind: "", verbs: ["create", "delete", "get", "patch", "update"] },
  { name: "resize", kind: "", verbs: ["get", "patch", "update"] },
  { name: "scale", kind: "Scale", verbs: ["get", "patch", "update"], group: "autoscaling", version: "v1" },
  { name: "token", kind: "TokenRequest", verbs: ["create"], group: "authentication.k8s.io", version: "v1" },
  { name: "status", kind: "", verbs: ["get", "patch", "update"] },
];

const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

/** The order in which custom resources name their verbs. */
const CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

function verbsOf(resource: Resource): string[] {
  if (resource.custom !== undefined) return CUSTOM_VERBS;
  return ALL_VERBS.filter((verb) => {
    if (resource.without?.some((missing) => missing === verb)) return false;
    return verb !== "patch" || !resource.without?.includes("update");
  });
}

function subresourcesOf(resource: Resource): Subresource[] {
  return SUBRESOURCES.filter(({ name }) => offersSubresource(resource, name)).map((subresource) => {
    if (subresource.name === "proxy") return { ...subresource, kind: `${resource.kind}ProxyOptions` };
    return subresource.kind === "" ? { ...subresource, kind: resource.kind } : subresource;
  });
}

export interface GroupVersion {
  group: string;
  version: string;
}

export class Discovery {
  private readonly catalog: ResourceCatalog;
  private readonly address: string;

  /** `address`: where clients reach the server, `host:port`. */
  constructor(catalog: ResourceCatalog, address: string) {
    this.catalog = catalog;
    this.address = address;
  }

  private get resources(): readonly Resource[] {
    return this.catalog.all;
  }

  groupVersions(): GroupVersion[] {
    const own = this.resources.map(({ group, version, apiVersion }) => [apiVersion, { group, version }] as const);
    const others = this.catalog.remote.map(
      ({ group, version }) => [`${group}/${version}`, { group, version }] as const,
    );
    const seen = new Map([...own, ...others]);
    return [...seen.values()].sort((a, b) => placeOf(b.group) - placeOf(a.group));
  }

  /** `/api` */
  coreVersions(): object {
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: this.address }],
    };
  }

  /** `/apis` */
  groupList(): object {
    const groups = new Set(
      this.groupVersions()
        .map(({ group }) => group)
        .filter((group) => group !== ""),
    );
    return { kind: "APIGroupList", apiVersion: "v1", groups: [...groups].map((group) => this.groupBody(group)) };
  }

  /** `/apis/apps`; undefined for an unknown group. */
  group(name: string): object | undefined {
    if (name === "" || !this.groupVersions().some(({ group }) => group === name)) return undefined;
    return { kind: "APIGroup", apiVersion: "v1", ...this.groupBody(name) };
  }

  /** `/api/v1`, `/apis/apps/v1`; undefined for an unknown one. */
  resourceList(group: string, version: string): object | undefined {
    const found = this.within(group, version);
    if (found.length === 0) return undefined;
    const groupVersion = group === "" ? version : `${group}/${version}`;
    const list = found.flatMap((resource) => [
      mainEntry(resource),
      ...subresourcesOf(resource).map((s) => subEntry(resource, s)),
    ]);
    return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: list };
  }

  /** `APIGroupDiscoveryList` of `/api` or `/apis`: all of it in one answer. */
  aggregated(root: "api" | "apis"): object {
    const wanted = this.groupVersions().filter(({ group }) => (group === "") === (root === "api"));
    const groups = [...new Set(wanted.map(({ group }) => group))];
    return {
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      metadata: {},
      items: groups.map((group) => ({
        metadata: { ...(group !== "" && { name: group }), creationTimestamp: null },
        versions: wanted
          .filter((item) => item.group === group)
          .map(({ version }) => this.aggregatedVersion(group, version)),
      })),
    };
  }

  private aggregatedVersion(group: string, version: string): object {
    const own = this.within(group, version);
    const other = this.catalog.remote.find((each) => each.group === group && each.version === version);
    if (own.length > 0 || other === undefined) {
      return { version, resources: own.map(aggregatedEntry), freshness: "Current" };
    }
    const { available, resources } = other;
    return available
      ? { version, resources: remoteEntries(other, resources), freshness: "Current" }
      : { version, freshness: "Stale" };
  }

  private within(group: string, version: string): Resource[] {
    return this.resources.filter((resource) => resource.group === group && resource.version === version);
  }

  private groupBody(name: string): object {
    const versions = this.groupVersions()
      .filter(({ group }) => group === name)
      .map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  }
}

/**
 * The entries of another server's list; one whose parent isn't listed gets one without verbs. Upstream: ConvertGroupVersionIntoToDiscovery
 * of apiserver pkg/endpoints/installer.go.
 */
function remoteEntries({ group, version }: RemoteVersion, resources: readonly RemoteResource[]): object[] {
  const entries = new Map<string, Record<string, unknown>>();
  for (const { name, singularName = "", namespaced, kind, verbs, shortNames, categories } of resources) {
    const [parent = "", subresource] = name.split("/");
    const scope = namespaced ? "Namespaced" : "Cluster";
    const responseKind = { group, version, kind };
    if (subresource === undefined) {
      const rest = { ...(shortNames && { shortNames }), ...(categories && { categories }) };
      entries.set(name, { resource: name, responseKind, scope, singularResource: singularName, verbs, ...rest });
      continue;
    }
    const none = { group: "", version: "", kind: "" };
    const owner: Record<string, unknown> = entries.get(parent) ?? {
      resource: parent,
      responseKind: none,
      scope,
      singularResource: "",
      verbs: null,
    };
    const before = (owner["subresources"] ?? []) as object[];
    const subresources = [...before, { subresource, responseKind, verbs }];
    entries.set(parent, { ...owner, subresources });
  }
  return [...entries.values()];
}

function mainEntry(resource: Resource): object {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(resource),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
  };
}

function subEntry(resource: Resource, subresource: Subresource): object {
  const { name, kind, verbs, group, version } = subresource;
  const { plural, namespaced } = resource;
  return { name: `${plural}/${name}`, singularName: "", namespaced, ...(group && { group, version }), kind, verbs };
}

function aggregatedEntry(resource: Resource): object {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories } = resource;
  const subresources = subresourcesOf(resource).map((subresource) => ({
    subresource: subresource.name,
    responseKind: {
      group: subresource.group ?? group,
      version: subresource.version ?? version,
      kind: subresource.kind,
    },
    verbs: subresource.verbs,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: verbsOf(resource),
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
