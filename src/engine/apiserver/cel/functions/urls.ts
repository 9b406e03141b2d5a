/** `url("https://x:8443/a?b=c").getHost()`. Upstream: apiserver pkg/cel/library/urls.go. */
import { CelFailure, type Overload } from "./overload.ts";

/** The value of `url(…)`. */
export class CelUrl {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;

  constructor(
    scheme: string,
    host: string,
    rest: { path: string; query: Readonly<Record<string, readonly string[]>> },
  ) {
    this.scheme = scheme;
    this.host = host;
    this.path = rest.path;
    this.query = rest.query;
  }
}

/** An absolute URI or an absolute path, as Go's ParseRequestURI takes them. */
function parseUrl(text: string): CelUrl | undefined {
  if ([...text].some((character) => character <= " " || character === "\u007f")) return undefined;
  const [, scheme = "", , authority, rest = ""] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(\/\/([^/?]*))?([^]*)$/.exec(text) ?? [];
  if (scheme === "" && (authority !== undefined || !rest.startsWith("/"))) return undefined;
  if (scheme !== "" && authority === undefined && !rest.startsWith("/")) return undefined;
  const host = (authority ?? "").replace(/^[^@]*@/, "");
  if (/:(?![0-9]*$)/.test(host.replace(/^\[[^\]]*\]/, ""))) return undefined;
  const mark = rest.indexOf("?");
  const path = decode(mark < 0 ? rest : rest.slice(0, mark));
  const query = parseQuery(mark < 0 ? "" : rest.slice(mark + 1));
  return path === undefined || query === undefined
    ? undefined
    : new CelUrl(scheme.toLowerCase(), host, { path, query });
}

function parseQuery(text: string): Record<string, string[]> | undefined {
  const query: Record<string, string[]> = {};
  for (const pair of text === "" ? [] : text.split("&")) {
    const [key = "", ...value] = pair.split("=");
    const name = decode(key.replaceAll("+", " "));
    const said = decode(value.join("=").replaceAll("+", " "));
    if (name === undefined || said === undefined) return undefined;
    (query[name] ??= []).push(said);
  }
  return query;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function url(text: string): CelUrl {
  const parsed = parseUrl(text);
  if (parsed === undefined)
    throw new CelFailure(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return parsed;
}

export const urlFunctions: readonly Overload[] = [
  ["url(string): URL", url],
  ["isURL(string): bool", (text: string) => parseUrl(text) !== undefined],
  ["URL.getScheme(): string", (value: CelUrl) => value.scheme],
  ["URL.getHost(): string", (value: CelUrl) => value.host],
  ["URL.getHostname(): string", (value: CelUrl) => value.host.replace(/:[0-9]*$/, "").replace(/^\[(.*)\]$/, "$1")],
  ["URL.getPort(): string", (value: CelUrl) => /:([0-9]*)$/.exec(value.host)?.[1] ?? ""],
  ["URL.getEscapedPath(): string", (value: CelUrl) => encodeURI(value.path)],
  ["URL.getQuery(): map<string, list<string>>", (value: CelUrl) => value.query],
];
