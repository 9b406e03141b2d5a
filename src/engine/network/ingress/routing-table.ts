/**
 * Ingresses merged into servers and locations. Upstream: kubernetes/ingress-nginx internal/ingress/controller/controller.go
 * (getBackendServers, createServers, mergeAlternativeBackends), template.go (buildLocation).
 */
import type { Ingress, IngressBackend } from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { memoize } from "../../api/meta/share.ts";
import { readAnnotations } from "./annotations.ts";
import type { Canary, LocationConfig } from "./annotations.ts";
import { USUAL_SETTINGS } from "./controller-settings.ts";
import type { ControllerSettings } from "./controller-settings.ts";
import { byPrecedence, hostMatches, pathMatches } from "./path-match.ts";
import { readPattern } from "./pattern.ts";

export interface Backend {
  /** `namespace/name` of a service; undefined where a rule names a resource instead. */
  readonly service: string | undefined;
  readonly port: string | number;
  /** `default-web-80`: how the access log names it. */
  readonly name: string;
}

export interface Location {
  readonly path: string;
  readonly pathType: string;
  /** Set iff the server's paths are regular expressions. */
  pattern: RegExp | undefined;
  readonly backend: Backend;
  readonly config: LocationConfig;
  /** `namespace/name` of the Ingress that it is of. */
  readonly ingress: string;
  readonly canaries: { backend: Backend; canary: Canary }[];
}

export interface Server {
  readonly host: string;
  readonly locations: Location[];
  readonly aliases: Set<string>;
  /** `namespace/name` of its certificate's secret; "" when it asks for TLS without naming one. */
  tls: string | undefined;
  /** Where requests go that no location takes. */
  fallback: { backend: Backend; config: LocationConfig; ingress: string } | undefined;
}

export interface RoutingTable {
  readonly servers: ReadonlyMap<string, Server>;
  readonly wildcards: readonly Server[];
  /** For hosts that no rule names. */
  readonly anyHost: Server;
}

type Read = (ingress: Ingress) => ReturnType<typeof readAnnotations>;

const readers = new WeakMap<ControllerSettings, Read>();

/** An Ingress' annotations, read once for each configuration of the controller. */
export function settingsOf(ingress: Ingress, usual: ControllerSettings): ReturnType<typeof readAnnotations> {
  let read = readers.get(usual);
  if (read === undefined) {
    read = memoize(({ metadata }: Ingress) => readAnnotations(metadata.annotations, usual));
    readers.set(usual, read);
  }
  return read(ingress);
}

/** Of two rules for one host and path the older Ingress' counts. */
export function buildTable(ingresses: readonly Ingress[], usual: ControllerSettings = USUAL_SETTINGS): RoutingTable {
  const servers = new Map<string, Server>();
  const serverOf = (host: string): Server => {
    let server = servers.get(host);
    if (server === undefined) {
      server = { host, locations: [], aliases: new Set(), tls: undefined, fallback: undefined };
      servers.set(host, server);
    }
    return server;
  };
  const anyHost = serverOf("");
  const ordered = ingresses.toSorted(
    (a, b) =>
      (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
      keyOf(a).localeCompare(keyOf(b)),
  );
  const canaries = ordered.filter((ingress) => settingsOf(ingress, usual).config.canary !== undefined);
  for (const ingress of ordered)
    if (!canaries.includes(ingress)) addIngress(ingress, settingsOf(ingress, usual).config, serverOf);
  for (const ingress of canaries) addCanary(ingress, settingsOf(ingress, usual).config, servers);
  for (const server of servers.values()) finish(server);
  servers.delete("");
  return { servers, wildcards: [...servers.values()].filter(({ host }) => host.startsWith("*.")), anyHost };
}

function addIngress(ingress: Ingress, config: LocationConfig, serverOf: (host: string) => Server): void {
  const { spec, metadata } = ingress;
  const key = keyOf(ingress);
  const fallback =
    spec.defaultBackend === undefined
      ? undefined
      : { backend: backendOf(metadata.namespace, spec.defaultBackend), config, ingress: key };
  if ((spec.rules ?? []).length === 0 && fallback !== undefined) serverOf("").fallback ??= fallback;
  for (const { host = "", http } of spec.rules ?? []) {
    const server = serverOf(host);
    for (const alias of config.serverAliases) server.aliases.add(alias);
    for (const { path = "/", pathType, backend } of http?.paths ?? []) {
      const taken = server.locations.some((known) => known.path === path && known.pathType === pathType);
      if (taken) continue;
      server.locations.push({
        path,
        pathType,
        pattern: undefined,
        backend: backendOf(metadata.namespace, backend),
        config,
        ingress: key,
        canaries: [],
      });
    }
    if (fallback !== undefined) server.fallback ??= fallback;
  }
  for (const { hosts = [], secretName = "" } of spec.tls ?? []) {
    const secret = secretName === "" ? "" : `${metadata.namespace}/${secretName}`;
    const named = hosts.length > 0 ? hosts : (spec.rules ?? []).map(({ host = "" }) => host);
    for (const host of named) serverOf(host).tls ??= secret;
  }
}

function addCanary(
  { spec, metadata }: Ingress,
  { canary }: LocationConfig,
  servers: ReadonlyMap<string, Server>,
): void {
  if (canary === undefined) return;
  for (const { host = "", http } of spec.rules ?? []) {
    for (const { path = "/", backend } of http?.paths ?? []) {
      const location = servers.get(host)?.locations.find((known) => known.path === path);
      location?.canaries.push({ backend: backendOf(metadata.namespace, backend), canary });
    }
  }
}

/** One location that needs a pattern makes patterns of all paths of its host. */
function finish(server: Server): void {
  server.locations.sort(byPrecedence);
  if (!server.locations.some(({ config }) => config.useRegex || config.rewriteTarget !== "")) return;
  server.locations.sort((a, b) => b.path.length - a.path.length);
  for (const location of server.locations) location.pattern = readPattern(`^${location.path}`, "i");
}

function backendOf(namespace: string, { service }: IngressBackend): Backend {
  if (service === undefined) return { service: undefined, port: 0, name: "upstream-default-backend" };
  const port = service.port?.name ?? service.port?.number ?? 0;
  return { service: `${namespace}/${service.name}`, port, name: `${namespace}-${service.name}-${port}` };
}

export function findServer({ servers, wildcards, anyHost }: RoutingTable, host: string): Server {
  const named = servers.get(host);
  if (named !== undefined) return named;
  for (const server of servers.values()) if (server.aliases.has(host)) return server;
  return wildcards.find((server) => hostMatches(server.host, host)) ?? anyHost;
}

export function findLocation({ locations }: Server, path: string): Location | undefined {
  for (const location of locations) {
    const { pattern } = location;
    if (pattern === undefined ? pathMatches(location.path, location.pathType, path) : pattern.test(path))
      return location;
  }
  return undefined;
}

/** The path that the backend is asked for: the whole of it is replaced, groups of the rule's path put in. */
export function rewritten({ path: rule, config }: Location, path: string): string {
  if (config.rewriteTarget === "") return path;
  const match = readPattern(rule, "i")?.exec(path) ?? null;
  if (match === null) return path;
  const target = config.rewriteTarget.replaceAll(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? "");
  return target === "" ? "/" : target;
}
