/** Servers and locations of a configuration of nginx, and what is set where. Upstream: nginx src/http/ngx_http_core_module.c. */
import { NginxConfError } from "./nginx-conf.ts";
import type { Directive } from "./nginx-conf.ts";
import type { NginxRequest } from "./nginx-variables.ts";

/** Where a server listens. `::` and `0.0.0.0` are all addresses of a family, as nginx has it. */
export interface NginxListen {
  readonly address: string;
  readonly port: number;
}

export interface NginxServer {
  readonly listens: readonly NginxListen[];
  readonly ports: readonly number[];
  /** Those of them that speak TLS. */
  readonly securePorts: readonly number[];
  readonly names: readonly string[];
  readonly isDefault: boolean;
  readonly directives: readonly Directive[];
  /** Of the http block around it. */
  readonly outer: readonly Directive[];
}

export interface Location {
  readonly modifier: string;
  readonly path: string;
  readonly directives: readonly Directive[];
}

/** The servers of a configuration. Throws a `NginxConfError` for what can't be set up. */
export function nginxServers(conf: readonly Directive[]): NginxServer[] {
  const http = conf.find(({ name }) => name === "http")?.block ?? [];
  const servers: NginxServer[] = [];
  for (const { name, block = [] } of http) {
    if (name !== "server") continue;
    const listens = block.filter((each) => each.name === "listen").map(({ args }) => args);
    const ports = listens.map(([address = "80"]) => Number(address.replace(/^.*:/, "")));
    servers.push({
      listens: listens.length === 0 ? [listenOf("80")] : listens.map(([at = "80"]) => listenOf(at)),
      ports: ports.length === 0 ? [80] : ports.filter((port) => port > 0),
      securePorts: ports.filter((_, at) => listens[at]?.includes("ssl")),
      names: block.filter((each) => each.name === "server_name").flatMap(({ args }) => args),
      isDefault: listens.some((args) => args.includes("default_server")),
      directives: block,
      outer: http,
    });
  }
  return servers;
}

/** `80`, `*:80`, `127.0.0.1:80`, `[::]:80`, `localhost`. */
function listenOf(text: string): NginxListen {
  const match = /^(?:(\[[^\]]*\]|[^:[\]]+):)?(\d+)$/.exec(text);
  const host = (match === null ? text : (match[1] ?? "*")).replace(/^\[|\]$/g, "");
  const address = host === "*" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host;
  return { address, port: Number(match?.[2] ?? 80) };
}

/**
 * The one address to open a port on, all servers taken together; undefined for all. **Simplified:** `[::]` alone takes IPv4
 * as well, and two different addresses of a pod are all that it has.
 */
export function boundAddress(servers: readonly NginxServer[], port: number): string | undefined {
  const addresses = new Set(
    servers.flatMap(({ listens }) => listens.filter((each) => each.port === port)).map((each) => each.address),
  );
  const [first] = addresses;
  if (addresses.size === 1) return first;
  return [...addresses].every((address) => address.startsWith("127.") || address === "::1") ? "127.0.0.1" : undefined;
}

/** Names of upstreams that nginx looks up before it starts: those without variables. */
export function upstreamHosts(servers: readonly NginxServer[]): { host: string; file: string; line: number }[] {
  const found: { host: string; file: string; line: number }[] = [];
  const add = (authority: string, { file, line }: Directive): void => {
    const host = authority.replace(/:\d+$/, "");
    if (host !== "" && !/[$]/.test(authority) && !/^[\d.]+$/.test(host)) found.push({ host, file, line });
  };
  const walk = (directives: readonly Directive[], blocks: ReadonlySet<string>): void => {
    for (const directive of directives) {
      const authority = /^https?:\/\/([^/]+)/.exec(directive.args[0] ?? "")?.[1] ?? "";
      if (directive.name === "proxy_pass" && !blocks.has(authority)) add(authority, directive);
      walk(directive.block ?? [], blocks);
    }
  };
  for (const { directives, outer } of servers) {
    const upstreams = outer.filter(({ name }) => name === "upstream");
    for (const each of upstreams.flatMap(({ block = [] }) => block))
      if (each.name === "server") add(each.args[0] ?? "", each);
    walk(directives, new Set(upstreams.map(({ args }) => args[0] ?? "")));
  }
  return found;
}

/** Where in a configuration a request is. */
export interface Scope {
  readonly server: NginxServer;
  readonly request: NginxRequest;
  readonly location: Location | undefined;
  readonly rewrites: number;
  /** An error's page is being made: its own errors have none. */
  readonly failed: boolean;
  /** It is a request of nginx' own that asks whether another may pass. */
  readonly asks?: boolean;
}

/** A directive's words where it stands nearest: location, server, http. */
export function setting(scope: Scope, name: string): readonly string[] | undefined {
  return inherited(scope, name)[0]?.args;
}

/** All directives of a name at the nearest level that has any. */
export function inherited({ location, server }: Scope, name: string): readonly Directive[] {
  for (const level of [location?.directives ?? [], server.directives, server.outer]) {
    const found = level.filter((each) => each.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

export function errorPageOf(status: number, scope: Scope): Directive | undefined {
  return inherited(scope, "error_page").find(({ args }) => args.slice(0, -1).includes(String(status)));
}

export function locationsOf(directives: readonly Directive[]): Location[] {
  return directives
    .filter(({ name }) => name === "location")
    .map(({ args, block = [], file, line }) => {
      const [first = "", second] = args;
      if (second !== undefined && !["=", "~", "~*", "^~"].includes(first))
        throw new NginxConfError(`invalid location modifier "${first}" in ${file}:${line}`);
      return { modifier: second === undefined ? "" : first, path: second ?? first, directives: block };
    });
}

/** Exact, then the longest prefix (final with `^~`), then the first expression that fits. */
export function findLocation(locations: readonly Location[], path: string): Location | undefined {
  const exact = locations.find((each) => each.modifier === "=" && each.path === path);
  if (exact !== undefined) return exact;
  const prefixes = locations.filter(
    ({ modifier, path: prefix }) => (modifier === "" || modifier === "^~") && path.startsWith(prefix),
  );
  const longest = prefixes.toSorted((a, b) => b.path.length - a.path.length)[0];
  if (longest?.modifier === "^~") return longest;
  const fits = locations.find(
    ({ modifier, path: pattern }) =>
      modifier.startsWith("~") && new RegExp(pattern, modifier === "~*" ? "i" : "").test(path),
  );
  return fits ?? longest;
}

export function nameMatches(name: string, host: string): boolean {
  if (name.startsWith("*.")) return host.endsWith(name.slice(1));
  return name.startsWith("~") ? new RegExp(name.slice(1)).test(host) : name === host;
}
