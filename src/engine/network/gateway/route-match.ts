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
    const names = hostnames.filter((name) => covers(name, host));
    if (names.length === 0) continue;
    const hostRank = Math.max(...names.map((name) => (name.startsWith("*.") ? name.length : name.length * 1000)));
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

function matches(match: Match, { path, query, headers, method }: ServedRequest): boolean {
  const { type = "PathPrefix", value = "/" } = match.path ?? {};
  if (
    type === "RegularExpression"
      ? goRegExp(`^(?:${value})$`)?.test(path) !== true
      : !pathMatches(value, type === "Exact" ? "Exact" : "Prefix", path)
  )
    return false;
  if (match.method !== undefined && match.method !== method) return false;
  const says = (kind: string | undefined, wanted: string, given: string | undefined): boolean =>
    given !== undefined && (kind === "RegularExpression" ? goRegExp(wanted)?.test(given) === true : given === wanted);
  if (!(match.headers ?? []).every((header) => says(header.type, header.value, headers[header.name.toLowerCase()])))
    return false;
  const given = new Map(query.split("&").map((pair) => pair.split("=", 2).map(decodePercent) as [string, string]));
  return (match.queryParams ?? []).every((param) => says(param.type, param.value, given.get(param.name)));
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
