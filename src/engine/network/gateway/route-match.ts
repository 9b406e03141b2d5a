/** Which rule of which route takes a request. Upstream: gateway-api apis/v1/httproute_types.go (precedence of matches). */
import { goRegExp } from "../../base/go-regexp.ts";
import { decodePercent } from "../../base/percent.ts";
import type { ServedRequest } from "../../runtime/network-port.ts";
import { pathMatches } from "../ingress/path-match.ts";
import type { HttpRoute, Match, Rule } from "./kinds.ts";

/** A route where it is attached: with the host names that it serves there; "" is any. */
export interface AttachedRoute {
  readonly route: HttpRoute;
  readonly hostnames: readonly string[];
}

export interface Taken {
  readonly route: HttpRoute;
  readonly rule: Rule;
  /** The prefix that matched: what `ReplacePrefixMatch` replaces. */
  readonly prefix: string;
}

const ANY: Match = {};

/** The host names that a route serves on a listener; none when they have nothing in common. */
export function commonHostnames(listener: string | undefined, route: readonly string[] | undefined): string[] {
  const own = listener ?? "";
  if (route === undefined || route.length === 0) return [own];
  if (own === "") return [...route];
  const found: string[] = [];
  for (const name of route) {
    if (covers(own, name)) found.push(name);
    else if (covers(name, own)) found.push(own);
  }
  return found;
}

/** `*.example.com` covers every name below example.com, at any depth. */
export function covers(pattern: string, name: string): boolean {
  if (pattern === "" || pattern === name) return true;
  return pattern.startsWith("*.") && name.endsWith(pattern.slice(1)) && name !== pattern.slice(1);
}

export function takeRoute(routes: readonly AttachedRoute[], request: ServedRequest, host: string): Taken | undefined {
  let best: { taken: Taken; rank: readonly (number | string)[] } | undefined;
  for (const { route, hostnames } of routes) {
    if (!hostnames.some((name) => covers(name, host))) continue;
    const hostRank = hostRankOf(route, host);
    for (const [index, rule] of (route.spec.rules ?? []).entries()) {
      for (const match of rule.matches ?? [ANY]) {
        if (!matches(match, request)) continue;
        const rank = rankOf(match, { hostRank, route, index });
        if (best !== undefined && !precedes(rank, best.rank)) continue;
        best = { taken: { route, rule, prefix: match.path?.value ?? "/" }, rank };
      }
    }
  }
  return best?.taken;
}

/** How closely a route's own names say the host, whatever the listener leaves of them: exact ones before any wildcard. */
function hostRankOf({ spec }: HttpRoute, host: string): number {
  const names = (spec.hostnames ?? []).filter((name) => covers(name, host));
  return Math.max(0, ...names.map((name) => (name.startsWith("*.") ? name.length : name.length * 1000)));
}

/** Of those that cover a host the one that names it most closely. */
export function closest<L extends { readonly hostname?: string }>(
  listeners: readonly L[],
  host: string,
): L | undefined {
  let best: L | undefined;
  for (const each of listeners) {
    const { hostname = "" } = each;
    if (covers(hostname, host) && (best === undefined || covers(best.hostname ?? "", hostname))) best = each;
  }
  return best;
}

function matches(match: Match, { path, query, headers, method }: ServedRequest): boolean {
  const { type = "PathPrefix", value = "/" } = match.path ?? {};
  const onPath =
    type === "RegularExpression"
      ? saysAll(value, path)
      : pathMatches(value, type === "Exact" ? "Exact" : "Prefix", path);
  if (!onPath) return false;
  if (match.method !== undefined && match.method !== method) return false;
  const own = firstOfName(match.headers ?? [], (name) => name.toLowerCase());
  if (![...own].every(([name, header]) => says(header, headers[name]))) return false;
  if (match.queryParams === undefined) return true;
  const given = queryOf(query);
  return [...firstOfName(match.queryParams, (name) => name)].every(([name, param]) => says(param, given.get(name)));
}

/** Simplified: patterns say a value from its beginning to its end, as Envoy reads them; the API leaves it to controllers. */
function saysAll(pattern: string, text: string): boolean {
  return goRegExp(`^(?:${pattern})$`)?.test(text) === true;
}

function says({ type, value }: { type?: string; value: string }, given: string | undefined): boolean {
  if (given === undefined) return false;
  return type === "RegularExpression" ? saysAll(value, given) : given === value;
}

/** Of several that mean the same name the first counts. */
function firstOfName<T extends { name: string }>(all: readonly T[], keyOf: (name: string) => string): Map<string, T> {
  const found = new Map<string, T>();
  for (const each of all) if (!found.has(keyOf(each.name))) found.set(keyOf(each.name), each);
  return found;
}

function queryOf(query: string): Map<string, string> {
  const given = new Map<string, string>();
  for (const pair of query.split("&")) {
    const [name = "", ...rest] = pair.split("=");
    const key = decodePercent(name);
    if (!given.has(key)) given.set(key, decodePercent(rest.join("=")));
  }
  return given;
}

/** Greater numbers go first; texts, the smaller. */
function rankOf(match: Match, at: { hostRank: number; route: HttpRoute; index: number }): (number | string)[] {
  const { type = "PathPrefix", value = "/" } = match.path ?? {};
  const { creationTimestamp = "", namespace = "", name } = at.route.metadata;
  return [
    at.hostRank,
    type === "Exact" ? 2 : type === "PathPrefix" ? 1 : 0,
    value.length,
    match.method === undefined ? 0 : 1,
    (match.headers ?? []).length,
    (match.queryParams ?? []).length,
    creationTimestamp,
    `${namespace}/${name}`,
    -at.index,
  ];
}

function precedes(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  for (const [at, value] of a.entries()) {
    const other = b[at] as number | string;
    if (value !== other) return typeof value === "number" ? value > (other as number) : value < (other as string);
  }
  return false;
}
