/**
 * What an API server serves at the moment: the built-in resources, and those that definitions of custom ones add and
 * take away. Looked up by path and by kind without a search. Upstream: the handler chain of cmd/kube-apiserver with the
 * CRD handler of apiextensions-apiserver, as discovery shows it.
 */
import type { Resource } from "./resource.ts";

/** An entry of an APIResourceList. */
export interface RemoteResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

/** A version of a group that another server serves, as an APIService says. */
export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  readonly available: boolean;
  /** None while it can't be reached. */
  readonly resources: readonly RemoteResource[];
}

export class ResourceCatalog {
  private readonly builtIn: readonly Resource[];
  /** Versions that are served if somebody wants them. */
  private readonly optional: readonly Resource[];
  /** Of both, those that aren't served. */
  private hidden: ReadonlySet<Resource>;
  /** By definition (`crontabs.stable.example.com`), each in order of preference. */
  private readonly custom = new Map<string, readonly Resource[]>();
  private readonly listeners = new Set<() => void>();
  private paths = new Map<string, Resource>();
  private kinds = new Map<string, Resource>();
  private everything: readonly Resource[] = [];
  private others: readonly RemoteVersion[] = [];
  private changes = 0;

  constructor(builtIn: readonly Resource[], optional: readonly Resource[] = []) {
    this.builtIn = builtIn;
    this.optional = optional;
    this.hidden = new Set(optional);
    this.index();
  }

  /** Serves what `wanted` says of the built-in ones from now on; undefined: as usual. */
  serve(wanted: (resource: Resource) => boolean | undefined): void {
    const off = this.builtIn.filter((resource) => wanted(resource) === false);
    const hidden = new Set([...off, ...this.optional.filter((resource) => wanted(resource) !== true)]);
    if (hidden.size === this.hidden.size && [...hidden].every((resource) => this.hidden.has(resource))) return;
    this.hidden = hidden;
    this.index();
    this.changed();
  }

  /** False for a built-in resource that isn't served. */
  offers(resource: Resource): boolean {
    return !this.hidden.has(resource);
  }

  /** Rises with each change: what is derived from the catalog is good while it stays. */
  get generation(): number {
    return this.changes;
  }

  /** Everything that is served: the built-in ones in their order, then custom ones by group. Shared until it changes. */
  get all(): readonly Resource[] {
    return this.everything;
  }

  /**
   * One resource for each kind of object that is stored: every object is in exactly one of these, unless its resource
   * isn't served.
   */
  stored(): Resource[] {
    const custom = [...this.custom.values()]
      .flatMap((versions) => versions.slice(0, 1))
      .filter(({ computed }) => computed === undefined);
    const stored = this.builtIn.filter(
      ({ storedAs, answered, computed }) => storedAs === undefined && answered === undefined && computed === undefined,
    );
    return [...stored.filter((resource) => this.offers(resource)), ...custom];
  }

  at(group: string, version: string, plural: string): Resource | undefined {
    return this.paths.get(`${group}/${version}/${plural}`);
  }

  /** `byKind("apps/v1", "Deployment")` */
  byKind(apiVersion: string, kind: string): Resource | undefined {
    return this.kinds.get(`${apiVersion} ${kind}`);
  }

  /** The versions that one definition (or an aggregated group) has served from now on; none: it is gone. Also to be called when they changed inside. */
  setCustom(definition: string, versions: readonly Resource[]): void {
    if (versions.length === 0) {
      if (!this.custom.delete(definition)) return;
    } else {
      this.custom.set(definition, versions);
    }
    this.index();
    this.changed();
  }

  /** What other servers serve; those of them that this one answers for are in `all`, too. */
  get remote(): readonly RemoteVersion[] {
    return this.others;
  }

  setRemote(versions: readonly RemoteVersion[]): void {
    this.others = versions;
    this.changed();
  }

  /** Called after each change. Returns the function that ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private changed(): void {
    this.changes++;
    for (const listener of this.listeners) listener();
  }

  private index(): void {
    const custom = [...this.custom.values()].flat();
    const byGroup = custom.toSorted((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0));
    const own = [...this.builtIn, ...this.optional].filter((resource) => !this.hidden.has(resource));
    this.everything = [...own, ...byGroup];
    // What is built in wins.
    const ordered = [...byGroup, ...own];
    this.paths = new Map(ordered.map((item) => [`${item.group}/${item.version}/${item.plural}`, item]));
    this.kinds = new Map(ordered.map((item) => [`${item.apiVersion} ${item.kind}`, item]));
  }
}
