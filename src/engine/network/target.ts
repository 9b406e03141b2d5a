/** What a URL asks to connect to. */
import { parseAddress } from "./address.ts";

export interface Target {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Value of the Host header: the port is left out when it is the scheme's own. */
  readonly hostHeader: string;
  /** The host's number when it is an address, else -1. */
  readonly address: number;
}

const MAX_CACHED = 4096;
const cache = new Map<string, Target | undefined>();

/** Parses `scheme://host[:port][/path][?query]`; undefined when it is no such URL. Results are cached and shared. */
export function parseTarget(url: string): Target | undefined {
  let target = cache.get(url);
  if (target === undefined && !cache.has(url)) {
    if (cache.size >= MAX_CACHED) cache.clear();
    target = parse(url);
    cache.set(url, target);
  }
  return target;
}

const URL_PATTERN =
  /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(?:[^@/?#]*@)?(\[[0-9a-fA-F:.]+\]|[^:/?#]+)(?::(\d*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/;

function parse(url: string): Target | undefined {
  const match = URL_PATTERN.exec(url);
  if (match === null) return undefined;
  const scheme = (match[1] as string).toLowerCase();
  const written = (match[2] as string).toLowerCase();
  const host = written.startsWith("[") ? written.slice(1, -1) : written;
  const ownPort = scheme === "https" ? 443 : 80;
  const port = match[3] === undefined || match[3] === "" ? ownPort : Number(match[3]);
  if (port > 65535) return undefined;
  return {
    scheme,
    host,
    port,
    path: match[4] === "" ? "/" : (match[4] as string),
    query: match[5] ?? "",
    hostHeader: port === ownPort ? written : `${written}:${port}`,
    address: parseAddress(host),
  };
}

/** Header names in lower case; `host` from the URL unless the client set one. */
export function servedHeaders(headers: Record<string, string>, host: string): Record<string, string> {
  const served: Record<string, string> = { host };
  for (const name in headers) served[name.toLowerCase()] = headers[name] as string;
  return served;
}
